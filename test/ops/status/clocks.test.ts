import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { clocksOff } from '../../../src/ops/status/clocks';
import { done, KubeadmRestoreWorld, LocalFiles, rolling } from '../../support/kubeadm-fleet';
import { PracticeWorld } from '../../support/practice';
import { sceneOf } from '../../support/practice-fleet';

const hours = 3_600_000;

test('a clock that is hours off is told of the node that has it, and of no other', async () => {
  const world = new PracticeWorld('kubeadm');
  const off = async () =>
    Object.fromEntries([...clocksOff(await world.state())].map(([name, sec]) => [name, Math.round(sec / 600) / 6]));
  assert.deepEqual(await off(), {});
  world.machine('cp2').aheadMs = 5 * hours;
  world.machine('cp3').aheadMs = -5 * hours;
  assert.deepEqual(await off(), { cp2: 5, cp3: -5 });
  // All but ours, which then is the wrong one.
  for (const machine of world.practice.nodes) machine.aheadMs = 5 * hours;
  assert.deepEqual(await off(), {});
  // As many say one thing as the other: nobody knows.
  world.practice.nodes.forEach((machine, i) => {
    machine.aheadMs = (i % 3) * hours;
  });
  assert.deepEqual(await off(), {});
});

test('a cluster whose clocks are five hours off to either side is restored, restarted and told of it', async () => {
  const files = new LocalFiles();
  try {
    const world = await KubeadmRestoreWorld.make(files);
    world.machine('cp2').aheadMs = 5 * hours;
    world.machine('cp3').aheadMs = -5 * hours;
    for (const plan of [await world.plan(), await rolling(world, { stamp: '20261121-080000' })]) {
      const told = plan.warnings.filter((each) => /^its clock is -?1[78]\d{3} s off$/.test(render(each.message)));
      assert.deepEqual(told.map((each) => each.host).sort(), ['cp2', 'cp3']);
    }
    await done(sceneOf(world, await world.plan()));
    assert.equal(await world.read('marker'), 'before');
    await done(sceneOf(world, await rolling(world, { stamp: '20261121-080000' })));
  } finally {
    files.remove();
  }
});
