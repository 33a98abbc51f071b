import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { compareDrill } from '../../../src/ops/drill-report';
import { type DrillWay, planFailoverDrill } from '../../../src/ops/failover-drill';
import type { Plan } from '../../../src/ops/plan';
import { apiPort, configFiles } from '../support/configuration';
import { Lab } from '../support/lab';
import { virtualAddress } from '../support/layout';
import { Operator } from '../support/operator';
import { stamp } from '../support/plans';
import { until } from '../support/shell';
import { labMissing } from '../support/suite';

describe('failover drills with real keepalived', { skip: labMissing('machines') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab, configFiles(lab));
    await lab.healthy();
  });
  // Whatever happened, it ends where it began.
  afterEach(async () => {
    await lab.healthy();
    assert.deepEqual(lab.holders(), ['lb1']);
    for (const name of ['lb1', 'lb2']) {
      assert.equal(lab.tell(name, 'systemctl is-active haproxy keepalived | sort -u'), 'active');
      assert.equal(timers(name), '');
    }
  });
  after(() => operator?.close());

  const timers = (name: string) =>
    lab.tell(name, "systemctl list-units --all --no-legend --plain 'haven-drill-*.timer' | cut -d ' ' -f 1");
  const plan = async (way: DrillWay): Promise<Plan> => {
    const made = planFailoverDrill(await operator.gather(), {
      stamp: stamp(),
      vip: virtualAddress,
      port: apiPort,
      way,
      prediction: operator.forecast(way, 'lb1'),
    });
    assert.deepEqual(made.blockers, []);
    return made;
  };
  const resumed = async (made: Plan, act: 'resume' | 'undo') =>
    operator.run(made, { earlier: { record: await operator.lastRun(), act } });

  for (const way of ['keepalived', 'haproxy'] as const)
    test(`${way} stops on the holder: the address moves as the simulator said, as soon as it said, and comes back`, async () => {
      const prediction = operator.forecast(way, 'lb1');
      assert.deepEqual(prediction?.heirs, ['lb2']);
      const made = await plan(way);
      const held: string[] = [];
      const { result, gap } = await operator.watch(apiPort, () =>
        operator.run(made, {
          onStep: () => {
            const now = lab.holders().join();
            if (held.at(-1) !== now) held.push(now);
          },
        }),
      );
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      assert.deepEqual(
        held.filter((each) => each !== ''),
        ['lb1', 'lb2', 'lb1'],
      );
      const said = compareDrill(prediction, [{ from: 'here', gap }]).map((each) => render(each));
      assert.ok(gap !== undefined, 'nobody saw that the address was away');
      assert.equal(said.at(-1), 'the two agree', said.join('; '));
    });

  test('the editor dies when it has stopped the holder: the drill is gone on with, and taken back', async () => {
    const first = await plan('keepalived');
    assert.equal((await operator.run(first, { dieAt: 'stop@lb1' })).broke, true);
    const result = await resumed(first, 'resume');
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    const second = await plan('keepalived');
    assert.equal((await operator.run(second, { dieAt: 'stop@lb1' })).broke, true);
    const back = await resumed(second, 'undo');
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
  });

  test('nobody comes back to a drill: the timer that was armed before the stop starts keepalived', async () => {
    const made = await plan('keepalived');
    assert.equal((await operator.run(made, { dieAt: 'stop@lb1' })).broke, true);
    await until('lb2 has the address', () => lab.holders().join() === 'lb2', 20);
    const timer = timers('lb1');
    const left = lab.tell('lb1', `systemctl list-timers --no-legend ${timer}`);
    assert.match(left, / (?:[12]min(?: \d+s)?|3min) left/, left);
    // What the timer does when its three minutes are over.
    lab.tell('lb1', `systemctl start ${timer.replace(/\.timer$/, '.service')} && systemctl stop ${timer}`);
  });

  test('the cable of the holder is pulled after the stop: the drill goes on when it is back', async () => {
    const made = await plan('keepalived');
    const result = await operator.run(made, {
      onStep: (step) => {
        if (step.id !== 'moved@lb2') return;
        lab.unplug('lb1');
        setTimeout(() => lab.plug('lb1'), 6000);
      },
    });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
  });

  test('the holder loses its power in the middle: with power it takes the address again, and the drill can end', async () => {
    const made = await plan('haproxy');
    assert.equal((await operator.run(made, { dieAt: 'stop@lb1' })).broke, true);
    await lab.off('lb1');
    await until('lb2 has the address', () => lab.holders().join() === 'lb2', 20);
    lab.on('lb1');
    await lab.answers(60);
    const back = await resumed(made, 'undo');
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
  });

  test('an address that nobody else could take stays where it is', async () => {
    lab.tell('lb2', 'systemctl stop keepalived');
    try {
      const made = planFailoverDrill(await operator.gather(), {
        stamp: 'none',
        vip: virtualAddress,
        port: apiPort,
        way: 'keepalived',
        prediction: undefined,
      });
      assert.match(made.blockers.map((each) => render(each.message)).join(), /no other node could take/);
      assert.deepEqual(made.steps, []);
    } finally {
      lab.tell('lb2', 'systemctl start keepalived');
    }
  });
});
