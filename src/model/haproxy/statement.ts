import type { Directive, SectionType } from '../../catalog/haproxy/catalog';
import type { Line, Word } from '../../syntax/haproxy/line';
import { ownWords } from '../../syntax/haproxy/shared-words';
import type { Problem, Reference } from './problem';

const noProblems: readonly Problem[] = [];
const noReferences: readonly Reference[] = [];

/**
 * One line as the section around it reads it. It knows no line number: equal lines of equal sections share one value.
 * Keyword and arguments are cut out when somebody asks: two lists more for each line of a large file are what the
 * garbage collector would be busy with.
 */
export class Statement {
  constructor(
    readonly line: Line,
    /** The type of the section it stands in; empty before the first one. */
    readonly section: string,
    /** Given when the line opens a section. */
    readonly header: SectionType | undefined,
    readonly directive: Directive | undefined,
    readonly prefix: 'no' | 'default' | undefined,
    /** Where the arguments begin among the words of the line, and where they end. */
    private readonly from: number,
    private readonly stop: number,
    readonly problems: readonly Problem[],
    readonly references: readonly Reference[],
    /** Where a log variable stands that only HTTP has. */
    readonly usesHttp: { readonly start: number; readonly end: number } | undefined,
    /** It stands in a branch of `.if` that is false, or that the text alone does not decide. */
    readonly uncertain = false,
  ) {}

  /** A line that sets nothing: blank, a comment, a condition, or one that cannot be read. */
  static meaningless(line: Line, section: string, problems = noProblems): Statement {
    return new Statement(line, section, undefined, undefined, undefined, 0, 0, problems, noReferences, undefined);
  }

  /** The words of the directive's name, without `no` or `default`. */
  get keyword(): readonly Word[] {
    return this.line.words.slice(this.prefix === undefined ? 0 : 1, this.from);
  }

  /** The words behind the keyword, up to an empty one: the program stops there. */
  get args(): readonly Word[] {
    return this.line.words.slice(this.from, this.stop);
  }

  get argCount(): number {
    return Math.max(0, this.stop - this.from);
  }

  /** One of `args`. */
  arg(index: number): Word | undefined {
    return this.from + index < this.stop ? this.line.words[this.from + index] : undefined;
  }

  /** The stretch of the words that name the directive. */
  get keywordStretch(): { readonly start: number; readonly end: number } {
    const { words } = this.line;
    const first = this.prefix === undefined ? 0 : 1;
    return { start: words[first]?.start ?? 0, end: words[this.from - 1]?.end ?? 0 };
  }

  /** Whether nobody knows what an argument will be. */
  get hasOpenArg(): boolean {
    const { words, ending } = this.line;
    // An ending that other lines share has no open word.
    const until = ending === undefined ? this.stop : Math.min(this.stop, ownWords);
    for (let at = this.from; at < until; at++) if (words[at]?.open === true) return true;
    return false;
  }

  /** The line in a branch that is not judged (`keepMeaning`), or that is not read at all. */
  muted(keepMeaning: boolean): Statement {
    const { line, section, header, directive, prefix, from, stop, usesHttp } = this;
    const problems = line.fault === undefined ? noProblems : this.problems;
    if (keepMeaning)
      return new Statement(
        line,
        section,
        header,
        directive,
        prefix,
        from,
        stop,
        problems,
        noReferences,
        usesHttp,
        true,
      );
    const none = prefix === undefined ? 0 : 1;
    return new Statement(
      line,
      section,
      undefined,
      undefined,
      prefix,
      none,
      none,
      problems,
      noReferences,
      usesHttp,
      true,
    );
  }
}

/** The program ends the list of arguments at an empty word. */
export function firstEmpty(words: readonly Word[], from: number): number {
  for (let i = from; i < words.length; i++) if (words[i]?.text === '' && words[i]?.open === false) return i;
  return words.length;
}
