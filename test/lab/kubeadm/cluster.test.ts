import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { planRenewCertificates } from '../../../src/ops/certificates';
import { planDefragment } from '../../../src/ops/defragment';
import { planKubeadmRestore } from '../../../src/ops/restore/plan-kubeadm';
import { planRolling } from '../../../src/ops/rolling';
import { planSnapshot } from '../../../src/ops/snapshot';
import { noCrictl } from '../support/kubeadm';
import { Lab } from '../support/lab';
import { virtualAddress } from '../support/layout';
import { Operator } from '../support/operator';
import { stamp } from '../support/plans';
import { labMissing } from '../support/suite';

describe('a real kubeadm cluster', { skip: labMissing('kubeadm') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(() => {
    lab = Lab.running();
    operator = new Operator(lab);
  });
  after(() => operator?.close());

  const serial = (name: string) => lab.tell(name, 'openssl x509 -noout -serial -in /etc/kubernetes/pki/apiserver.crt');

  test('status tells the members, the leader, the holder and the services that the machines have', async () => {
    const state = await operator.gather();
    assert.deepEqual(state.vips, [{ address: virtualAddress, holders: ['lb1'] }]);
    assert.equal(state.quorum?.healthyVoters, 3);
    assert.equal(state.quorum?.leader, lab.leader());
    for (const each of state.nodes) assert.equal(each.health, 'up', `${each.node.name} is ${each.health}`);
    assert.deepEqual((await operator.kubeNodes()).map((each) => each.name).sort(), ['cp1', 'cp2', 'cp3', 'w1']);
  });

  test('a snapshot is saved by etcdctl with the certificates of kubeadm, whole, and can be read here', async () => {
    const name = `lab-${Date.now()}`;
    const plan = planSnapshot(await operator.gather(), name);
    assert.deepEqual(plan.blockers, []);
    const result = await operator.run(plan);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    const host = plan.steps[0]?.host ?? '';
    const path = `/var/lib/haven/snapshots/${name}`;
    const file = lab.read(host, path);
    assert.equal(createHash('sha256').update(file.subarray(0, -32)).digest('hex'), file.subarray(-32).toString('hex'));
    assert.ok((await operator.bring(host, path)).content.keys > 50);
  });

  test('etcdctl of the host, that in the container of etcd, and the stream of etcd save the same', async () => {
    const host = planSnapshot(await operator.gather(), 'same').steps[0]?.host ?? '';
    // Where each program is hidden, the next way is taken.
    const hidden = [
      [],
      ['/usr/bin/etcdctl'],
      ['/usr/bin/etcdctl', '/proc/$(pgrep -x etcd)/root/usr/local/bin/etcdctl'],
    ];
    const saved: { keys: number; revision: number }[] = [];
    for (const [way, programs] of hidden.entries()) {
      const name = `same-${way}-${Date.now()}`;
      for (const each of programs) lab.tell(host, `mv ${each} ${each}.away`);
      try {
        const result = await operator.run(planSnapshot(await operator.gather(), name));
        assert.equal(result.outcome, 'done', JSON.stringify(result));
      } finally {
        for (const each of programs) lab.tell(host, `mv ${each}.away ${each}`);
      }
      saved.push((await operator.bring(host, `/var/lib/haven/snapshots/${name}`)).content);
    }
    // The cluster goes on writing meanwhile.
    for (const [index, each] of saved.entries()) {
      const before = saved[index - 1];
      if (before === undefined) continue;
      assert.ok(each.revision >= before.revision, JSON.stringify(saved));
      assert.ok(Math.abs(each.keys - before.keys) <= each.revision - before.revision, JSON.stringify(saved));
    }
  });

  for (const dieAt of [undefined, 'prepare@cp3', 'stop@cp2', 'swap@cp2', 'etcd@cp3'])
    test(`a restore brings back what was saved, and its way back what came later${dieAt === undefined ? '' : `; the editor dies at ${dieAt}`}`, {
      skip: noCrictl,
    }, async () => {
      const note = (name: string) => {
        const { code, stderr } = lab.kubectl(`create configmap ${name} --from-literal=x=1`);
        assert.equal(code, 0, stderr);
      };
      const has = (name: string) => lab.kubectl('get configmaps -o name').stdout.includes(`/${name}\n`);
      const name = `note-${Date.now()}`;
      note(`${name}-before`);
      const saved = planSnapshot(await operator.gather(), name);
      assert.equal((await operator.run(saved)).outcome, 'done');
      const host = saved.steps[0]?.host ?? '';
      const path = `/var/lib/haven/snapshots/${name}`;
      note(`${name}-after`);
      const local = await operator.bring(host, path);
      const plan = planKubeadmRestore(await operator.gather(), await operator.kubeadmRestoreFacts(host, path), {
        stamp: stamp(),
        absent: [],
        snapshot: { host, path, bytes: local.bytes, hash: local.hash, content: local.content, local },
      });
      assert.deepEqual(plan.blockers, []);
      if (dieAt !== undefined) assert.equal((await operator.run(plan, { dieAt })).broke, true);
      const earlier =
        dieAt === undefined ? {} : { earlier: { record: await operator.lastRun(), act: 'resume' as const } };
      const result = await operator.run(plan, earlier);
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      await lab.healthy(240);
      assert.ok(has(`${name}-before`));
      assert.ok(!has(`${name}-after`));

      const back = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'undo' } });
      assert.equal(back.outcome, 'undone', JSON.stringify(back));
      await lab.healthy(240);
      assert.ok(has(`${name}-after`));
    });

  test('etcd is defragmented on every member while the API answers', async () => {
    const plan = planDefragment(await operator.gather(), await operator.members(), { stamp: stamp(), disarm: false });
    assert.deepEqual(plan.blockers, []);
    const result = await operator.run(plan);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(lab.healthyMembers().length, 3);
  });

  for (const dieAt of [undefined, 'renew@cp2', 'stop-pods@cp2'])
    test(`certificates of a server are renewed${dieAt === undefined ? '' : `; the editor dies at ${dieAt} and goes on`}`, async () => {
      const old = serial('cp2');
      const facts = await operator.certificates();
      const plan = planRenewCertificates(await operator.gather(), facts, { stamp: stamp(), hosts: ['cp2'] });
      assert.deepEqual(plan.blockers, []);
      if (dieAt !== undefined) assert.equal((await operator.run(plan, { dieAt })).broke, true);
      const earlier =
        dieAt === undefined ? {} : { earlier: { record: await operator.lastRun(), act: 'resume' as const } };
      const result = await operator.run(plan, earlier);
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      assert.notEqual(serial('cp2'), old);
      const shown = lab.tell(
        'cp1',
        `echo | openssl s_client -connect ${lab.machine('cp2').address}:6443 2>/dev/null | openssl x509 -noout -serial`,
      );
      assert.equal(shown, serial('cp2'));
      await lab.healthy(180);
    });

  test('a rolling restart goes over every node, the leader last of the servers', async () => {
    const old = lab.machines
      .filter((each) => each.kind !== 'balancer')
      .map(({ name }) => lab.tell(name, 'systemctl show -P MainPID kubelet'));
    const nodes = ['cp1', 'cp2', 'cp3', 'w1'];
    const plan = planRolling(await operator.gather(), {
      stamp: stamp(),
      hosts: nodes,
      nodes: await operator.kubeNodes(),
      drain: true,
    });
    assert.deepEqual(plan.blockers, []);
    const result = await operator.run(plan);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(180);
    const now = lab.machines
      .filter((each) => each.kind !== 'balancer')
      .map(({ name }) => lab.tell(name, 'systemctl show -P MainPID kubelet'));
    for (const [index, each] of nodes.entries()) assert.notEqual(now[index], old[index], each);
    assert.ok(!lab.kubectl('get nodes').stdout.includes('SchedulingDisabled'));
  });
});
