import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { compareDrill } from '../../src/ops/drill-report';
import { type DrillParameters, planFailoverDrill } from '../../src/ops/failover-drill';
import { renderPlan } from '../../src/ops/render-plan';
import { matchesGolden } from '../support/golden';
import { breakEverywhere, runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { pass, sceneOf, stamp } from '../support/practice-fleet';

const prediction = { heirs: ['lb2'], seconds: [0.4, 0.6] as const, returns: true };

async function drill(world: PracticeWorld, changes: Partial<DrillParameters> = {}) {
  const vip = world.practice.virtualAddress;
  const plan = planFailoverDrill(await world.state(), {
    stamp,
    vip,
    port: 6443,
    way: 'keepalived',
    prediction,
    ...changes,
  });
  assert.deepEqual(faultsOf(plan), []);
  return plan;
}
const holder = (world: PracticeWorld) => world.practice.holder()?.name;
const said = (plan: Awaited<ReturnType<typeof drill>>) => plan.blockers.map((each) => render(each.message)).join('\n');
const timers = (world: PracticeWorld) =>
  [...world.machine('lb1').units].filter(([name, unit]) => name.endsWith('.timer') && unit.active === 'active');

describe('a failover drill in the practice cluster', () => {
  for (const way of ['keepalived', 'haproxy'] as const) {
    test(`moves the address when ${way} stops on its holder, and moves it back`, async () => {
      const world = new PracticeWorld();
      const plan = await drill(world, { way });
      if (way === 'keepalived') matchesGolden('failover-drill.md', renderPlan(plan, render));
      const held: (string | undefined)[] = [];
      const scene = sceneOf(world, plan);
      const { result } = await runScene({
        ...scene,
        connect: async (name) => {
          const now = holder(world);
          if (held.at(-1) !== now) held.push(now);
          return world.connect(name);
        },
      });
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      assert.deepEqual(
        held.filter((each) => each !== undefined),
        ['lb1', 'lb2', 'lb1'],
      );
      assert.equal(holder(world), 'lb1');
      assert.deepEqual(timers(world), []);
    });
  }

  test('whatever breaks, the holder is what it was, and nothing stays stopped', async () => {
    const isBack = (world: PracticeWorld) => async () => {
      await pass(world, 240);
      assert.equal(holder(world), 'lb1');
      for (const name of ['lb1', 'lb2'])
        for (const unit of ['haproxy', 'keepalived'])
          assert.equal(world.machine(name).units.get(unit)?.active, 'active');
      assert.deepEqual(timers(world), []);
    };
    for (const afterwards of ['resume', 'undo'] as const) {
      await breakEverywhere(
        async () => {
          const world = new PracticeWorld();
          return { ...sceneOf(world, await drill(world)), check: isBack(world), checkUndone: isBack(world) };
        },
        { inTurn: true, afterwards },
      );
    }
  });

  test('with an editor that is gone for good, keepalived starts by its own clock', async () => {
    const world = new PracticeWorld();
    const plan = await drill(world);
    await assert.rejects(
      runScene({
        ...sceneOf(world, plan),
        connect: async (name) => {
          if (name === 'lb2') throw new Error('the laptop is gone');
          return world.connect(name);
        },
      }),
    );
    assert.equal(world.machine('lb1').units.get('keepalived')?.active, 'inactive');
    await pass(world, 240);
    assert.equal(holder(world), 'lb1');
  });

  test('an address that does not move is given back to its holder', async () => {
    const world = new PracticeWorld();
    const plan = await drill(world);
    await world.run('lb2', ['systemctl', 'stop', 'haproxy']);
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    await pass(world, 10);
    assert.equal(holder(world), 'lb1');
  });

  test('an heir that keeps the address has to let go once', async () => {
    const plan = await drill(new PracticeWorld(), { prediction: { ...prediction, returns: false } });
    const ids = plan.steps.map((each) => each.id);
    assert.deepEqual(ids.slice(ids.indexOf('start@lb1')), [
      'start@lb1',
      'let-go@lb2',
      'returned@lb1',
      'start-heir@lb2',
      'last@cp1',
      'disarm@lb1',
    ]);
  });

  test('is refused where nobody else could take over, and where nobody carries the address', async () => {
    const alone = new PracticeWorld();
    await alone.run('lb2', ['systemctl', 'stop', 'keepalived']);
    assert.match(said(await drill(alone)), /no other node could take/);
    const dark = new PracticeWorld();
    for (const name of ['lb1', 'lb2']) await dark.run(name, ['systemctl', 'stop', 'keepalived']);
    await pass(dark, 10);
    assert.match(said(await drill(dark)), /no node carries/);
  });

  test('the report compares what was measured with what was predicted', () => {
    const lines = (gap: readonly [number, number] | undefined) =>
      compareDrill(prediction, [{ from: 'from cp1', gap }]).map((each) => render(each));
    assert.deepEqual(lines([0.42, 0.71]), [
      'from cp1: no answer for 0.4 to 0.7 s',
      'the simulator said 0.4 to 0.6 s',
      'the two agree',
    ]);
    assert.equal(lines([0.05, 0.2]).at(-1), 'it was faster than that');
    assert.match(lines([6.5, 6.8]).at(-1) ?? '', /it took 5\.9 s longer than that/);
    assert.match(lines([60, Number.POSITIVE_INFINITY])[0] ?? '', /no answer came any more after 60\.0 s/);
    assert.deepEqual(lines(undefined), ['from cp1: every question was answered', 'the simulator said 0.4 to 0.6 s']);
  });
});
