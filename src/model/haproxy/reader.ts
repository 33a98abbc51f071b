import type { Severity } from '../../base/finding';
import type { Message } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import type { Mistake, NameKind, Problem, Reference } from './problem';

/** A stretch inside a line. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What is gathered while the words of one line are read. */
export class Reader {
  readonly problems: Problem[] = [];
  readonly references: Reference[] = [];
  /** Where a log variable stands that only HTTP has; the section knows its mode. */
  usesHttp: Stretch | undefined;

  constructor(
    readonly release: Release,
    readonly section: string,
    readonly words: readonly Word[],
  ) {}

  report(
    mistake: Mistake,
    at: Stretch,
    message: Message,
    more?: { readonly severity?: Severity; readonly suggestion?: string | undefined },
  ): void {
    const { severity, suggestion } = more ?? {};
    this.problems.push({
      mistake,
      start: at.start,
      end: at.end,
      message,
      ...(severity === undefined ? {} : { severity }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  refer(kind: NameKind, name: string, at: Stretch): void {
    this.references.push({ kind, name, start: at.start, end: at.end });
  }
}

/**
 * The stretch of `word` that holds `text[from, to)`. Where quotes or escapes stand between, offsets of the text are not
 * those of the line, and the whole word is the answer.
 */
export function partOf(word: Word, from: number, to: number): Stretch {
  if (word.end - word.start !== word.text.length) return word;
  return { start: word.start + from, end: word.start + Math.max(from, to) };
}
