import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import { membersOutlook, outageOutlook } from '../../src/ops/outlook';
import type { Step } from '../../src/ops/plan';
import { PracticeWorld } from '../support/practice';
import { removal } from '../support/practice-fleet';

const step = (id: string, quorum?: Step['quorum']): Step => ({
  id,
  host: 'cp1',
  title: say('{0}', id),
  risk: 'read',
  run: { argv: ['true'], root: false, timeoutSec: 1 },
  ...(quorum !== undefined && { quorum }),
});

describe('what a plan says to expect of etcd', () => {
  const lines = async (world: PracticeWorld, ...rest: [readonly Step[], { joins?: number; leaves?: string[] }?]) =>
    membersOutlook(await world.state(), ...rest).map((each) => render(each));

  test('now, in the worst moment, afterwards', async () => {
    const world = new PracticeWorld();
    const stops = ['cp2', 'cp1'].map((host) => step(host, { stops: [host] }));
    assert.deepEqual(await lines(world, stops), [
      'etcd now: 3 of 3 members are healthy, and 1 may fail',
      'while one of cp2, cp1 is stopped, each in its turn: 2 of 3, and 0 may fail',
    ]);
    assert.deepEqual(await lines(world, [step('a', { removes: ['cp3'] })]), [
      'etcd now: 3 of 3 members are healthy, and 1 may fail',
      'afterwards: 2 of 2 members are healthy, and 0 may fail',
    ]);
    assert.deepEqual(
      (await lines(world, [], { joins: 2 })).at(-1),
      'afterwards: 5 of 5 members are healthy, and 2 may fail',
    );
    assert.deepEqual(await lines(world, [step('a'), step('b', {})]), []);
  });

  test('a member that is down counts as none, also where it is the one that goes', async () => {
    const world = new PracticeWorld();
    await world.machine('cp3').exec('systemctl stop k3s');
    assert.deepEqual(await lines(world, [step('a', { removes: ['cp3'] })]), [
      'etcd now: 2 of 3 members are healthy, and 0 may fail',
      'afterwards: 2 of 2 members are healthy, and 0 may fail',
    ]);
  });

  test('the removal of a k3s server, whose member goes with its Node', async () => {
    const world = new PracticeWorld();
    const { outlook = [] } = await removal(world, 'cp3');
    assert.deepEqual(outlook.map((each) => render(each)).slice(1), [
      'while cp3 is stopped: 2 of 3, and 0 may fail',
      'afterwards: 2 of 2 members are healthy, and 0 may fail',
    ]);
  });

  test('from where to where nobody answers; nothing where nothing is stopped', () => {
    const steps = ['copy@cp1', 'hold@cp1', 'hold@cp2', 'reset@cp1', 'start@cp1', 'start@cp2'].map((id) => step(id));
    const measured = say('{0}', 'measured');
    assert.deepEqual(
      outageOutlook(steps, { from: 'hold', to: 'start', measured }).map((each) => render(each)),
      ['from step 2 to step 5 the API answers nobody; pods that run go on', 'measured'],
    );
    assert.deepEqual(outageOutlook(steps.slice(0, 1), { from: 'hold', to: 'start', measured }), []);
  });
});
