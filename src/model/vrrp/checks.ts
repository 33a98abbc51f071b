import { compareVersions, type Version } from '../../base/version';
import type { Statement } from '../../syntax/keepalived/tree';
import { lastWithin } from '../keepalived/analysis';
import type { Check } from './node';
import { number } from './statements';

const second = 1_000_000;
/**
 * The release from which a hanging script is not started again before its timeout. Where nobody says the release, it is
 * an older one, as in the distributions of 2020 to 2024.
 */
const skipsRunningScripts: Version = [2, 3, 3];
/** The release from which scripts can run more often than once a second; before it what follows the point does not count. */
const readsDecimalIntervals: Version = [2, 3, 2];

/** How a release treats scripts. */
interface ScriptHabits {
  readonly skipsRunning: boolean;
  readonly readsDecimals: boolean;
}

/** What `global_defs` says of scripts. */
export interface ScriptRules {
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** The checks of a node, each once, in the order in which they are defined. */
export class Checks {
  readonly list: Check[] = [];
  /** The place in the list, by kind and name. */
  private readonly indices = new Map<string, number>();
  private readonly weights: Weight[] = [];
  /** Where each is defined; of interfaces nothing. */
  private readonly definitions: (Statement | undefined)[] = [];
  private readonly places = new Map<Statement, { readonly file: number; readonly index: number }>();

  constructor(files: readonly (readonly Statement[])[], version: Version | undefined, rules: ScriptRules) {
    const is = (since: Version) => version !== undefined && compareVersions(version, since) >= 0;
    const habits = { skipsRunning: is(skipsRunningScripts), readsDecimals: is(readsDecimalIntervals) };
    for (const [file, statements] of files.entries())
      for (const [index, statement] of statements.entries()) this.places.set(statement, { file, index });
    for (const statement of files.flat()) {
      const name = statement.words[1]?.text;
      if (name === undefined || this.find(statement.keyword, name) >= 0 || isRemoved(statement, rules)) continue;
      const check = checkOf(statement, name, habits);
      if (check === undefined) continue;
      const weight = lastWithin(statement, 'weight');
      this.add(check, statement, {
        weight: number(weight, check.kind === 'file' ? 1 : 0),
        reverse: weight?.words[2]?.text === 'reverse',
      });
    }
  }

  private add(check: Check, definition: Statement | undefined, weight: Weight): number {
    const index = this.list.push(check) - 1;
    this.indices.set(keyOf(check.kind, check.name), index);
    this.definitions.push(definition);
    this.weights.push(weight);
    return index;
  }

  interface(name: string): number {
    const known = this.indices.get(keyOf('interface', name));
    return known ?? this.add({ kind: 'interface', name }, undefined, { weight: 0, reverse: false });
  }

  /** The check that an instance or a group tracks by this name, and the weight of its definition. */
  tracked(list: TrackList, name: string, by: Statement): TrackedCheck | undefined {
    const index = this.find(blockOf[list], name);
    const check = this.list[index];
    const weight = this.weights[index];
    if (check === undefined || weight === undefined || this.comesLater(index, by)) return undefined;
    return { index, ...weight };
  }

  /** What is tracked before its definition is not found; of two files nobody here knows which is read first. */
  private comesLater(check: number, statement: Statement): boolean {
    const definition = this.definitions[check];
    const [own, other] = [
      this.places.get(statement),
      definition === undefined ? undefined : this.places.get(definition),
    ];
    return own !== undefined && other !== undefined && own.file === other.file && other.index > own.index;
  }

  private find(block: string, name: string): number {
    const kind = kindOf[block];
    return kind === undefined ? -1 : (this.indices.get(keyOf(kind, name)) ?? -1);
  }
}

const keyOf = (kind: Check['kind'], name: string): string => `${kind} ${name}`;

export type TrackList = 'track_script' | 'track_process' | 'track_file';

export interface Weight {
  readonly weight: number;
  readonly reverse: boolean;
}

interface TrackedCheck extends Weight {
  readonly index: number;
}

const blockOf: Readonly<Record<TrackList, string>> = {
  track_script: 'vrrp_script',
  track_process: 'vrrp_track_process',
  track_file: 'track_file',
};

const kindOf: Readonly<Record<string, Check['kind']>> = {
  vrrp_script: 'script',
  vrrp_track_process: 'process',
  track_file: 'file',
  vrrp_track_file: 'file',
};

/** A script without a command, and one that is run as root out of a folder that belongs to somebody else (lib/notify.c). */
function isRemoved(statement: Statement, { secure, user }: ScriptRules): boolean {
  if (statement.keyword !== 'vrrp_script') return false;
  const command = lastWithin(statement, 'script')?.words[1]?.text.trim() ?? '';
  const runsAs = lastWithin(statement, 'user')?.words[1]?.text ?? user;
  return command === '' || (secure && runsAs === 'root' && command.startsWith('/home/'));
}

function checkOf(statement: Statement, name: string, habits: ScriptHabits): Check | undefined {
  const kind = kindOf[statement.keyword];
  const time = (keyword: string, fallback: number) =>
    Math.round(number(lastWithin(statement, keyword), fallback) * second);
  if (kind === 'script') {
    const whole = (keyword: string) => {
      const value = number(lastWithin(statement, keyword), 1);
      return Math.round((habits.readsDecimals ? value : Math.trunc(value)) * second) || second;
    };
    const count = (keyword: string) => Math.max(1, Math.trunc(number(lastWithin(statement, keyword), 1)));
    const intervalUs = whole('interval');
    const timeoutUs = lastWithin(statement, 'timeout') === undefined ? intervalUs : whole('timeout');
    return {
      kind,
      name,
      intervalUs,
      timeoutUs,
      hangPeriodUs: habits.skipsRunning ? intervalUs * Math.ceil(timeoutUs / intervalUs) : intervalUs,
      rise: count('rise'),
      fall: count('fall'),
    };
  }
  if (kind === 'process') {
    const both = time('delay', 0);
    return { kind, name, failDelayUs: time('terminate_delay', 0) || both, okDelayUs: time('fork_delay', 0) || both };
  }
  if (kind !== 'file') return undefined;
  const initial = lastWithin(statement, 'init_file');
  return { kind, name, path: lastWithin(statement, 'file')?.words[1]?.text, initialValue: number(initial, 0) };
}
