import type { VrrpEvent } from './event';
import { type Course, explore, type Thoroughness } from './explore';
import type { VrrpNode } from './node';
import { darkWorld, holdersOf, type InstanceMode, keyOf, type Site, siteOf, type World } from './world';

/** An earliest and a latest time in seconds, rounded outwards to tenths. */
export type Bounds = readonly [number, number];

/** What the events of one moment do to one virtual address. Outcomes are lists of node names; `[]` is nobody. */
export interface AddressChange {
  readonly vip: string;
  readonly before: readonly (readonly string[])[];
  readonly after: readonly (readonly string[])[];
  /** From the events until the last holder of `after` has it; null when it stays where it is. */
  readonly seconds: Bounds | null;
  /** How long nobody holds it on the way; null when nobody holds it in the end. */
  readonly withoutHolder: Bounds | null;
}

interface InstanceReport {
  /** Several when chance decides. */
  readonly state: string;
  readonly priority: number;
}

export interface Step {
  readonly vips: readonly AddressChange[];
  /** Nodes with an instance in FAULT. */
  readonly fault: readonly string[];
  readonly states: Readonly<Record<string, Readonly<Record<string, InstanceReport>>>>;
}

export interface Simulation {
  readonly start: Step;
  readonly steps: readonly Step[];
}

/** Beyond so many different worlds at once nothing useful is said by following them all. */
const maxWorlds = 12;
/** What a real machine takes for what takes no time here: running a check, a packet, setting an address. */
const latencySec = 0.05;
/** The same where a program has to start or to stop first; a spread of starts has that in it. */
const programSec = 0.08;

/** A site and the worlds it can be in: the value that moments are applied to. */
export interface Situation {
  readonly site: Site;
  readonly worlds: readonly World[];
}

/**
 * Plays the keepalived daemons of all nodes. `order` names the nodes in the order in which they were started, each
 * after the others had come to rest; undefined starts all within some milliseconds. `moments` are the events, those of
 * one moment together.
 */
export function simulate(
  nodes: readonly VrrpNode[],
  order: readonly number[] | undefined,
  moments: readonly (readonly VrrpEvent[])[],
): Simulation {
  const started = startAll(nodes, order);
  const steps: Step[] = [];
  let situation = started.situation;
  for (const moment of moments) {
    const next = advance(situation, moment, 'bounds');
    steps.push(next.step);
    situation = next.situation;
  }
  return { start: started.step, steps };
}

interface Advance {
  readonly situation: Situation;
  readonly step: Step;
}

/** Switches all nodes on. The step tells who holds what when they have come to rest. */
export function startAll(nodes: readonly VrrpNode[], order: readonly number[] | undefined): Advance {
  const site = siteOf(nodes);
  const dark: Situation = { site, worlds: [darkWorld(site)] };
  const start = (node: number): VrrpEvent => ({ kind: 'start', node });
  if (order === undefined)
    return advance(
      dark,
      nodes.map((_, node) => start(node)),
      'bounds',
    );
  let situation = dark;
  let last: Advance | undefined;
  for (const node of order) {
    last = advance(situation, [start(node)], 'bounds');
    situation = last.situation;
  }
  return { situation, step: stepOf(dark, situation.worlds, last === undefined ? [] : [last.step]) };
}

/** What the events of one moment make of a situation. */
function advance(situation: Situation, moment: readonly VrrpEvent[], thoroughness: Thoroughness): Advance {
  const { site } = situation;
  const courses = coursesOf(situation, moment, thoroughness);
  const worlds = new Map<string, World>();
  for (const course of courses) {
    const key = keyOf(course.world);
    if (worlds.size < maxWorlds && !worlds.has(key)) worlds.set(key, course.world);
  }
  const next = [...worlds.values()];
  const vips = changesIn(situation, courses, moment);
  return { situation: { site, worlds: next }, step: { vips, ...reportOf(site, next) } };
}

/** What the events of one moment do to the addresses, without what the nodes think of it. */
export function addressChanges(
  situation: Situation,
  moment: readonly VrrpEvent[],
  thoroughness: Thoroughness,
): AddressChange[] {
  return changesIn(situation, coursesOf(situation, moment, thoroughness), moment);
}

function coursesOf({ site, worlds }: Situation, moment: readonly VrrpEvent[], thoroughness: Thoroughness): Course[] {
  return worlds.flatMap((world) => explore(site, world, moment, thoroughness));
}

