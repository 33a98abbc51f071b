import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { breakAt, type Fault, type Scene } from '../../support/kill-points';
import { LocalFiles } from '../../support/kubeadm-fleet';
import { practiceScenes } from '../../support/practice-scenes';

const files = new LocalFiles();
after(() => files.remove());

/** Each step gets one of the faults in turn; all of them where HAVEN_EVERY_BREAK is set. HAVEN_ONLY_FAULT picks one. */
const isWhole = process.env.HAVEN_EVERY_BREAK !== undefined;
const only = process.env.HAVEN_ONLY_FAULT;

function faultsOf(scene: Scene): readonly Fault[] {
  const hazards = [...(scene.hazards?.keys() ?? [])].map((name): Fault => `hazard ${name}`);
  const all: readonly Fault[] = ['disk-full', 'neighbour-power', 'second-operator', ...hazards];
  return only === undefined ? all : all.filter((each) => each.includes(only));
}

describe('what lasts until the operator mends it, begun at a step; then gone on with, or taken back', () => {
  let turn = 0;
  for (const [name, make] of Object.entries(practiceScenes)) {
    test(`${name}: nothing is lost, nothing is left behind, and the end is what the run says`, async () => {
      const failures: string[] = [];
      const first = await make(files);
      const faults = faultsOf(first);
      const steps = first.plan.steps.filter((_, index) => isWhole || only !== undefined || index % 2 === turn % 2);
      for (const [index, { id }] of steps.entries()) {
        const picked = isWhole || only !== undefined ? faults : [faults[turn++ % faults.length] as Fault];
        for (const [nth, fault] of picked.entries()) {
          // Before the question whether the step is done already, or between that question and the step.
          const at = (index + nth) % 2;
          const afterwards = first.checkUndone !== undefined && (turn + index + nth) % 3 === 0 ? 'undo' : 'resume';
          try {
            await breakAt(await make(files), { fault, at, step: id }, afterwards);
          } catch (error) {
            failures.push(`${fault} at command ${at} of ${id}, then ${afterwards}: ${String(error)}`);
          }
        }
      }
      assert.deepEqual(failures, []);
    });
  }
});
