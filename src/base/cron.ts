/** A five-field schedule: the minutes, hours … at which it fires, each as a set of numbers. */
interface CronFields {
  readonly kind: 'fields';
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** A field of days that begins with a star leaves the other one to decide; without a star either may. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

/** `@every 6h`: the time since the start counts. Milliseconds. */
interface CronEvery {
  readonly kind: 'every';
  readonly interval: number;
}

export type CronSchedule = CronFields | CronEvery;

/** The part of a cron text that cannot be read, and why. */
export interface CronProblem {
  readonly kind: 'problem';
  readonly reason: 'fields' | 'field' | 'descriptor' | 'zone';
  /** The field as written, and the smallest and largest number it may hold. */
  readonly part: string;
  readonly low: number;
  readonly high: number;
  readonly found: number;
}

interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** What each field may hold (robfig/cron v3 spec.go); the days of the week end with Saturday, 6. */
const bounds: readonly Bounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: ['', ...months] },
  { low: 0, high: 6, names: weekdays },
];

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** The descriptors that stand for a whole schedule. */
export const cronDescriptors: readonly string[] = Object.keys(descriptors);

/**
 * Reads a schedule as the standard parser of robfig/cron v3 does: five fields or a descriptor, with an optional
 * time zone in front. `everyOf` reads the duration of `@every`.
 */
export function parseCron(text: string, everyOf: (text: string) => number | undefined): CronSchedule | CronProblem {
  const problem = (reason: CronProblem['reason'], part: string, found = 0, at: Bounds = { low: 0, high: 0 }) =>
    ({ kind: 'problem', reason, part, low: at.low, high: at.high, found }) as const;
  const zone = /^(?:TZ|CRON_TZ)=(\S*) */.exec(text);
  if (zone?.[1] === '') return problem('zone', zone[0]);
  const rest = zone === null ? text : text.slice(zone[0].length);
  if (rest.startsWith('@')) {
    const every = rest.startsWith('@every ') ? everyOf(rest.slice('@every '.length)) : undefined;
    if (every !== undefined) return { kind: 'every', interval: Math.max(1000, every - (every % 1000)) };
    const meant = descriptors[rest];
    return meant === undefined ? problem('descriptor', rest) : parseCron(meant, everyOf);
  }
  const words = rest.split(/\s+/).filter((word) => word !== '');
  if (words.length !== bounds.length) return problem('fields', rest, words.length);
  const sets: Set<number>[] = [];
  for (const [index, at] of bounds.entries()) {
    const set = fieldOf(words[index] ?? '', at);
    if (set === undefined) return problem('field', words[index] ?? '', index, at);
    sets.push(set);
  }
  const set = (index: number): ReadonlySet<number> => sets[index] ?? new Set();
  return {
    kind: 'fields',
    minutes: set(0),
    hours: set(1),
    days: set(2),
    months: set(3),
    weekdays: set(4),
    anyDay: isStar(words[2]),
    anyWeekday: isStar(words[4]),
  };
}

function isStar(field: string | undefined): boolean {
  return (field ?? '').split(',').some((part) => /^[*?](?:\/0*1)?$/.test(part));
}

function fieldOf(field: string, at: Bounds): Set<number> | undefined {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    if (part === '') continue;
    const [range = '', step, ...more] = part.split('/');
    const [from = '', to, ...ends] = range.split('-');
    if (more.length > 0 || ends.length > 0) return undefined;
    const every = step === undefined ? 1 : numberOf(step);
    let low: number | undefined;
    let high: number | undefined;
    if (from === '*' || from === '?') {
      low = at.low;
      high = at.high;
    } else {
      low = nameOrNumber(from, at);
      high = to === undefined ? (step === undefined ? low : at.high) : nameOrNumber(to, at);
    }
    if (low === undefined || high === undefined || every === undefined || every === 0) return undefined;
    if (low < at.low || high > at.high || low > high) return undefined;
    for (let value = low; value <= high; value += every) found.add(value);
  }
  return found;
}

function numberOf(text: string): number | undefined {
  return /^\+?\d+$/.test(text) ? Number(text) : undefined;
}

function nameOrNumber(text: string, at: Bounds): number | undefined {
  const named = text === '' ? -1 : (at.names?.indexOf(text.toLowerCase()) ?? -1);
  return named >= 0 ? named : numberOf(text);
}

/** Further ahead than any schedule that fires at all (29 February may be eight years away). */
const horizonDays = 366 * 9;

/** The next `count` times after `from`, in milliseconds since 1970, reckoned in UTC. Fewer when the schedule never fires. */
export function nextRuns(schedule: CronSchedule, from: number, count: number): readonly number[] {
  const runs: number[] = [];
  if (schedule.kind === 'every') {
    for (let i = 1; i <= count; i++) runs.push(from - (from % 1000) + i * schedule.interval);
    return runs;
  }
  const hours = [...schedule.hours].sort((a, b) => a - b);
  const minutes = [...schedule.minutes].sort((a, b) => a - b);
  const start = new Date(from);
  const midnight = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate());
  for (let day = 0; day < horizonDays && runs.length < count; day++) {
    const at = new Date(midnight + day * 86_400_000);
    if (!schedule.months.has(at.getUTCMonth() + 1) || !firesOn(schedule, at)) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const time = at.getTime() + (hour * 60 + minute) * 60_000;
        if (time > from && runs.length < count) runs.push(time);
      }
    }
  }
  return runs;
}

function firesOn({ days, weekdays: names, anyDay, anyWeekday }: CronFields, at: Date): boolean {
  const day = days.has(at.getUTCDate());
  const weekday = names.has(at.getUTCDay());
  return anyDay || anyWeekday ? day && weekday : day || weekday;
}
