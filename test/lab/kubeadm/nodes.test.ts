import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { memberRows } from '../../../src/ops/etcd-members';
import { planRemoveMember } from '../../../src/ops/remove-member';
import { Lab } from '../support/lab';
import { losePowerInJoin, memberHosts, nodeNames } from '../support/leave-and-join';
import { Operator } from '../support/operator';
import { carryOut, joinPlan, removePlan } from '../support/plans';
import { until } from '../support/shell';
import { labMissing } from '../support/suite';

describe('nodes that leave and join a real kubeadm cluster', { skip: labMissing('kubeadm') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(() => {
    lab = Lab.running();
    operator = new Operator(lab);
  });
  after(() => operator?.close());

  const members = () => memberHosts(operator);
  const nodes = () => nodeNames(lab);

  /** No token and no key of a join stays behind, neither on the machine nor in the cluster. */
  function nothingIsLeft(host: string): void {
    assert.equal(lab.tell(host, "find /var/lib/haven -name 'join.yaml*' | wc -l"), '0');
    assert.doesNotMatch(lab.tell('cp1', 'kubeadm token list'), /haven-lab/);
  }

  test('an agent leaves: reset, no Node, and what it had in /etc/kubernetes is kept', async () => {
    await carryOut(operator, await removePlan(operator, 'w1', true));
    assert.equal(lab.shell('w1', 'ls /etc/kubernetes/kubelet.conf').code, 2);
    assert.match(lab.tell('w1', 'find /var/lib/haven -name kubelet.conf'), /kubelet\.conf/);
    assert.deepEqual(nodes(), ['cp1', 'cp2', 'cp3']);
  });

  test('an agent joins; the editor dies when kubeadm has joined it and goes on', async () => {
    await carryOut(operator, await joinPlan(operator, 'w1'), { dieAt: 'join@w1' });
    assert.deepEqual(nodes(), ['cp1', 'cp2', 'cp3', 'w1']);
    await lab.healthy(120);
    nothingIsLeft('w1');
  });

  test('an agent that loses its power while it joins is taken back, and joins then', async () => {
    await carryOut(operator, await removePlan(operator, 'w1', true));
    const plan = await joinPlan(operator, 'w1');
    assert.equal((await operator.run(plan, { dieAt: 'settings@w1' })).broke, true);
    await lab.off('w1');
    lab.on('w1');
    await lab.answers(90);
    const back = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'undo' } });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    nothingIsLeft('w1');
    await carryOut(operator, await joinPlan(operator, 'w1'));
    await lab.healthy(120);
  });

  test('servers leave, of three and of two voters; the API answers all the time in between', async () => {
    await carryOut(operator, await removePlan(operator, 'cp3', true), { dieAt: 'reset@cp3' });
    await until('cp3 is no member', async () => (await members()).join() === 'cp1,cp2', 60);
    await lab.healthy(180, undefined, ['cp3']);
    await carryOut(operator, await removePlan(operator, 'cp2', true));
    assert.deepEqual(await members(), ['cp1']);
    assert.deepEqual(nodes(), ['cp1', 'w1']);
    await lab.healthy(180, undefined, ['cp2', 'cp3']);
  });

  test('a second and a third server join; the editor dies on the way', async () => {
    await carryOut(operator, await joinPlan(operator, 'cp2'), { dieAt: 'certificates@cp1' });
    await lab.healthy(180, undefined, ['cp3']);
    assert.deepEqual(await members(), ['cp1', 'cp2']);
    await carryOut(operator, await joinPlan(operator, 'cp3'), { dieAt: 'join@cp3' });
    await lab.healthy(180);
    assert.deepEqual(await members(), ['cp1', 'cp2', 'cp3']);
    assert.deepEqual(nodes(), ['cp1', 'cp2', 'cp3', 'w1']);
    nothingIsLeft('cp2');
    nothingIsLeft('cp3');
  });

  test('a server that lost its disk is taken out of etcd and of the list of Nodes; a new machine joins in its place', async () => {
    await lab.off('cp3');
    const facts = await until(
      'the others have a leader',
      async () => {
        const found = await operator.members();
        return (
          memberRows(await operator.gather(), found).some((each) => each.leads && each.facts !== undefined) && found
        );
      },
      60,
    );
    const state = await operator.gather();
    const row = memberRows(state, facts).find((each) => each.host === 'cp3');
    const plan = planRemoveMember(state, facts, { id: row?.id ?? '', nodes: await operator.kubeNodes() });
    assert.deepEqual(plan.blockers, []);
    await carryOut(operator, plan);
    if (nodes().includes('cp3')) await carryOut(operator, await removePlan(operator, 'cp3', true));
    assert.deepEqual(await members(), ['cp1', 'cp2']);
    assert.deepEqual(nodes(), ['cp1', 'cp2', 'w1']);

    await lab.replace('cp3');
    await carryOut(operator, await joinPlan(operator, 'cp3'));
    await lab.healthy(180);
    assert.deepEqual(await members(), ['cp1', 'cp2', 'cp3']);
  });

  test('a server that loses its power in the middle of kubeadm join is taken back: no member, no Node, and it joins then', async () => {
    // kubeadm has laid down certificates and manifests by then, and waits for etcd.
    await losePowerInJoin(lab, operator, { uninstall: true, listed: 'cp3', healthySec: 180 });
  });
});