function changesIn(
  { site, worlds }: Situation,
  courses: readonly Course[],
  moment: readonly VrrpEvent[],
): AddressChange[] {
  const names = namer(site);
  const lateSec = latencyOf(moment);
  return site.addresses.map((vip, index) => ({
    vip,
    before: distinct(worlds.map((world) => names(holdersOf(site, world, index)))),
    after: distinct(courses.flatMap((course) => outcomesOf(course, index).map(names))),
    seconds: bounds(
      courses.flatMap((course) => movedAt(course, index)),
      lateSec,
    ),
    withoutHolder: gapBounds(
      courses.map((course) => emptyFor(course, index)),
      lateSec,
    ),
  }));
}

function stepOf(before: Situation, worlds: readonly World[], steps: readonly Step[]): Step {
  const { site } = before;
  const names = namer(site);
  const vips = site.addresses.map((vip, index): AddressChange => {
    const last = steps[0]?.vips.find((each) => each.vip === vip);
    return {
      vip,
      before: [[]],
      after: distinct(worlds.map((world) => names(holdersOf(site, world, index)))),
      seconds: last?.seconds ?? null,
      withoutHolder: last?.withoutHolder ?? null,
    };
  });
  return { vips, ...reportOf(site, worlds) };
}

function reportOf(site: Site, worlds: readonly World[]): Pick<Step, 'fault' | 'states'> {
  const fault = new Set<string>();
  const states: Record<string, Record<string, InstanceReport>> = {};
  for (const [i, { node, instance }] of site.instances.entries()) {
    const name = site.nodes[node]?.name ?? '';
    const seen = worlds.flatMap((world) => world.instances[i] ?? []);
    if (seen.some((each) => each.mode === 'fault')) fault.add(name);
    const modes = new Set(seen.map((each) => shown[each.mode]));
    const reports = states[name] ?? {};
    reports[instance.name] = { state: [...modes].join('|'), priority: seen[0]?.priority ?? instance.basePriority };
    states[name] = reports;
  }
  return { fault: [...fault], states };
}

const shown: Readonly<Record<InstanceMode, string>> = {
  off: 'OFF',
  fault: 'FAULT',
  backup: 'BACKUP',
  master: 'MASTER',
};

function namer(site: Site): (holders: readonly number[]) => string[] {
  return (holders) => holders.map((node) => site.nodes[node]?.name ?? '');
}

function distinct(outcomes: readonly (readonly string[])[]): string[][] {
  return [...new Map(outcomes.map((each) => [each.join('\n'), [...each]])).values()];
}

function outcomesOf(course: Course, index: number): (readonly number[])[] {
  const unrest = course.unrest[index] ?? [];
  return unrest.length > 0 ? [...unrest] : [course.passages[index]?.at(-1)?.holders ?? []];
}

/** When the address came to its last holder; nothing if that is the one it was with before. */
function movedAt(course: Course, index: number): number[] {
  const list = course.passages[index] ?? [];
  const last = list.at(-1);
  return last === undefined || last.holders === list[0]?.holders || last.holders.join() === list[0]?.holders.join()
    ? []
    : [last.atUs];
}

/** Microseconds without a holder; endless when there is none in the end. */
function emptyFor(course: Course, index: number): number {
  const list = course.passages[index] ?? [];
  let total = 0;
  for (const [i, passage] of list.entries()) {
    if (passage.holders.length > 0) continue;
    const next = list[i + 1];
    if (next === undefined) return Number.POSITIVE_INFINITY;
    total += next.atUs - passage.atUs;
  }
  return total;
}

function bounds(times: readonly number[], lateSec: number): Bounds | null {
  if (times.length === 0 || times.some((each) => !Number.isFinite(each))) return null;
  const low = Math.min(...times) / 1e6;
  const high = Math.max(...times) / 1e6;
  return [Math.max(0, Math.floor(low * 10 - 1e-6) / 10), Math.ceil((high + lateSec) * 10) / 10];
}

/** The same for a time without a holder, of which there is none where the old one goes by the word of the new one. */
function gapBounds(times: readonly number[], lateSec: number): Bounds | null {
  return times.every((each) => each === 0) ? [0, 0] : bounds(times, lateSec);
}

function latencyOf(moment: readonly VrrpEvent[]): number {
  const starts = moment.filter((each) => each.kind === 'start').length;
  return starts === 1 || (starts === 0 && moment.some((each) => each.kind === 'stop')) ? programSec : latencySec;
}
