import type { Severity } from '../../base/finding';
import { type Message, say } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';
import { type Line, offsetsInRaw, type Word } from '../../syntax/haproxy/line';
import type { Node } from './grammar';
import type { GlobalLine, Mistake, NameKind, Problem, Reference } from './problem';
import type { Expected, Visit } from './visit';

/** A stretch inside a line. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

const none: readonly never[] = [];

/** What is gathered while the words of one line are read. */
export class Reader {
  /** Most lines have neither, so the lists are made with the first entry. */
  problems: readonly Problem[] = none;
  references: readonly Reference[] = none;
  /** Where a log variable stands that only HTTP has; the section knows its mode. */
  usesHttp: Stretch | undefined;

  constructor(
    readonly release: Release,
    readonly section: string,
    readonly line: Line,
    private readonly visit?: Visit,
  ) {}

  get words(): readonly Word[] {
    return this.line.words;
  }

  get isWatched(): boolean {
    return this.visit !== undefined;
  }

  /** Says what is looked for at `at`, if anybody wants to know. */
  expect(at: Stretch | undefined, expected: Expected): void {
    if (this.visit !== undefined && at !== undefined) this.visit(at, expected);
  }

  expectNode(at: Stretch | undefined, node: Node): void {
    if (this.visit !== undefined && at !== undefined) this.visit(at, { kind: 'node', node });
  }

  report(
    mistake: Mistake,
    at: Stretch,
    message: Message,
    more?: { readonly severity?: Severity; readonly suggestion?: string | undefined; readonly unless?: GlobalLine },
  ): void {
    const { severity, suggestion, unless } = more ?? {};
    this.problems = joined(this.problems, {
      mistake,
      start: at.start,
      end: at.end,
      message,
      ...(severity === undefined ? {} : { severity }),
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(unless === undefined ? {} : { unless }),
    });
  }

  /** Makes warnings of the problems of one kind. */
  soften(mistake: Mistake): void {
    if (this.problems.some((each) => each.mistake === mistake))
      this.problems = this.problems.map((each) =>
        each.mistake === mistake ? { ...each, severity: 'warning' as const } : each,
      );
  }

  refer(kind: NameKind, name: string, at: Stretch): void {
    this.references = joined(this.references, { kind, name, start: at.start, end: at.end });
  }
}

/** A list with one value more. A format may hold thousands of expressions, so only the list of nothing is made anew. */
function joined<T>(list: readonly T[], value: T): readonly T[] {
  if (list === none) return [value];
  (list as T[]).push(value);
  return list;
}

/** Says that `name` needs the line of the global section without which experimental words are refused. */
export function reportExperimental(reader: Reader, at: Stretch, name: string): void {
  const unless = 'expose-experimental-directives';
  reader.report(
    'missing-setting',
    at,
    say('"{0}" is experimental: "{1}" is missing in the global section', name, unless),
    { unless },
  );
}

/** The word whose units were asked for last, and where each stands: those of one word are asked for one after the other. */
let latest: { readonly word: Word; readonly offsets: readonly number[] } | undefined;

/** Where in `raw`, the word as it is written, each unit of its text stands. */
function offsetsOf(word: Word, raw: string): readonly number[] {
  if (latest?.word !== word) latest = { word, offsets: offsetsInRaw(raw) };
  return latest.offsets;
}

/** The stretch of `word` that holds `text[from, to)`; quotes and escapes in front of it and inside are counted. */
export function partOf(word: Word, from: number, to: number): Stretch {
  if (word.raw === undefined) return { start: word.start + from, end: word.start + Math.max(from, to) };
  const offsets = offsetsOf(word, word.raw);
  // Behind the last letter, but in front of the quote that closes.
  const last = offsets.at(-1);
  const behind = last === undefined ? Math.min(1, word.raw.length) : last + 1;
  const start = offsets[from] ?? behind;
  const end = to > from ? (offsets[to - 1] ?? behind - 1) + 1 : start;
  return { start: word.start + start, end: word.start + Math.max(start, end) };
}
