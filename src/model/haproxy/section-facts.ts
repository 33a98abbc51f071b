import type { Word } from '../../syntax/haproxy/word';
import type { Noted } from './note';
import type { Problem, Reference } from './problem';

/** A problem or reference and the line it is on, counted from the header of its section. */
export interface OnLine<T> {
  readonly line: number;
  readonly value: T;
}

/** What one section means, with what it takes over from its `defaults`. Lines count from its header. */
export interface SectionFacts extends Noted {
  readonly type: string;
  /** `tcp` unless the section or its defaults say otherwise. */
  readonly mode: string;
  /** Names of timeouts in force (`client`, `connect`, …) that are not zero. */
  readonly timeouts: ReadonlySet<string>;
  /** ACL names and the first line that declares each. Those of a `defaults` section count there only. */
  readonly acls: ReadonlyMap<string, number>;
  /** Servers (or peers) by name, with the line of each. */
  readonly servers: ReadonlyMap<string, number>;
  readonly hasTemplates: boolean;
  /** What they are numbered by, under what stands in front of the number; undefined where that is not known of each. */
  readonly templates: Templates | undefined;
  /** The program reads the lines of a disabled proxy and looks no further. */
  readonly disabled: boolean;
  /** A step of its health check connects with TLS. */
  readonly connectsWithTls: boolean;
  readonly hasTable: boolean;
  /** The words of its `stick-table` line. */
  readonly table: string | undefined;
  /** Some line may name any backend: by an expression, by a variable, or because it could not be read. */
  readonly dynamic: boolean;
  /** Every line can be judged: none is in a branch of `.if` that is undecided, none is wrong in itself. */
  readonly certain: boolean;
  readonly problems: readonly OnLine<Problem>[];
  /** References to what stands in other sections. */
  readonly references: readonly OnLine<Reference>[];
  readonly settings: Settings;
  /** How connections are shared out among its servers, where something says so. */
  readonly balance: string | undefined;
  /** What the `default-server` lines give to each server, as bits of `ServerWords`. */
  readonly defaultServer: number;
  /** How many rules of a `defaults` section keep a place for what they capture; undefined where that is not known. */
  readonly captures: number | undefined;
  /** The protocol that they give to each server; undefined where none does for certain. */
  readonly defaultProtocol: string | undefined;
  /** The numbers that the lines `id` of a proxy give it. */
  readonly numbers: readonly OnLine<OwnNumber>[];
  /** The names by which a proxy and its servers are known in the whole process. */
  readonly guids: readonly OnLine<Word>[];
}

/** Numbers of servers, from one to another. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** The numbers of the servers that a template makes. */
export interface TemplateNumbers extends NumberRange {
  /** Its first server has an `id`. */
  readonly hasId: boolean;
}

export type Templates = ReadonlyMap<string, readonly TemplateNumbers[]>;

/** No number of servers has more digits. */
export const mostDigits = 20;

/** The template that makes a server of this name. */
export function makerOf<T extends NumberRange>(
  templates: ReadonlyMap<string, readonly T[]>,
  name: string,
): T | undefined {
  for (let at = name.length - 1; at >= Math.max(0, name.length - mostDigits) && /\d/.test(name[at] ?? ''); at--) {
    if (name[at] === '0') continue;
    const number = Number(name.slice(at));
    const maker = templates.get(name.slice(0, at))?.find(({ first, last }) => first <= number && number <= last);
    if (maker !== undefined) return maker;
  }
  return undefined;
}

/** Whether a template of the section makes a server of this name, or one of which that is not known. */
export const mayBeMade = ({ hasTemplates, templates }: SectionFacts, name: string): boolean =>
  hasTemplates && (templates === undefined || makerOf(templates, name) !== undefined);

export interface OwnNumber {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** Full names of the directives in force: the section's own, and those of its defaults that it does not take back. */
export class Settings {
  /** The ones that the section has a line of. */
  readonly own = new Set<string>();
  private takenBack: Set<string> | undefined;
  /** Those of which each line stands in a branch of `.if` that is undecided. */
  private unsure: Set<string> | undefined;

  constructor(private readonly inherited: Settings | undefined) {}

  has(name: string): boolean {
    if (this.takenBack?.has(name) === true) return false;
    return this.own.has(name) || this.inherited?.has(name) === true;
  }

  /** Whether the section has a line of it that the program reads for certain. */
  isSure(name: string): boolean {
    return this.own.has(name) && this.unsure?.has(name) !== true;
  }

  add(name: string, uncertain = false): void {
    if (!uncertain) this.unsure?.delete(name);
    else if (!this.own.has(name)) {
      this.unsure ??= new Set();
      this.unsure.add(name);
    }
    this.own.add(name);
    this.takenBack?.delete(name);
  }

  takeBack(name: string): void {
    this.takenBack ??= new Set();
    this.takenBack.add(name);
  }
}
