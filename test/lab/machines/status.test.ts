import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { planSnapshot } from '../../../src/ops/snapshot';
import { statusOf } from '../../../src/ops/status/cluster-state';
import { Lab } from '../support/lab';
import { virtualAddress } from '../support/layout';
import { Operator } from '../support/operator';
import { carryOut, snapshotTravels } from '../support/plans';
import { until } from '../support/shell';
import { labMissing } from '../support/suite';

describe('status and snapshot on real machines', { skip: labMissing('machines') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab);
    // What another test broke may still be on its way back.
    await lab.healthy();
  });
  after(() => operator?.close());

  test('a healthy cluster: holder, leader, members, services and certificates are those of the machines', async () => {
    const state = await operator.gather();
    assert.deepEqual(state.vips, [{ address: virtualAddress, holders: lab.holders().slice() }]);
    assert.equal(state.quorum?.verdict, 'holds');
    assert.equal(state.quorum?.healthyVoters, 3);
    assert.equal(state.quorum?.failuresLeft, 1);
    assert.equal(state.quorum?.leader, lab.leader());
    assert.deepEqual(state.quorum?.members.map((each) => each.name).sort(), ['cp1', 'cp2', 'cp3']);
    // Nothing of a cluster runs on the agent, and that is said of it.
    for (const { node, health } of state.nodes)
      assert.equal(health, node.name === 'w1' ? 'unknown' : 'up', `${node.name} is ${health}`);
    const cp1 = state.nodes.find((each) => each.node.name === 'cp1');
    const status = cp1 === undefined ? undefined : statusOf(cp1);
    assert.ok(status?.certificates.some((each) => each.path === '/etc/kubernetes/pki/apiserver.crt'));
  });

  test('haproxy stopped on the holder: the address is shown where it went, and the node as degraded', async () => {
    lab.tell('lb1', 'systemctl stop haproxy');
    try {
      await until('the address has moved', () => lab.holders().join() === 'lb2', 20);
      const state = await operator.gather();
      assert.deepEqual(state.vips[0]?.holders, ['lb2']);
      assert.equal(state.nodes.find((each) => each.node.name === 'lb1')?.health, 'degraded');
    } finally {
      lab.tell('lb1', 'systemctl start haproxy');
      await lab.healthy();
    }
  });

  test('two load balancers that do not hear each other: both are shown as holders', async () => {
    lab.cut('lb1', 'lb2');
    try {
      await until('both have the address', () => lab.holders().join() === 'lb1,lb2', 20);
      assert.deepEqual((await operator.gather()).vips[0]?.holders, ['lb1', 'lb2']);
    } finally {
      lab.heal('lb1', 'lb2');
      await lab.healthy();
    }
  });

  test('a server without power is silent, and the others still tell of quorum; without two there is none', async () => {
    await lab.off('cp3');
    try {
      await until('a leader is found again', () => lab.healthyMembers().length === 2, 30);
      const two = await operator.gather();
      assert.equal(two.nodes.find((each) => each.node.name === 'cp3')?.report.kind, 'silent');
      assert.equal(two.quorum?.verdict, 'holds');
      assert.equal(two.quorum?.healthyVoters, 2);
      assert.equal(two.quorum?.failuresLeft, 0);
      lab.tell('cp2', 'systemctl stop etcd');
      await until('the last member has seen it', () => lab.healthyMembers().length === 0, 30);
      const one = await operator.gather();
      assert.notEqual(one.quorum?.verdict, 'holds');
      assert.equal(one.quorum?.healthyVoters, 0);
    } finally {
      lab.tell('cp2', 'systemctl start --no-block etcd');
      lab.on('cp3');
      await lab.healthy();
    }
  });

  test('a snapshot is saved where the plan says, whole, and etcdctl reads it', async () => {
    const state = await operator.gather();
    const plan = planSnapshot(state, 'lab-snapshot');
    assert.deepEqual(plan.blockers, []);
    const host = plan.steps[0]?.host ?? '';
    assert.equal(host, lab.leader());
    assert.equal((await operator.run(plan)).outcome, 'done');
    const path = '/var/lib/haven/snapshots/lab-snapshot';
    const file = lab.read(host, path);
    const content = file.subarray(0, -32);
    assert.equal(createHash('sha256').update(content).digest('hex'), file.subarray(-32).toString('hex'));
    assert.match(lab.tell(host, `ETCDCTL_API=3 etcdctl snapshot status ${path}`), /^[0-9a-f]+, \d+, \d+, /);
    assert.equal(lab.tell(host, `stat -c '%a %U' ${path}`), '600 root');
    const listed = (await operator.gather()).nodes.flatMap((each) => statusOf(each)?.snapshots ?? []);
    assert.ok(listed.some((each) => each.path === path && each.bytes === file.length));
  });

  test('a snapshot comes here and goes to another server, and the copy is deleted there; the editor dies at both', async () => {
    assert.equal(lab.etcdctl('cp1', 'put travels 1').code, 0);
    const name = `travels-${Date.now()}`;
    const plan = planSnapshot(await operator.gather(), name);
    await carryOut(operator, plan);
    const host = plan.steps[0]?.host ?? '';
    const to = lab.servers.find((each) => each.name !== host)?.name ?? '';
    const { content } = await snapshotTravels(operator, { host, path: `/var/lib/haven/snapshots/${name}` }, to);
    assert.ok(content.revision > 0);
  });

  test('an etcd that does not answer is no snapshot, and leaves no file behind', async () => {
    const state = await operator.gather();
    const plan = planSnapshot(state, 'lab-no-snapshot');
    const host = plan.steps[0]?.host ?? '';
    lab.tell(host, 'systemctl stop etcd');
    try {
      const result = await operator.run(plan);
      assert.equal(result.outcome, 'failed');
      assert.equal(result.reason?.host, host);
      assert.equal(lab.tell(host, 'ls /var/lib/haven/snapshots | grep -c no-snapshot || true'), '0');
    } finally {
      lab.tell(host, 'systemctl start etcd');
      await lab.healthy();
    }
  });
});
