import { Daemons } from './daemon';
import type { VrrpEvent } from './event';
import type { Chances } from './instances';
import { masterDownUs } from './node';
import { restOf } from './rest';
import { copyOf, holdersOf, keyOf, never, type Site, type World } from './world';

/** How one address went from holder to holder: who has it from when on, in microseconds since the events. */
interface Passage {
  readonly atUs: number;
  readonly holders: readonly number[];
}

/** One possible course after the events of one moment, until nothing changes any more. */
export interface Course {
  readonly world: World;
  /** For each address of the site, in its order. The first passage is the state before. */
  readonly passages: readonly (readonly Passage[])[];
  /** Holders that come and go for ever; empty for an address that comes to rest. */
  readonly unrest: readonly (readonly (readonly number[])[])[];
  /** How often an instance became master or ceased to be one. */
  readonly moves: number;
  /** How many turns chance had to choose from (`Chances.turn`). */
  readonly turns: number;
}

/** `bounds` tries the phases thoroughly enough for the earliest and latest time; `outcome` only for who holds what. */
export type Thoroughness = 'bounds' | 'outcome';

/** Daemons started "together" start within this time of each other. */
const startSpreadUs = 50_000;
/**
 * How far the events of one moment lie apart, in the order in which they are given: nothing on a real machine happens at
 * the very same time, and between two of them a priority 0 may be heard or a short skew may end.
 */
const gapsUs = [0, 2_000, 50_000];
/** Holders that last no longer than this are the moment of handing over. */
const blinkUs = 2_000;

/**
 * Every course that the events of one moment can take from `world`. What nobody can know (where in its interval each
 * timer stands, which of two equal timers ends first) is tried out at its ends and between them, the same on every run.
 */
export function explore(site: Site, world: World, moment: readonly VrrpEvent[], thoroughness: Thoroughness): Course[] {
  const start = startOf(site, world, moment);
  const { masters, scripts, startsTogether } = start;
  const starts = startsTogether ? moment.filter((event) => event.kind === 'start').length : 0;
  const others = moment.filter((event) => event.kind !== 'start').length;
  const gaps = thoroughness === 'bounds' && others > 1 ? gapsUs : [0];
  const preemptDelays = site.instances.some(({ instance }) => instance.preemptDelayUs > 0);
  const slips = preemptDelays && thoroughness === 'bounds' ? [-1000, 1000] : [1000];
  const count = masters.length + scripts.length + starts;
  const points = count > 3 && count === starts ? startSamples(count) : samples(count, thoroughness);
  const courses: Course[] = [];
  const coursesAt = (phases: readonly number[]) => {
    for (const preemptSlipUs of slips)
      for (const gapUs of gaps) {
        const course = follow(start, phases, gapUs, { turn: 0, crossing: false, preemptSlipUs });
        courses.push(course);
        if (course.turns === 1) continue;
        for (let turn = 0; turn < course.turns; turn++) {
          if (turn > 0) courses.push(follow(start, phases, gapUs, { turn, crossing: false, preemptSlipUs }));
          courses.push(follow(start, phases, gapUs, { turn, crossing: true, preemptSlipUs }));
        }
      }
  };
  const [first, ...rest] = points;
  const last = rest.pop();
  for (const phases of [first, last]) if (phases !== undefined) coursesAt(phases);
  if (moment.length === 1 && isUneventful(courses)) return courses;
  for (const phases of rest) coursesAt(phases);
  return courses;
}

/**
 * Whether nothing moved at either end of all phases: then nobody begins or ceases to send, and where the timers stand
 * between these ends makes no difference to anybody.
 */
function isUneventful(courses: readonly Course[]): boolean {
  const [one] = courses;
  if (one === undefined || courses.some((each) => each.moves > 0 || each.turns > 1)) return false;
  const key = keyOf(one.world);
  return courses.every((each) => keyOf(each.world) === key);
}

/** What all courses from one world by the events of one moment have in common. */
interface Start {
  readonly site: Site;
  readonly world: World;
  /** In the order in which they take place. */
  readonly events: readonly VrrpEvent[];
  /** The nodes with a master: one phase is unknown for each, then one for each script, then one for each node started. */
  readonly masters: readonly number[];
  readonly scripts: readonly VrrpEvent[];
  readonly startsTogether: boolean;
  /** Who has each address. */
  readonly holders: readonly (readonly number[])[];
}

