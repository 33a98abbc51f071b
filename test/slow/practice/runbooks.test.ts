import { after, describe, test } from 'node:test';
import { undoOf } from '../../../src/ops/plan';
import { LocalFiles } from '../../support/kubeadm-fleet';
import { Operator } from '../../support/paste';
import { practiceScenes } from '../../support/practice-scenes';

const files = new LocalFiles();
after(() => files.remove());

describe('the runbook of a plan, pasted by a person block by block', () => {
  for (const [name, make] of Object.entries(practiceScenes)) {
    test(`${name}: ends where the run of the plan ends`, async () => {
      const scene = await make(files);
      const operator = new Operator(scene);
      await operator.goesForth();
      await scene.check({ outcome: 'done' });
      // A drill is one each time it is begun.
      if (scene.plan.operation === 'failover-drill') return;
      // Begun again, every block says that it is done already, and nothing changes.
      await operator.goesForth();
      await scene.check({ outcome: 'done' });
    });

    test(`${name}: its way back ends where that of the plan ends`, async (context) => {
      const scene = await make(files);
      const { undo, steps } = scene.plan;
      if ((undo ?? undoOf(steps)).length === 0) return context.skip('nothing is to be taken back');
      if (undo === undefined && steps.some((each) => each.noWayBack)) return context.skip('its end leaves no way back');
      const operator = new Operator(scene);
      await operator.goesForth();
      await operator.goesBack();
      await scene.checkUndone?.();
    });
  }
});
