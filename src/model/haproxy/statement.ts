import type { Directive, SectionType } from '../../catalog/haproxy/catalog';
import type { Line, Word } from '../../syntax/haproxy/line';
import type { Problem, Reference } from './problem';

/** One line as the section around it reads it. It knows no line number: equal lines of equal sections share one value. */
export interface Statement {
  readonly line: Line;
  /** The type of the section it stands in; empty before the first one. */
  readonly section: string;
  /** Given when the line opens a section. */
  readonly header: SectionType | undefined;
  readonly directive: Directive | undefined;
  readonly prefix: 'no' | 'default' | undefined;
  /** The words of the directive's name, without `no` or `default`. */
  readonly keyword: readonly Word[];
  /** The words behind the keyword, up to an empty one: the program stops there. */
  readonly args: readonly Word[];
  readonly problems: readonly Problem[];
  readonly references: readonly Reference[];
  /** Where a log variable stands that only HTTP has. */
  readonly usesHttp: { readonly start: number; readonly end: number } | undefined;
  /** It stands in a branch of `.if` that is false, or that the text alone does not decide. */
  readonly uncertain?: boolean;
}

const none: readonly never[] = [];

/**
 * A line with a meaning. Keyword and arguments are cut out when somebody asks: two lists more for each line of a large
 * file are what the garbage collector would be busy with.
 */
export class ReadStatement implements Statement {
  readonly header = undefined;

  constructor(
    readonly line: Line,
    readonly section: string,
    readonly directive: Directive | undefined,
    readonly prefix: 'no' | 'default' | undefined,
    private readonly keywordLength: number,
    /** Where the arguments end among the words. */
    private readonly stop: number,
    readonly problems: readonly Problem[],
    readonly references: readonly Reference[],
    readonly usesHttp: Statement['usesHttp'],
  ) {}

  get keyword(): readonly Word[] {
    const start = this.prefix === undefined ? 0 : 1;
    return this.line.words.slice(start, start + this.keywordLength);
  }

  get args(): readonly Word[] {
    return this.line.words.slice((this.prefix === undefined ? 0 : 1) + this.keywordLength, this.stop);
  }
}

/** A line that sets nothing: blank, a comment, a condition, or one that cannot be read. */
export function meaningless(line: Line, section: string, problems: readonly Problem[] = none): Statement {
  return {
    line,
    section,
    header: undefined,
    directive: undefined,
    prefix: undefined,
    keyword: none,
    args: none,
    problems,
    references: none,
    usesHttp: undefined,
  };
}

/** The program ends the list of arguments at an empty word. */
export function firstEmpty(words: readonly Word[], from: number): number {
  for (let i = from; i < words.length; i++) if (words[i]?.text === '' && words[i]?.open === false) return i;
  return words.length;
}