function startOf(site: Site, world: World, moment: readonly VrrpEvent[]): Start {
  return {
    site,
    world,
    events: startsLast(moment),
    masters: nodesWithMasters(site, world),
    scripts: moment.filter((event) => isScriptEvent(site, event)),
    startsTogether: moment.filter((event) => event.kind === 'start').length > 1,
    holders: site.addresses.map((_, i) => holdersOf(site, world, i)),
  };
}

function nodesWithMasters(site: Site, world: World): number[] {
  const nodes = site.instances.flatMap(({ node }, i) => (world.instances[i]?.mode === 'master' ? [node] : []));
  return [...new Set(nodes)];
}

function isScriptEvent(site: Site, event: VrrpEvent): boolean {
  if (event.kind !== 'fail' && event.kind !== 'hang' && event.kind !== 'ok') return false;
  return site.nodes[event.node]?.checks[event.check]?.kind === 'script';
}

/** Each of many daemons first or last by the whole spread, all of them together, and points between. */
function startSamples(count: number): number[][] {
  const alike = (phase: number) => new Array<number>(count).fill(phase);
  const apart = [nearly0, nearly1].flatMap((own) =>
    alike(own === nearly0 ? nearly1 : nearly0).map((_, node, others) => others.with(node, own)),
  );
  return [alike(nearly0), ...apart, ...spread(count, 16), alike(nearly1)];
}

/** Just behind and just before a timer: at the very moment two things would happen together. */
const nearly0 = 0.001;
const nearly1 = 0.999;

/** Points of the unit cube of `count` dimensions: a grid for few, its corners and evenly spread points for many. */
function samples(count: number, thoroughness: Thoroughness): number[][] {
  if (count === 0) return [[]];
  if (thoroughness === 'outcome') return [new Array<number>(count).fill(0.5)];
  if (count === 1) return [nearly0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, nearly1].map((x) => [x]);
  if (count === 2) return grid(2, [nearly0, 0.25, 0.5, 0.75, nearly1]);
  if (count === 3) return [...grid(3, [nearly0, 0.5, nearly1]), ...spread(3, 16)];
  const free = Math.min(count, 5);
  const corners = grid(free, [nearly0, nearly1]).map((point) => [
    ...point,
    ...new Array<number>(count - free).fill(0.5),
  ]);
  return [...corners, ...spread(count, 40)];
}

function grid(count: number, levels: readonly number[]): number[][] {
  if (count === 0) return [[]];
  return grid(count - 1, levels).flatMap((point) => levels.map((level) => [...point, level]));
}

/** Points that fill the cube evenly (Kronecker sequence with the square roots of primes). */
function spread(count: number, points: number): number[][] {
  const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
  return Array.from({ length: points }, (_, i) =>
    Array.from({ length: count }, (_, d) => ((i + 1) * Math.sqrt(primes[d % primes.length] ?? 2)) % 1),
  );
}

