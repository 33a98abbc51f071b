import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Lab } from '../support/lab';
import { losePowerInJoin, memberHosts, nodeNames } from '../support/leave-and-join';
import type { Operator } from '../support/operator';
import { carryOut, joinPlan, removePlan } from '../support/plans';
import { labMissing } from '../support/suite';
import { workOn } from '../support/work-on';

describe('nodes that leave and join a real k3s', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  workOn((found, atWork) => {
    lab = found;
    operator = atWork;
  }, 240);

  const members = () => memberHosts(operator);
  const nodes = () => nodeNames(lab);

  test('an agent leaves, and joins again; the editor dies when it has joined and goes on', async () => {
    await carryOut(operator, await removePlan(operator, 'w1', false));
    assert.deepEqual(nodes(), ['cp1', 'cp2', 'cp3']);
    await carryOut(operator, await joinPlan(operator, 'w1'), { dieAt: 'join@w1' });
    await lab.healthy(240);
    assert.deepEqual(nodes(), ['cp1', 'cp2', 'cp3', 'w1']);
    assert.match(lab.tell('w1', 'stat -c %a /etc/rancher/k3s/haven-join-token'), /^600$/);
  });

  test('servers leave, of three and of two voters; the editor dies on the way', async () => {
    await carryOut(operator, await removePlan(operator, 'cp3', false), { dieAt: 'stop@cp3' });
    assert.deepEqual(await members(), ['cp1', 'cp2']);
    await lab.healthy(240, undefined, ['cp3']);
    await carryOut(operator, await removePlan(operator, 'cp2', false), { dieAt: 'hold@cp2' });
    assert.deepEqual(await members(), ['cp1']);
    await lab.healthy(240, undefined, ['cp2', 'cp3']);
    assert.deepEqual(nodes(), ['cp1', 'w1']);
  });

  test('a second and a third server join; the editor dies on the way', async () => {
    await carryOut(operator, await joinPlan(operator, 'cp2'), { dieAt: 'drop-in@cp2' });
    await lab.healthy(240, undefined, ['cp3']);
    assert.deepEqual(await members(), ['cp1', 'cp2']);
    await carryOut(operator, await joinPlan(operator, 'cp3'), { dieAt: 'join@cp3' });
    await lab.healthy(240);
    assert.deepEqual(await members(), ['cp1', 'cp2', 'cp3']);
    assert.deepEqual(nodes(), ['cp1', 'cp2', 'cp3', 'w1']);
    // Nothing of the removals holds them back: they start again when they crash.
    for (const name of ['cp2', 'cp3']) assert.equal(lab.tell(name, 'systemctl show -P Restart k3s'), 'always');
  });

  test('a server that loses its power while it joins is taken back: no member and no Node of it, and it joins then', async () => {
    await losePowerInJoin(lab, operator, {
      uninstall: false,
      listed: lab.machine('cp3').address,
      healthySec: 240,
    });
  });
});
