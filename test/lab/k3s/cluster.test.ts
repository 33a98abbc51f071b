import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planRenewCertificates } from '../../../src/ops/certificates';
import type { Plan } from '../../../src/ops/plan';
import { planK3sRestore } from '../../../src/ops/restore/plan-k3s';
import { planRolling } from '../../../src/ops/rolling';
import { planSnapshot } from '../../../src/ops/snapshot';
import { statusOf } from '../../../src/ops/status/cluster-state';
import type { Lab } from '../support/lab';
import { virtualAddress } from '../support/layout';
import { notesOf } from '../support/notes';
import type { Operator } from '../support/operator';
import { snapshotTravels, stamp } from '../support/plans';
import { labMissing } from '../support/suite';
import { workOn } from '../support/work-on';

describe('a real k3s', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  workOn((found, atWork) => {
    lab = found;
    operator = atWork;
  });

  const { write: note, has } = notesOf(() => lab);
  const pid = (name: string, unit = 'k3s') => lab.tell(name, `systemctl show -P MainPID ${unit}`);

  /** Takes a snapshot as the user does, and returns where it lies. */
  async function snapshot(): Promise<{ readonly host: string; readonly path: string }> {
    const plan = planSnapshot(await operator.gather(), `note-${Date.now()}`);
    assert.deepEqual(plan.blockers, []);
    const result = await operator.run(plan);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    const host = plan.steps[0]?.host ?? '';
    const path = lab.tell(host, 'ls -t /var/lib/rancher/k3s/server/db/snapshots/* | head -n 1');
    return { host, path };
  }

  async function restorePlan(from: { readonly host: string; readonly path: string }): Promise<Plan> {
    const local = await operator.bring(from.host, from.path);
    const plan = planK3sRestore(await operator.gather(), await operator.restoreFacts(from.host, from.path), {
      stamp: stamp(),
      absent: [],
      snapshot: { ...from, bytes: local.bytes, hash: local.hash, content: local.content, local },
    });
    assert.deepEqual(plan.blockers, []);
    return plan;
  }

  test('status tells the members, the leader, the holder and the services that the machines have', async () => {
    const state = await operator.gather();
    assert.deepEqual(state.vips, [{ address: virtualAddress, holders: ['lb1'] }]);
    assert.equal(state.quorum?.healthyVoters, 3);
    assert.equal(state.quorum?.leader, lab.leader());
    for (const each of state.nodes) assert.equal(each.health, 'up', `${each.node.name} is ${each.health}`);
    assert.deepEqual((await operator.kubeNodes()).map((each) => each.name).sort(), ['cp1', 'cp2', 'cp3', 'w1']);
  });

  test('a snapshot is saved, shown, whole, and holds what was written', async () => {
    note('note-saved');
    const { host, path } = await snapshot();
    const local = await operator.bring(host, path);
    assert.ok(local.content.keys > 10);
    const { nodes } = await operator.gather();
    assert.ok(nodes.some((each) => statusOf(each)?.snapshots.some((file) => file.path === path)));
  });

  test('a snapshot comes here and goes to another server, and the copy is deleted there; the editor dies at both', async () => {
    const from = await snapshot();
    const to = lab.servers.find((each) => each.name !== from.host)?.name ?? '';
    assert.ok((await snapshotTravels(operator, from, to)).content.keys > 10);
  });

  test('without quorum no snapshot is said to be taken', async () => {
    lab.tell('cp2', 'systemctl stop k3s');
    lab.tell('cp3', 'systemctl stop k3s');
    try {
      const plan = planSnapshot(await operator.gather(), 'note-nothing');
      if (plan.blockers.length === 0) assert.notEqual((await operator.run(plan)).outcome, 'done');
    } finally {
      for (const name of ['cp2', 'cp3']) lab.tell(name, 'systemctl start --no-block k3s');
      lab.shell('cp1', 'systemctl start --no-block k3s');
      await lab.healthy(240);
    }
  });

  test('a restore brings back what was saved, without what came later; its way back brings that back', async () => {
    note('note-before');
    const from = await snapshot();
    note('note-after');
    const plan = await restorePlan(from);
    const result = await operator.run(plan);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(240);
    assert.ok(has('note-before'));
    assert.ok(!has('note-after'));
    for (const each of lab.servers) assert.equal(lab.tell(each.name, 'systemctl is-enabled k3s'), 'enabled');

    const back = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'undo' } });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    await lab.healthy(240);
    assert.ok(has('note-after'));
  });

  for (const act of ['hold@', 'aside@', 'reset@', 'start@'])
    test(`the editor dies at ${act.slice(0, -1)} of a restore, and the run is gone on with`, async () => {
      note(`note-kept-${act.slice(0, -1)}`);
      const from = await snapshot();
      note(`note-lost-${act.slice(0, -1)}`);
      const plan = await restorePlan(from);
      const step = plan.steps.findLast((each) => each.id.startsWith(act));
      assert.ok(step !== undefined);
      assert.equal((await operator.run(plan, { dieAt: step.id })).broke, true);
      const result = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'resume' } });
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      await lab.healthy(240);
      assert.ok(has(`note-kept-${act.slice(0, -1)}`));
      assert.ok(!has(`note-lost-${act.slice(0, -1)}`));
    });

  test('a server loses its power while the others are held: the run is taken back when it is there again', async () => {
    const from = await snapshot();
    note('note-later');
    const plan = await restorePlan(from);
    const reset = plan.steps.find((each) => each.id.startsWith('reset@'));
    const peer = lab.servers.find((each) => each.name !== reset?.host)?.name ?? '';
    const first = plan.steps.find((each) => each.id === `aside@${peer}`);
    assert.equal((await operator.run(plan, { dieAt: first?.id ?? '' })).broke, true);
    await lab.off(peer);
    lab.on(peer);
    await lab.answers(60);
    // Held over a boot as well: a peer that runs now would be a second cluster.
    assert.notEqual(lab.shell(peer, 'systemctl is-active k3s').stdout.trim(), 'active');
    const back = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'undo' } });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    await lab.healthy(240);
    assert.ok(has('note-later'));
  });

  test('certificates of a server are renewed, also when the editor dies in between', async () => {
    const facts = await operator.certificates();
    const serial = (name: string) =>
      lab.tell(name, 'openssl x509 -noout -serial -in /var/lib/rancher/k3s/server/tls/client-admin.crt');
    const old = serial('cp2');
    const plan = planRenewCertificates(await operator.gather(), facts, { stamp: stamp(), hosts: ['cp2'] });
    assert.deepEqual(plan.blockers, []);
    assert.equal((await operator.run(plan, { dieAt: 'rotate@cp2' })).broke, true);
    const result = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'resume' } });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(240);
    assert.notEqual(serial('cp2'), old);
  });

  test('a rolling restart starts every server anew, one at a time', async () => {
    const old = lab.servers.map((each) => pid(each.name));
    const order: string[] = [];
    const plan = planRolling(await operator.gather(), {
      stamp: stamp(),
      hosts: ['cp1', 'cp2', 'cp3', 'w1'],
      nodes: await operator.kubeNodes(),
      drain: false,
    });
    assert.deepEqual(plan.blockers, []);
    const leader = lab.leader();
    const result = await operator.run(plan, {
      onStep: (step) => {
        if (step.id.startsWith('restart')) order.push(step.host);
      },
    });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(240);
    for (const [index, each] of lab.servers.entries()) assert.notEqual(pid(each.name), old[index]);
    const servers = order.filter((name) => name.startsWith('cp'));
    assert.equal(servers.at(-1), leader, order.join());
  });
});
