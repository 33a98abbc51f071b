import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { planDrain, planUncordon } from '../../src/ops/drain';
import { breakEverywhere, runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { kubeNodes, sceneOf, stamp } from '../support/practice-fleet';

async function planned(world: PracticeWorld, plan: typeof planDrain, hosts: readonly string[]) {
  const made = plan(await world.state(), { stamp, hosts, nodes: await kubeNodes(world) });
  assert.deepEqual(faultsOf(made), []);
  return made;
}

const cordoned = async (world: PracticeWorld) =>
  (await kubeNodes(world)).filter((each) => each.cordoned).map((each) => each.name);

describe('draining a node of the practice cluster', () => {
  test('keeps pods away until it is uncordoned', async () => {
    const world = new PracticeWorld();
    const drained = await runScene(sceneOf(world, await planned(world, planDrain, ['w1'])));
    assert.equal(drained.result.outcome, 'done', JSON.stringify(drained.result));
    assert.deepEqual(await cordoned(world), ['w1']);
    const back = await runScene(sceneOf(world, await planned(world, planUncordon, ['w1'])));
    assert.equal(back.result.outcome, 'done', JSON.stringify(back.result));
    assert.deepEqual(await cordoned(world), []);
  });

  test('whatever breaks, a resumed drain ends with the node empty, and one that is taken back with it free', async () => {
    const sent = await breakEverywhere(
      async () => {
        const world = new PracticeWorld();
        return {
          ...sceneOf(world, await planned(world, planDrain, ['w1'])),
          check: async () => assert.deepEqual(await cordoned(world), ['w1']),
          checkUndone: async () => assert.deepEqual(await cordoned(world), []),
        };
      },
      { inTurn: true },
    );
    assert.ok(sent > 3, `${sent} commands`);
  });

  test('is refused when the pods have nowhere to go, and for nodes that the API does not know', async () => {
    const world = new PracticeWorld();
    const refusals = (plan: { readonly blockers: readonly { readonly message: Parameters<typeof render>[0] }[] }) =>
      plan.blockers.map((each) => render(each.message));
    assert.deepEqual(refusals(await planned(world, planDrain, ['cp1', 'cp2', 'cp3', 'w1'])), [
      'no other Node is ready and takes pods, so they have nowhere to go',
    ]);
    assert.deepEqual(refusals(await planned(world, planDrain, ['lb1'])), [
      'the API knows no Node of this name or address',
    ]);
    const silent = planDrain(await world.state(), { stamp, hosts: ['w1'], nodes: [] });
    assert.match(refusals(silent).join(), /did not list its Nodes/);
  });
});
