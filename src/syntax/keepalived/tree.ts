import type { Span } from '../../base/span';

/**
 * One top-level statement with everything in its block. Offsets inside an item are counted from its start, so an item
 * that an edit only moves is used again with a new `start`. For that reason an analysis is good until the next one is
 * made from it, and not longer.
 */
export interface Item {
  start: number;
  /** Offset of the first character behind the item, from the start of the text. */
  end: number;
  statement: Statement;
  readonly problems: LexicalProblem[];
}

/** A word as keepalived gets it: quotes removed, definitions replaced. The span is what stands in the file for it. */
export class Word {
  constructor(
    readonly item: Item,
    readonly text: string,
    private readonly from: number,
    private readonly to: number,
    /** Written in double quotes. */
    readonly quoted: boolean,
    /** The text came out of a definition or sequence, so the file does not show it. */
    readonly replaced: boolean,
  ) {}

  get span(): Span {
    return { start: this.item.start + this.from, end: this.item.start + this.to };
  }

  get start(): number {
    return this.item.start + this.from;
  }

  get end(): number {
    return this.item.start + this.to;
  }
}

/** What stands between the braces behind a statement. */
export class Block {
  readonly statements: Statement[] = [];
  /** Offset of `}` from the start of the item; -1 where it is missing. */
  closeAt = -1;

  constructor(
    private readonly item: Item,
    private readonly openAt: number,
  ) {}

  get open(): Span {
    return { start: this.item.start + this.openAt, end: this.item.start + this.openAt + 1 };
  }

  get close(): Span | undefined {
    if (this.closeAt < 0) return undefined;
    return { start: this.item.start + this.closeAt, end: this.item.start + this.closeAt + 1 };
  }
}

/** Which host a line is for: `@lb1 …` only for lb1, `@^lb1 …` for all others (keepalived's config id). */
export interface Condition {
  readonly id: string;
  readonly negated: boolean;
}

/**
 * One line of words and the block behind it. A statement without words is a `{` that nothing stands before;
 * `stray` marks a `}` that closes nothing.
 */
export class Statement {
  block: Block | undefined = undefined;

  constructor(
    readonly item: Item,
    readonly words: readonly Word[],
    private readonly from: number,
    private readonly to: number,
    /** The line as keepalived has it after replacements; undefined where that is what stands in the file. */
    readonly expanded: string | undefined,
    readonly stray: boolean,
  ) {}

  /** The first word: a keyword, or the entry of a list. Empty for a brace that stands alone. */
  get keyword(): string {
    return this.words[0]?.text ?? '';
  }

  /** The words of the line, without its block. */
  get span(): Span {
    return { start: this.item.start + this.from, end: this.item.start + this.to };
  }

  /** The line and its block. */
  get fullSpan(): Span {
    const block = this.block;
    if (block === undefined) return this.span;
    return { start: this.item.start + this.from, end: block.close?.end ?? this.item.end };
  }
}

/** Faults that are seen before keywords matter. */
export interface LexicalProblem {
  readonly kind: 'unterminated-quote' | 'long-line' | 'bad-sequence' | 'too-much-expansion';
  /** Offsets from the start of the item, or of the text where it belongs to none. */
  readonly from: number;
  readonly to: number;
}

/** `$NAME=value`, in any of its forms. */
export interface Definition {
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
  readonly value: string;
  readonly multiline: boolean;
}

/** A place where a definition is used, or looks as if it were. */
export interface DefinitionUse {
  readonly name: string;
  readonly span: Span;
  readonly replaced: boolean;
}

/** `include file` and its stricter forms. */
export interface Include {
  readonly keyword: string;
  readonly pattern: string;
  readonly keywordSpan: Span;
  readonly patternSpan: Span;
}

/** A whole file. */
export interface Tree {
  readonly items: readonly Item[];
  /** Faults outside of all blocks; offsets from the start of the text. */
  readonly problems: readonly LexicalProblem[];
  readonly definitions: readonly Definition[];
  readonly uses: readonly DefinitionUse[];
  readonly includes: readonly Include[];
  /** Every id that a line is conditional on. */
  readonly conditions: readonly Condition[];
  /** Nothing in the file reaches beyond the item it stands in, so an edit can be taken up without reading all of it. */
  readonly local: boolean;
}

/** The line as keepalived has it when it looks at it. */
export function lineOf(statement: Statement, text: string): string {
  if (statement.expanded !== undefined) return statement.expanded;
  const { start, end } = statement.span;
  return text.slice(start, end);
}
