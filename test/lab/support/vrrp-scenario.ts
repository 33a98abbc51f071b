import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render } from '../../../src/base/message';
import { parseVersion } from '../../../src/base/version';
import { type SimulationAnswer, type SimulationStep, simulateFiles } from '../../../src/service';
import { sleep } from './shell';
import { StallWatch } from './stalls';
import { keepalivedRelease, type Passage, VrrpNetwork } from './vrrp-network';

type Simulation = Extract<SimulationAnswer, { simulation: unknown }>['simulation'];

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
  /** How long a script takes at most until its result turns, where that is more than a moment, in seconds. */
  readonly detectionSec?: number;
}

/** What a machine under load takes longer than the daemons' own timers say, in seconds. */
const latencySec = 0.15;
/** A daemon that is started reads its files and opens its sockets first: under load that takes longer still, in seconds. */
const startSec = 0.5;
/** A second holder that goes again as soon as it is heard of is there for no longer than this, in seconds. */
const blinkSec = 0.04;
/** The kernel tells of carriers that come and go at most once a second, for all namespaces together. */
const carrierSec = 1.1;

/** One move of an address that daemons made, beside what was foretold. */
interface Observation {
  readonly moment: string;
  readonly vip: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly seconds: number;
  readonly foretold: readonly [number, number];
  /** How many outcomes were thought possible. */
  readonly outcomes: number;
}

/** What came of playing a scenario: what the daemons did differently, one line each, and every move. */
interface Comparison {
  readonly differences: readonly string[];
  readonly observations: readonly Observation[];
}

/** Runs daemons and simulator side by side. */
async function compareWithDaemons(id: string, scenario: VrrpScenario): Promise<Comparison> {
  const network = new VrrpNetwork(id, mkdtempSync(join(tmpdir(), 'haven-vrrp-')), scenario.configs);
  const differences: string[] = [];
  const observations: Observation[] = [];
  const version = parseVersion(keepalivedRelease() ?? '');
  try {
    const request = {
      moments: scenario.moments,
      ...(scenario.start !== undefined && { start: scenario.start }),
      ...(version !== undefined && { version }),
    };
    const answer = simulateFiles({ ...request, nodes: network.nodes });
    // Files in a folder do not tell the addresses of the nodes: less is certain then, but nothing else may be said.
    const blind = simulateFiles({ ...request, nodes: network.nodes.map(({ name, files }) => ({ name, files })) });
    if ('problem' in answer) return { differences: [render(answer.problem)], observations };
    if ('problem' in blind) return { differences: [render(blind.problem)], observations };
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
      const stepOf = ({ start, steps }: Simulation) => (first < 0 ? undefined : first === 0 ? start : steps[first - 1]);
      const [expected, guessed] = [stepOf(answer.simulation), stepOf(blind.simulation)];
      const latest = Math.max(0, ...(expected?.vips ?? []).map((each) => (each.seconds?.[1] ?? 0) + 1.5));
      const detection = /:chk/.test(moment) ? (scenario.detectionSec ?? 0) : 0;
      await sleep(1000 * Math.max((scenario.restSec ?? 6.5) + detection, latest));
      // What the daemons and the kernel have said meanwhile is read between two timers.
      await sleep(100);
      await sleep(100);
      if (expected === undefined || guessed === undefined) continue;
      const late = /:eth\d/.test(moment) ? carrierSec : /start:/.test(moment) ? startSec : latencySec;
      const passagesOf = (vip: string) => withoutBlinks(network.passages(vip, atMs));
      const look = (step: SimulationStep) =>
        step.vips.flatMap((each) => differencesOf(each, passagesOf(each.vip), first === 0, late));
      const found = look(expected);
      const blindly = found.length > 0 ? [] : look(guessed).map((each) => `without addresses: ${each}`);
      const others = [...stateDifferences(expected, network), ...faultDifferences(expected, network)];
      const label = first === 0 ? 'start' : moment;
      differences.push(...[...found, ...blindly, ...others].map((each) => `${label}: ${each}`));
      if (found.length === 0 && index > 0)
        observations.push(...expected.vips.flatMap((each) => observed(label, each, passagesOf(each.vip))));
      if (found.length > 0) break;
    }
    if (differences.length > 0) differences.push(network.words);
    return { differences, observations };
  } finally {
    await network.end();
  }
}

