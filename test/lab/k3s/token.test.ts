import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planRolling } from '../../../src/ops/rolling';
import type { Lab } from '../support/lab';
import type { Operator } from '../support/operator';
import { stamp } from '../support/plans';
import { labMissing } from '../support/suite';
import { workOn } from '../support/work-on';

const config = '/etc/rancher/k3s/config.yaml';

describe('a real k3s whose token is rotated', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  workOn((found, atWork) => {
    lab = found;
    operator = atWork;
  }, 240);

  test('no server is stopped while its settings have the old one; with the new one it is, and starts; and back', async () => {
    const old = lab.tell('cp1', `sed -n 's/^token: *//p' ${config}`);
    const pid = () => lab.tell('cp2', 'systemctl show -P MainPID k3s');
    let [from, to] = [old, 'lab-k3s-token-after-the-rotation'];
    for (let turn = 0; turn < 2; turn++, [from, to] = [to, from]) {
      const plan = planRolling(await operator.gather(), {
        stamp: stamp(),
        hosts: ['cp2'],
        nodes: await operator.kubeNodes(),
        drain: false,
      });
      assert.deepEqual(plan.blockers, []);
      const before = pid();
      // A server that has not been started since the last rotation lets nobody in with what came of it.
      lab.tell(turn === 0 ? 'cp1' : 'cp2', `k3s token rotate --token ${from} --new-token ${to}`);
      const refused = await operator.run(plan);
      assert.equal(refused.stoppedAt?.id, 'own-token@cp2', JSON.stringify(refused));
      assert.equal(pid(), before);
      lab.tell('cp2', `sed -i 's/^token: .*/token: ${to}/' ${config}`);
      const result = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'resume' } });
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      assert.notEqual(pid(), before);
      await lab.healthy(240);
    }
  });
});
