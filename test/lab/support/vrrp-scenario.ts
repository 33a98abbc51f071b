import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseVersion } from '../../../src/base/version';
import { type SimulationStep, simulateFiles } from '../../../src/service';
import { sleep } from './shell';
import { keepalivedRelease, type Passage, VrrpNetwork } from './vrrp-network';

/** Daemons, and what happens to them. */
export interface VrrpScenario {
  /** For each node the text of its keepalived.conf. */
  readonly configs: Readonly<Record<string, string>>;
  /** The nodes in the order of their starts, each after the others had come to rest; absent: all at once. */
  readonly start?: readonly string[];
  /** Events of one moment each, joined by `+`. */
  readonly moments: readonly string[];
  /** How long it takes until nothing more can happen where nothing is expected to, in seconds. */
  readonly restSec?: number;
}

/** What a machine under load takes longer than the daemons' own timers say, in seconds. */
const latencySec = 0.15;
/** The kernel tells of carriers that come and go at most once a second, for all namespaces together. */
const carrierSec = 1.1;

/** Runs daemons and simulator side by side; what the daemons did differently, one line each. */
export async function compareWithDaemons(id: string, scenario: VrrpScenario): Promise<readonly string[]> {
  const network = new VrrpNetwork(id, mkdtempSync(join(tmpdir(), 'haven-vrrp-')), scenario.configs);
  const differences: string[] = [];
  const version = parseVersion(keepalivedRelease() ?? '');
  try {
    const answer = simulateFiles({
      nodes: network.nodes,
      moments: scenario.moments,
      ...(scenario.start !== undefined && { start: scenario.start }),
      ...(version !== undefined && { version }),
    });
    if ('problem' in answer) return [answer.problem];
    const { start, steps } = answer.simulation;
    const names = Object.keys(scenario.configs);
    const starts = scenario.start ?? [
      names
        .map((each) => `start:${each}`)
        .join('+')
        .slice('start:'.length),
    ];
    const all = [...starts.map((each) => `start:${each}`), ...scenario.moments];
    for (const [index, moment] of all.entries()) {
      const atMs = network.apply(moment);
      const first = index - starts.length + 1;
      const expected = first < 0 ? undefined : first === 0 ? start : steps[first - 1];
      await sleep(
        1000 *
          Math.max(scenario.restSec ?? 6.5, ...(expected?.vips ?? []).map((each) => (each.seconds?.[1] ?? 0) + 1.5)),
      );
      // What the daemons and the kernel have said meanwhile is read between two timers.
      await sleep(100);
      await sleep(100);
      if (expected === undefined) continue;
      const found = expected.vips.flatMap((each) =>
        differencesOf(
          each,
          network.passages(each.vip, atMs),
          first === 0,
          /:eth\d/.test(moment) ? carrierSec : latencySec,
        ),
      );
      differences.push(
        ...[...found, ...stateDifferences(expected, network)].map(
          (each) => `${first === 0 ? 'start' : moment}: ${each}`,
        ),
      );
      if (found.length > 0) break;
    }
    if (differences.length > 0) differences.push(network.words);
    return differences;
  } finally {
    await network.end();
  }
}

type AddressChange = SimulationStep['vips'][number];

const text = (holders: readonly string[]): string => (holders.length === 0 ? 'nobody' : holders.join(' and '));
const any = (lists: readonly (readonly string[])[]): string => lists.map(text).join(' or ');
const fits = (holders: readonly string[], lists: readonly (readonly string[])[]): boolean =>
  lists.some((each) => each.slice().sort().join() === holders.slice().sort().join());

function differencesOf(
  expected: AddressChange,
  passages: readonly Passage[],
  atStart: boolean,
  late: number,
): string[] {
  const [from, last] = [passages[0], passages.at(-1)];
  if (from === undefined || last === undefined) return [`${expected.vip} was never seen`];
  const list: string[] = [];
  if (!fits(from.holders, expected.before) && !atStart)
    list.push(`before it ${text(from.holders)} had ${expected.vip}, not ${any(expected.before)}`);
  if (!fits(last.holders, expected.after))
    list.push(`${text(last.holders)} has ${expected.vip}, not ${any(expected.after)}`);
  if (list.length > 0 || atStart) return list;
  const trail = passages
    .map((each) => `${((each.atMs - from.atMs) / 1000).toFixed(2)} ${text(each.holders)}`)
    .join(', ');
  const inside = (sec: number, [low, high]: readonly [number, number]) => sec >= low - 0.06 && sec <= high + late;
  const moved = last.holders.join() !== from.holders.join();
  const sec = (last.atMs - from.atMs) / 1000;
  if (moved && expected.seconds !== null && !inside(sec, expected.seconds))
    list.push(`${expected.vip} moved after ${sec.toFixed(2)} s, not ${expected.seconds.join('–')} s (${trail})`);
  if (moved && expected.seconds === null) list.push(`${expected.vip} moved, and no time is foretold (${trail})`);
  const empty = passages.reduce(
    (sum, each, i) =>
      sum + (each.holders.length > 0 ? 0 : ((passages[i + 1]?.atMs ?? Number.POSITIVE_INFINITY) - each.atMs) / 1000),
    0,
  );
  if (moved && expected.withoutHolder !== null && !inside(empty, expected.withoutHolder))
    list.push(
      `nobody had ${expected.vip} for ${empty.toFixed(2)} s, not ${expected.withoutHolder.join('–')} s (${trail})`,
    );
  return list;
}

function stateDifferences(expected: SimulationStep, network: VrrpNetwork): string[] {
  return Object.entries(expected.states).flatMap(([node, instances]) =>
    Object.entries(instances).flatMap(([instance, { state }]) => {
      const real = network.state(node, instance);
      // A backup that follows its sync group into FAULT says nothing of it.
      const silent =
        real === undefined ||
        (state === 'FAULT' && instances[instance] !== undefined && Object.keys(instances).length > 1);
      return silent || state.split('|').includes(real) ? [] : [`${instance} of ${node} is ${real}, not ${state}`];
    }),
  );
}

/** Fails with what the daemons did differently, when they do so a second time: a busy machine makes one run late. */
export async function assertAsDaemons(id: string, scenario: VrrpScenario): Promise<void> {
  if ((await compareWithDaemons(id, scenario)).length === 0) return;
  assert.deepEqual(await compareWithDaemons(id, scenario), []);
}