/** Leaves out holders that came and went so quickly that nobody could have noticed. */
function withoutBlinks(passages: readonly Passage[]): readonly Passage[] {
  const list: Passage[] = [];
  for (const [index, each] of passages.entries()) {
    const next = passages[index + 1];
    const [before, after] = [list.at(-1), next].map((one) => one?.holders.join());
    const isBlink = next !== undefined && before === after && next.atMs - each.atMs < blinkSec * 1000;
    if (!isBlink && before !== each.holders.join()) list.push(each);
  }
  return list;
}

function observed(moment: string, { vip, seconds, after }: AddressChange, passages: readonly Passage[]): Observation[] {
  const [from, last] = [passages[0], passages.at(-1)];
  if (from === undefined || last === undefined || seconds === null) return [];
  if (from.holders.join() === last.holders.join()) return [];
  const sec = (last.atMs - from.atMs) / 1000;
  return [
    { moment, vip, before: from.holders, after: last.holders, seconds: sec, foretold: seconds, outcomes: after.length },
  ];
}

type AddressChange = SimulationStep['vips'][number];

const text = (holders: readonly string[]): string => (holders.length === 0 ? 'nobody' : holders.join(' and '));
const any = (lists: readonly (readonly string[])[]): string => lists.map(text).join(' or ');
const fits = (holders: readonly string[], lists: readonly (readonly string[])[]): boolean =>
  lists.some((each) => each.slice().sort().join() === holders.slice().sort().join());

function differencesOf(
  expected: AddressChange,
  passages: readonly Passage[],
  isFirst: boolean,
  late: number,
): string[] {
  const [from, last] = [passages[0], passages.at(-1)];
  if (from === undefined || last === undefined) return [`${expected.vip} was never seen`];
  const list: string[] = [];
  if (!fits(from.holders, expected.before) && !isFirst)
    list.push(`before it ${text(from.holders)} had ${expected.vip}, not ${any(expected.before)}`);
  if (!fits(last.holders, expected.after))
    list.push(`${text(last.holders)} has ${expected.vip}, not ${any(expected.after)}`);
  if (list.length > 0 || isFirst) return list;
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
  if (last.holders.length > 0 && expected.withoutHolder !== null && !inside(empty, expected.withoutHolder))
    list.push(
      `nobody had ${expected.vip} for ${empty.toFixed(2)} s, not ${expected.withoutHolder.join('–')} s (${trail})`,
    );
  return list;
}

function stateDifferences(expected: SimulationStep, network: VrrpNetwork): string[] {
  return Object.entries(expected.states).flatMap(([node, instances]) =>
    Object.entries(instances).flatMap(([instance, { state, priority }]) => {
      const real = network.reportOf(node, instance);
      const states = state.split('|');
      return [
        ...(states.includes(real.state) ? [] : [`${instance} of ${node} is ${real.state}, not ${state}`]),
        ...(real.priority === undefined || real.priority === priority
          ? []
          : [`${instance} of ${node} has priority ${real.priority}, not ${priority}`]),
      ];
    }),
  );
}

function faultDifferences({ fault, states }: SimulationStep, network: VrrpNetwork): string[] {
  return Object.entries(states).flatMap(([node, instances]) => {
    const isReal = Object.keys(instances).some((each) => network.reportOf(node, each).state === 'FAULT');
    // Where chance decides, one of the possible worlds may have it in FAULT.
    const isSure = Object.values(instances).every((each) => !each.state.includes('|'));
    return isReal === fault.includes(node) || (!isReal && !isSure)
      ? []
      : [`${node} is ${isReal ? '' : 'not '}in FAULT`];
  });
}

/** How often a scenario is played at most. */
const tries = 4;

/** A test, as far as it can be left undecided. */
interface Undecided {
  skip(why: string): void;
}

let stalls: StallWatch | undefined;

/**
 * Fails with what the daemons did differently, when they do so twice on a machine that runs. A run in which the machine
 * stood still decides nothing: where no other can be had, the test is skipped and says so.
 */
export async function assertAsDaemons(test: Undecided, id: string, scenario: VrrpScenario): Promise<void> {
  stalls ??= new StallWatch();
  let undecided = '';
  let wasDifferent = false;
  for (let run = 0; run < tries; run++) {
    const atMs = Date.now();
    const { differences } = await compareWithDaemons(id, scenario);
    if (differences.length === 0) return;
    const stall = stalls.longestSince(atMs);
    if (stall === undefined && wasDifferent) assert.deepEqual(differences, []);
    wasDifferent ||= stall === undefined;
    undecided = stall === undefined ? undecided : `this machine stood still for ${stall.ms} ms: ${differences[0]}`;
  }
  test.skip(undecided);
}
