import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { compareDrill } from '../../../src/ops/drill-report';
import { planFailoverDrill } from '../../../src/ops/failover-drill';
import { planPush } from '../../../src/ops/push-config';
import { apiPort, configFiles } from '../support/configuration';
import { Lab } from '../support/lab';
import { virtualAddress } from '../support/layout';
import { Operator } from '../support/operator';
import { carryOut, stamp } from '../support/plans';
import { until } from '../support/shell';
import { labMissing } from '../support/suite';

const snapshots = '/var/lib/rancher/k3s/server/db/snapshots';

describe('files and addresses of a real k3s', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab, configFiles(lab));
    await lab.healthy(240);
  });
  after(() => operator?.close());

  const push = async (name: string) => {
    const { files, facts } = await operator.pushFacts(name);
    const concerns = { blockers: [], warnings: [] };
    const plan = planPush(await operator.gather(), facts, { stamp: stamp(), files, confirmSec: 120, concerns });
    assert.deepEqual(plan.blockers, []);
    return plan;
  };

  test('every file is on its node as it is here', async () => {
    for (const { target, state } of await operator.drift())
      assert.equal(state, 'same', `${target.file}@${target.host}`);
  });

  test('a schedule of snapshots is pushed into the file of a server, the editor dying on the way, and k3s keeps to it', async () => {
    const name = 'k3s/cp2.yaml';
    const before = readFileSync(join(operator.folder, name), 'utf8');
    operator.write(name, `${before}etcd-snapshot-schedule-cron: "* * * * *"\netcd-snapshot-retention: 2\n`);
    try {
      const plan = await push(name);
      const at = plan.steps.find((each) => each.id.startsWith('replace-'))?.id ?? '';
      await carryOut(operator, plan, { dieAt: at });
      await lab.healthy(240);
      await until(
        'a snapshot of the schedule is there',
        () => lab.shell('cp2', `ls ${snapshots} | grep '^etcd-snapshot-cp2-'`).code === 0,
        150,
      );
    } finally {
      operator.write(name, before);
      await carryOut(operator, await push(name));
      await lab.healthy(240);
    }
  });

  test('a file with which k3s does not start is taken back, and the server is up again', async () => {
    const name = 'k3s/cp3.yaml';
    const before = readFileSync(join(operator.folder, name), 'utf8');
    // No network at all: k3s ends at once, again and again.
    operator.write(name, `${before}cluster-cidr: nowhere\n`);
    try {
      const result = await operator.run(await push(name));
      assert.equal(result.outcome, 'undone', JSON.stringify(result));
      assert.equal(lab.read('cp3', '/etc/rancher/k3s/config.yaml').toString(), before);
      await lab.healthy(240);
    } finally {
      operator.write(name, before);
    }
  });

  test('keepalived stops on the holder: the address moves as soon as the simulator said, and comes back', async () => {
    const prediction = operator.forecast('keepalived', 'lb1');
    const plan = planFailoverDrill(await operator.gather(), {
      stamp: stamp(),
      vip: virtualAddress,
      port: apiPort,
      way: 'keepalived',
      prediction,
    });
    assert.deepEqual(plan.blockers, []);
    const { gap } = await operator.watch(apiPort, () => carryOut(operator, plan));
    const said = compareDrill(prediction, [{ from: 'here', gap }]).map((each) => render(each));
    assert.equal(said.at(-1), 'the two agree', said.join('; '));
    assert.deepEqual(lab.holders(), ['lb1']);
  });
});
