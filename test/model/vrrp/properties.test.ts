import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VrrpEvent } from '../../../src/model/vrrp/event';
import { singleFailures } from '../../../src/model/vrrp/matrix';
import type { VrrpNode } from '../../../src/model/vrrp/node';
import { effectivePriority } from '../../../src/model/vrrp/priority';
import { simulate } from '../../../src/model/vrrp/simulate';
import fc from '../../support/fast-check';
import { type NodeInWords, vrrpNode } from '../../support/vrrp';

/** Nodes that agree with each other on everything but priorities, weights and whether they preempt. */
const fleet = fc
  .array(
    fc.record({
      basePriority: fc.integer({ min: 1, max: 254 }),
      nopreempt: fc.boolean(),
      wantsMaster: fc.constant(false),
      preemptDelayUs: fc.constantFrom(0, 0, 0, 2_000_000),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .chain((nodes) =>
    fc.record({
      nodes: fc.constant(nodes),
      weight: fc.constantFrom(-60, -20, -2, 0, 2, 20),
      moments: fc.array(
        fc.record({
          what: fc.constantFrom('fail', 'ok', 'stop', 'power-cut', 'start'),
          node: fc.nat(nodes.length - 1),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    }),
  );

function build(words: readonly NodeInWords[], weight: number): VrrpNode[] {
  return words.map((each, i) => vrrpNode(`n${i + 1}`, { ...each, script: { weight } }));
}

function eventOf({ what, node }: { readonly what: string; readonly node: number }): VrrpEvent {
  if (what === 'fail' || what === 'ok') return { kind: what, node, check: 1 };
  return { kind: what as 'stop' | 'power-cut' | 'start', node };
}

test('nodes that hear each other never hold the address together, and somebody holds it while anybody can', () => {
  fc.assert(
    fc.property(fleet, ({ nodes: words, weight, moments }) => {
      const nodes = build(words, weight);
      const { steps } = simulate(
        nodes,
        undefined,
        moments.map((each) => [eventOf(each)]),
      );
      const on = nodes.map(() => true);
      const good = nodes.map(() => true);
      for (const [i, moment] of moments.entries()) {
        if (moment.what === 'fail' || moment.what === 'ok') good[moment.node] = moment.what === 'ok';
        else
          on[moment.node] =
            moment.what === 'start' ||
            (moment.what === 'power-cut' || moment.what === 'stop' ? false : on[moment.node] === true);
        const able = nodes
          .filter((_, at) => on[at] === true && (weight !== 0 || good[at] === true))
          .map((each) => each.name);
        const step = steps[i];
        for (const holders of step?.vips[0]?.after ?? []) {
          assert.ok(holders.length <= 1, `two holders: ${holders.join()}`);
          assert.equal(holders.length, able.length > 0 ? 1 : 0, `${holders.join()} of ${able.join()}`);
          for (const each of holders) assert.ok(able.includes(each), `${each} cannot hold it`);
        }
      }
    }),
    { numRuns: 60, seed: 3 },
  );
});

test('every step begins as the one before ended, and its times are in order', () => {
  fc.assert(
    fc.property(fleet, ({ nodes: words, weight, moments }) => {
      const { start, steps } = simulate(
        build(words, weight),
        undefined,
        moments.map((each) => [eventOf(each)]),
      );
      let before = start;
      for (const step of steps) {
        const own = step.vips[0];
        const known = new Set((before.vips[0]?.after ?? []).map((each) => each.join()));
        for (const each of own?.before ?? []) assert.ok(known.has(each.join()));
        for (const times of [own?.seconds, own?.withoutHolder])
          if (times != null) assert.ok(0 <= times[0] && times[0] <= times[1]);
        before = step;
      }
    }),
    { numRuns: 40, seed: 5 },
  );
});

test('without nopreempt and delays the node of the highest priority ends up with the address', () => {
  fc.assert(
    fc.property(fleet, ({ nodes: words, weight, moments }) => {
      const nodes = build(
        words.map((each) => ({ ...each, nopreempt: false, preemptDelayUs: 0 })),
        weight,
      );
      const checks = moments.filter((each) => each.what === 'fail' || each.what === 'ok');
      const { steps } = simulate(
        nodes,
        undefined,
        checks.map((each) => [eventOf(each)]),
      );
      const failing = nodes.map(() => false);
      for (const [i, { what, node }] of checks.entries()) {
        failing[node] = what === 'fail';
        const priorities = nodes.map((each, at) => {
          const [instance] = each.instances;
          const out = instance === undefined || (weight === 0 && failing[at] === true);
          return out ? -1 : effectivePriority(each, instance, new Set(failing[at] === true ? [1] : []));
        });
        const best = Math.max(...priorities);
        for (const holders of steps[i]?.vips[0]?.after ?? []) {
          const at = nodes.findIndex((each) => each.name === holders[0]);
          assert.equal(priorities[at] ?? -1, best);
        }
      }
    }),
    { numRuns: 60, seed: 9 },
  );
});

test('a failure of a node that holds nothing moves nothing', () => {
  fc.assert(
    fc.property(fleet, ({ nodes: words, weight }) => {
      const nodes = build(
        words.map((each, i) => ({ ...each, basePriority: 60 * (i + 1), nopreempt: false })),
        weight,
      );
      const best = nodes.length - 1;
      for (const row of singleFailures(nodes)) {
        const own = row.vips[0];
        if (!('node' in (row.events[0] ?? {})) || (row.events[0] as { node: number }).node === best) continue;
        assert.equal(own?.seconds, null);
        assert.deepEqual(own?.after, own?.before);
      }
    }),
    { numRuns: 25, seed: 11 },
  );
});