function follow(start: Start, phases: readonly number[], gapUs: number, chances: Chances): Course {
  const { site, startsTogether } = start;
  const world = copyOf(start.world);
  const passages: Passage[][] = start.holders.map((holders) => [{ atUs: 0, holders }]);
  let phase = 0;
  const nextPhase = (length: number) => Math.max(1, Math.round((phases[phase++] ?? 0.5) * length));

  const masters = new Map(start.masters.map((node) => [node, nextPhase(1_000_000) / 1_000_000]));
  const runs = new Map(
    start.scripts.map((event) => {
      const { withinUs, laterUs } = nextRunOf(site, start.world, event);
      return [event, nextPhase(withinUs) + laterUs];
    }),
  );
  // The adverts' place counts from the moment at which a script's result turns: that is where earliest and latest lie.
  const [turning] = [...runs].map(([event, atUs]) => atUs + countingTime(site, event));
  placeTimers(site, world, masters, turning ?? 0);
  const daemons = new Daemons(site, world, chances);
  const pending: { readonly atUs: number; readonly event: VrrpEvent }[] = [];
  for (const [index, event] of start.events.entries()) {
    const isStart = event.kind === 'start';
    const atUs = isStart && startsTogether ? nextPhase(startSpreadUs) : isStart ? 0 : index * gapUs;
    if (atUs > 0) pending.push({ atUs, event });
    else apply(daemons, event, runs.get(event) ?? 0);
  }
  pending.sort((a, b) => a.atUs - b.atUs);

  const record = (atUs: number) => {
    for (let i = 0; i < passages.length; i++) {
      const list = passages[i];
      const last = list?.at(-1);
      if (list === undefined || last === undefined) continue;
      const holders = holdersOf(site, world, i);
      if (isSame(last.holders, holders)) continue;
      if (last.atUs === atUs && list.length > 1) list.pop();
      list.push({ atUs, holders });
    }
  };
  record(0);

  const quietUs = quietTime(site, world);
  let changes = daemons.changes;
  /** The number of changes at which there was no rest: nothing but another change can bring it. */
  let looked = -1;
  let lastChange = 0;
  let lastCheck = 0;
  for (;;) {
    const due = pending[0];
    const nextCheck = daemons.nextCheck();
    const next = Math.min(nextCheck, daemons.nextTimer(), due?.atUs ?? never);
    if (next === never) break;
    const awaited = due !== undefined || nextCheck !== never;
    if (awaited) lastCheck = next;
    else if (next - Math.max(lastChange, lastCheck) > quietUs || next > lastCheck + 12 * quietUs) break;
    else if (daemons.changes !== looked) {
      const rest = restOf(site, world, daemons.now);
      if (rest === 'rest') break;
      if (rest === 'no') looked = daemons.changes;
    }
    if (due !== undefined && due.atUs <= next) {
      pending.shift();
      daemons.now = due.atUs;
      const run = runs.get(due.event) ?? 0;
      apply(daemons, due.event, run > due.atUs ? run : run + intervalOf(site, due.event));
    } else daemons.advanceTo(next);
    if (daemons.changes !== changes) {
      changes = daemons.changes;
      lastChange = next;
      record(next);
    }
  }

  const restless = daemons.now - lastChange <= quietUs && daemons.now > lastCheck + 11 * quietUs;
  const since = daemons.now - 8 * quietUs;
  return {
    world: settled(world),
    passages,
    turns: daemons.turns,
    moves: daemons.moves,
    unrest: passages.map((list) => (restless ? lastingHolders(list, since) : [])),
  };
}

/** A daemon takes a while to start, so it hears nothing of what else happens in its moment. */
function startsLast(moment: readonly VrrpEvent[]): readonly VrrpEvent[] {
  const isLate = (event: VrrpEvent, index: number) =>
    event.kind === 'start' && !moment.slice(index + 1).some((each) => 'node' in each && each.node === event.node);
  return [...moment.filter((each, i) => !isLate(each, i)), ...moment.filter(isLate)];
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}

/** The different holders after `since` that were more than a moment of handing over. */
function lastingHolders(list: readonly Passage[], since: number): (readonly number[])[] {
  const found = new Map<string, readonly number[]>();
  for (const [i, passage] of list.entries()) {
    const end = list[i + 1]?.atUs ?? never;
    if (end >= since && end - passage.atUs > blinkUs) found.set(passage.holders.join(), passage.holders);
  }
  return found.size > 1 ? [...found.values()] : [];
}

/** Longer than any single wait of a daemon: when nothing has changed for so long, nothing will. */
function quietTime(site: Site, world: World): number {
  let longest = 0;
  for (const [i, { instance, node }] of site.instances.entries()) {
    const advert = Math.max(instance.advertUs, world.instances[i]?.masterAdvertUs ?? 0);
    const startup = site.nodes[node]?.startupDelayUs ?? 0;
    // Every advert that a starting backup does not like sets its patience back by what is left of the delay.
    const delays = instance.preemptDelayUs + startup * (2 + startup / advert);
    longest = Math.max(longest, (instance.downAdverts + 2) * advert + 1_000_000 + delays);
  }
  return longest;
}

