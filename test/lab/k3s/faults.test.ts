import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import type { Plan } from '../../../src/ops/plan';
import { planK3sRestore } from '../../../src/ops/restore/plan-k3s';
import { planSnapshot } from '../../../src/ops/snapshot';
import type { RunResult } from '../../../src/run';
import type { Lab } from '../support/lab';
import { notesOf } from '../support/notes';
import type { Operator } from '../support/operator';
import { carryOut, stamp } from '../support/plans';
import { labMissing } from '../support/suite';
import { workOn } from '../support/work-on';

const snapshots = '/var/lib/rancher/k3s/server/db/snapshots';
const mainPid = '$(systemctl show -P MainPID k3s)';
const why = ({ reason }: RunResult) => (reason === undefined ? '' : render(reason.message));

describe('what goes wrong on the machines of a real k3s', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  workOn((found, atWork) => {
    lab = found;
    operator = atWork;
  }, 240);
  const { write: note, has } = notesOf(() => lab);
  const filesOf = (host: string, name: string) =>
    lab.tell(host, `ls ${snapshots} | grep -- '^${name}' || true`).split('\n').filter(Boolean);

  /** A plan of a snapshot, on the server that it is taken on. */
  const taking = async (name: string): Promise<{ readonly plan: Plan; readonly host: string }> => {
    const plan = planSnapshot(await operator.gather(), name);
    assert.deepEqual(plan.blockers, []);
    return { plan, host: plan.steps[0]?.host ?? '' };
  };

  async function restorePlan(from: { readonly host: string; readonly path: string }): Promise<Plan> {
    const local = await operator.bring(from.host, from.path);
    return planK3sRestore(await operator.gather(), await operator.restoreFacts(from.host, from.path), {
      stamp: stamp(),
      absent: [],
      snapshot: { ...from, bytes: local.bytes, hash: local.hash, content: local.content, local },
    });
  }

  test('no room for a snapshot: k3s exits with 0, and the run says what k3s said of it', async () => {
    const name = `full-${Date.now()}`;
    const { plan, host } = await taking(name);
    lab.tell(host, `mount -t tmpfs -o size=256k,mode=700 none ${snapshots}`);
    try {
      const result = await operator.run(plan);
      assert.equal(result.outcome, 'failed', JSON.stringify(result));
      assert.match(why(result), /no space left on device/);
      assert.deepEqual(filesOf(host, name), []);
    } finally {
      lab.tell(host, `umount ${snapshots}`);
    }
    const again = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'resume' } });
    assert.equal(again.outcome, 'done', JSON.stringify(again));
  });

  test('k3s is killed while it saves: nothing is called saved, and the same run saves it then', async () => {
    const name = `killed-${Date.now()}`;
    const { plan, host } = await taking(name);
    // It hangs when it is asked, as with a disk that does not answer, and dies then.
    const result = await operator.run(plan, {
      onCommand: (words) => {
        if (!words.includes('etcd-snapshot save')) return;
        const pid = lab.tell(host, `kill -STOP ${mainPid}; echo ${mainPid}`);
        setTimeout(() => lab.shell(host, `kill -KILL ${pid}`), 3000);
      },
    });
    assert.equal(result.outcome, 'failed', JSON.stringify(result));
    assert.match(why(result), /connection refused|connection reset|EOF/);
    await lab.healthy(240);
    const again = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'resume' } });
    assert.equal(again.outcome, 'done', JSON.stringify(again));
    assert.equal(filesOf(host, name).length, 1, filesOf(host, name).join());
  });

  test('a restore where one server hangs and does not stop, and another has an empty disk in place of its own', async () => {
    note('before');
    const name = `hung-${Date.now()}`;
    const { plan: saving, host } = await taking(name);
    await carryOut(operator, saving);
    note('after');
    const path = `${snapshots}/${filesOf(host, name)[0]}`;
    const [empty = '', hung = ''] = lab.servers.map((each) => each.name).filter((each) => each !== host);
    await lab.off(empty);
    await lab.replace(empty);
    const plan = await restorePlan({ host, path });
    assert.deepEqual(
      plan.blockers.map((each) => `${each.host} ${render(each.message)}`),
      [],
    );
    // From here on the unit of one server does not stop by itself: systemd kills it after its time.
    const result = await operator.run(plan, {
      onStep: (step) => {
        if (step.id === `hold@${hung}`) lab.shell(hung, `kill -STOP ${mainPid}`);
      },
    });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(240);
    assert.ok(has('before') && !has('after'));
    for (const each of lab.servers) assert.equal(lab.tell(each.name, 'systemctl is-enabled k3s'), 'enabled', each.name);
  });
});
