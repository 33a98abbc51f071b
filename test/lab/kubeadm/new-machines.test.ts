import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { planSnapshot } from '../../../src/ops/snapshot';
import type { LocalSnapshot } from '../../../src/run';
import { noCrictl } from '../support/kubeadm';
import { Lab } from '../support/lab';
import { virtualAddress } from '../support/layout';
import { memberHosts, nodeNames } from '../support/leave-and-join';
import { Operator } from '../support/operator';
import { stamp } from '../support/plans';
import { until } from '../support/shell';
import { labMissing } from '../support/suite';

const servers = ['cp1', 'cp2', 'cp3'];
const pki = '/etc/kubernetes/pki';

describe('a real kubeadm cluster whose servers are gone', { skip: labMissing('kubeadm') || noCrictl }, () => {
  let lab: Lab;
  let operator: Operator;
  let snapshot: LocalSnapshot;
  let token: string;
  before(() => {
    lab = Lab.running();
    operator = new Operator(lab);
  });
  after(() => operator?.close());

  const note = (name: string) => {
    const { code, stderr } = lab.kubectl(`create configmap ${name} --from-literal=x=1`);
    assert.equal(code, 0, stderr);
  };
  const has = (name: string) => lab.kubectl('get configmaps -o name').stdout.includes(`/${name}\n`);
  const keys = () => join(operator.folder, 'backup');
  const plan = async () => {
    const made = await operator.onNewMachines(snapshot, keys(), stamp());
    assert.deepEqual(
      made.blockers.map((each) => `${each.host} ${render(each.message)}`),
      [],
    );
    return made;
  };
  const wholeAgain = async () => {
    await lab.healthy(240);
    assert.deepEqual(await memberHosts(operator), servers);
    assert.deepEqual(nodeNames(lab), [...servers, 'w1']);
    assert.ok(has('kept') && !has('lost'));
    // A pod that was there before goes on with the token that it has.
    const url = `https://${virtualAddress}:6443/api`;
    const said = lab.tell('w1', `curl -sk -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer ${token}' ${url}`);
    assert.equal(said, '200');
    assert.doesNotMatch(lab.tell('cp1', 'kubeadm token list'), /haven-/);
  };

  test('what is kept of it: a snapshot, and the keys of one server', async () => {
    note('kept');
    token = lab.kubectl('create token default --duration=24h').stdout.trim();
    const saved = planSnapshot(await operator.gather(), `new-${Date.now()}`);
    assert.equal((await operator.run(saved)).outcome, 'done');
    const host = saved.steps[0]?.host ?? '';
    const name = lab.tell(host, 'ls -t /var/lib/haven/snapshots | head -n 1');
    snapshot = await operator.bring(host, `/var/lib/haven/snapshots/${name}`);
    assert.match(snapshot.content.kubeadm?.clusterConfiguration ?? '', /^controlPlaneEndpoint: /m);
    note('lost');
    for (const name of lab.tell('cp1', `cd ${pki} && find . -name '*ca.*' -o -name 'sa.*' | cut -c 3-`).split('\n'))
      operator.write(`backup/cp1${pki}/${name}`, lab.read('cp1', `${pki}/${name}`).toString());
    for (const host of servers) await lab.off(host);
    for (const host of servers) await lab.replace(host);
    // Where no etcd runs, its image is what the program is taken from.
    lab.tell('cp1', 'rm -f /usr/bin/etcdutl');
  });

  test('it is made again on new machines; the editor dies while kubeadm is at work; the worker is back by itself', async () => {
    const made = await plan();
    assert.equal((await operator.run(made, { dieAt: 'init@cp1' })).broke, true);
    const result = await operator.run(made, { earlier: { record: await operator.lastRun(), act: 'resume' } });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await wholeAgain();
  });

  test('taken back, the machines are empty, and it can be made again; a server loses its power in the middle', async () => {
    note('written-since');
    const back = await operator.run((await operator.lastRun()).plan, {
      earlier: { record: await operator.lastRun(), act: 'undo' },
    });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    for (const host of servers)
      assert.equal(
        lab.tell(host, 'ls /etc/kubernetes/manifests /etc/kubernetes/pki | grep -c "\\." || true'),
        '0',
        host,
      );
    const made = await plan();
    assert.equal((await operator.run(made, { dieAt: 'prepare@cp1' })).broke, true);
    await lab.off('cp1');
    lab.on('cp1');
    await lab.answers(90);
    const on = { earlier: { record: await operator.lastRun(), act: 'resume' as const } };
    const broken = await operator.run(made, { ...on, dieAt: 'join@cp2' });
    assert.equal(broken.broke, true, JSON.stringify(broken));
    const result = await operator.run(made, { earlier: { record: await operator.lastRun(), act: 'resume' } });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await until('nothing of what was written since is there', () => !has('written-since'), 30);
    await wholeAgain();
  });
});
