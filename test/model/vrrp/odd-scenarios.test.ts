import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulateFiles } from '../../../src/service';
import { oddScenarios } from '../../lab/support/odd-scenarios';

const text = (holders: readonly string[]): string => [...holders].sort().join(' and ');

// The lab plays the same scenarios with real daemons; here is what they did, so that it stays foretold without them.
for (const [name, scenario] of Object.entries(oddScenarios)) {
  test(name, () => {
    const nodes = Object.entries(scenario.configs).map(([node, config], index) => ({
      name: node,
      address: `10.77.0.${index + 1}`,
      files: [{ path: `${node}.conf`, text: config }],
    }));
    const { moments, start, seen } = scenario;
    const answer = simulateFiles({ nodes, moments, ...(start !== undefined && { start }) });
    assert.ok('simulation' in answer);
    assert.equal(seen.length, moments.length);
    for (const [index, step] of answer.simulation.steps.entries()) {
      const real = seen[index];
      if (real?.fault !== undefined) assert.deepEqual(step.fault, real.fault, moments[index]);
      for (const [vip, { after, seconds = [] }] of Object.entries(real?.vips ?? {})) {
        const change = step.vips.find((each) => each.vip === vip);
        assert.ok(change !== undefined, vip);
        assert.ok(
          change.after.some((each) => text(each) === text(after)),
          `${moments[index]}: ${change.after}`,
        );
        for (const sec of seconds) {
          const [low, high] = change.seconds ?? [Number.NaN, Number.NaN];
          assert.ok(low <= sec && sec <= high, `${moments[index]}: ${sec} s is not within ${low} … ${high} s`);
        }
        if (seconds.length === 0 && change.after.length === 1) assert.equal(change.seconds, null, moments[index]);
      }
    }
  });
}