/** Gives every running timer its place: masters where in their interval the phase says, backups by the last advert they took. */
function placeTimers(site: Site, world: World, phaseOf: ReadonlyMap<number, number>, from: number): void {
  for (const [i, { instance, node }] of site.instances.entries()) {
    const state = world.instances[i];
    if (state?.mode !== 'master') continue;
    const { advertUs } = instance;
    state.wake = Math.max(1, Math.round((from + (phaseOf.get(node) ?? 1) * advertUs) % advertUs));
  }
  for (const [i, { instance }] of site.instances.entries()) {
    const state = world.instances[i];
    if (state?.mode !== 'backup') continue;
    state.downUs = masterDownUs(instance, state.priority, state.masterAdvertUs);
    let lastAdvert = Number.NEGATIVE_INFINITY;
    for (const [j, master] of site.instances.entries()) {
      const sender = world.instances[j];
      if (sender?.mode !== 'master' || !site.lines[j]?.some((line) => line.to === i && line.accepted)) continue;
      lastAdvert = Math.max(lastAdvert, sender.wake - master.instance.advertUs);
    }
    state.wake = Math.max(1, (lastAdvert === Number.NEGATIVE_INFINITY ? 0 : lastAdvert) + state.downUs);
  }
}

/** A world at rest forgets where its timers stood; a preempt delay that is over stays over. */
function settled(world: World): World {
  for (const each of world.instances) if (each.preemptUntil !== never) each.preemptUntil = Number.NEGATIVE_INFINITY;
  world.delayedUntil.fill(0);
  return world;
}

function apply(daemons: Daemons, event: VrrpEvent, nextRunUs: number): void {
  switch (event.kind) {
    case 'power-cut':
      daemons.powerCut(event.node);
      break;
    case 'stop':
      daemons.stop(event.node);
      break;
    case 'start':
      daemons.start(event.node);
      break;
    case 'set':
      daemons.setValue(event.node, event.check, event.value);
      break;
    case 'cut':
    case 'heal':
      daemons.cutLine(event.nodes[0], event.nodes[1], event.kind === 'cut');
      break;
    default:
      daemons.setCondition(event.node, event.check, event.kind, nextRunUs);
  }
}

/** From a script's next run to the run whose result turns the check. */
function countingTime(site: Site, event: VrrpEvent): number {
  const check = 'check' in event ? site.nodes[event.node]?.checks[event.check] : undefined;
  if (check?.kind !== 'script') return 0;
  if (event.kind === 'hang') return check.timeoutUs + (check.fall - 1) * check.hangPeriodUs;
  return ((event.kind === 'ok' ? check.rise : check.fall) - 1) * check.intervalUs;
}

function intervalOf(site: Site, event: VrrpEvent): number {
  const check = 'check' in event ? site.nodes[event.node]?.checks[event.check] : undefined;
  return check?.kind === 'script' ? check.intervalUs : 0;
}

/**
 * When the run comes that counts first after an event: at any time within an interval. Runs that hang go on to their time
 * limit whatever happens. A limit that ends between two runs finds no run under way once good ones have come, and counts
 * for nothing; where it is two or more whole intervals, it ends in the moment in which the next run starts: then it
 * depends on which is seen first whether the end of the old one undoes what good runs have counted before
 * (vrrp_script_child_thread).
 */
function nextRunOf(
  site: Site,
  world: World,
  event: VrrpEvent,
): { readonly withinUs: number; readonly laterUs: number } {
  const check = 'check' in event ? site.nodes[event.node]?.checks[event.check] : undefined;
  if (check?.kind !== 'script' || !('check' in event)) return { withinUs: 0, laterUs: 0 };
  const { intervalUs, timeoutUs, hangPeriodUs, fall } = check;
  const collides = hangPeriodUs < timeoutUs && timeoutUs % intervalUs === 0;
  if (event.kind === 'hang') return { withinUs: collides ? fall * intervalUs : intervalUs, laterUs: 0 };
  const wasHanging = world.checks[(site.firstCheck[event.node] ?? 0) + event.check]?.condition === 'hang';
  if (event.kind !== 'ok' || !wasHanging) return { withinUs: intervalUs, laterUs: 0 };
  if (collides) return { withinUs: 3 * intervalUs, laterUs: timeoutUs - 2 * intervalUs };
  return { withinUs: hangPeriodUs, laterUs: 0 };
}
