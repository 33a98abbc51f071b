import { say } from '../../base/message';
import type { Span } from '../../base/span';
import type { Release } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { and, faultOfName, judgeExpression, not, or, type Truth } from './conditional-expression';
import type { Problem } from './problem';
import type { OnLine } from './section-facts';
import type { Statement } from './statement';

interface Level {
  readonly outer: Truth;
  /** Whether an earlier branch of this `.if` was taken. */
  taken: Truth;
  now: Truth;
  sawElse: boolean;
  readonly line: number;
}

/** Lines in a false branch lose their meaning, those in a branch that nobody can be sure of keep it but are not judged. */
export function readConditionals(
  statements: readonly Statement[],
  release: Release,
): { readonly statements: readonly Statement[]; readonly problems: readonly OnLine<Problem>[] } {
  if (!statements.some((each) => each.line.words[0]?.text.startsWith('.') === true))
    return { statements, problems: [] };
  const reading = new Reading(release);
  const result = statements.map((statement, line) => {
    const first = statement.line.words[0];
    if (first?.text.startsWith('.') === true && statement.line.fault === undefined) {
      reading.directive(statement.line.words, first, line);
      return statement;
    }
    const { now } = reading;
    return now === true ? statement : statement.muted(now === undefined);
  });
  reading.end(statements);
  return { statements: result, problems: reading.problems };
}

/** The branches that a line stands in while the file is read from top to bottom. */
class Reading {
  readonly problems: OnLine<Problem>[] = [];
  private readonly levels: Level[] = [];

  constructor(private readonly release: Release) {}

  /** Whether the lines that follow are read. */
  get now(): Truth {
    const level = this.levels.at(-1);
    return level === undefined ? true : level.now;
  }

  /** Reads a line that begins with a dot. */
  directive(words: readonly Word[], first: Word, line: number): void {
    const rest = words.slice(1);
    switch (first.text) {
      case '.if': {
        const outer = this.now;
        const value = outer === false ? false : this.evaluate(rest, first, line);
        this.levels.push({ outer, taken: value, now: and(outer, value), sawElse: false, line });
        break;
      }
      case '.elif':
      case '.else':
        this.branch(first, rest, line);
        break;
      case '.endif':
        if (this.levels.pop() === undefined) this.report(line, first, say('"{0}" belongs to no .if', first.text));
        break;
      case '.notice':
      case '.diag':
      case '.warning':
      case '.alert':
        if (this.now === true) this.speak(first, rest, line);
        break;
      default: {
        const message = say(
          '"{0}" does not exist; .if, .elif, .else, .endif, .notice, .warning, .alert and .diag do',
          first.text,
        );
        this.report(line, first, message, 'unknown-keyword');
      }
    }
    if ((first.text === '.else' || first.text === '.endif') && rest[0] !== undefined)
      this.report(line, rest[0], say('"{0}" takes nothing behind it', first.text), 'surplus-argument');
  }

  /** `.elif` and `.else`, which end the branch before them. */
  private branch(first: Word, rest: readonly Word[], line: number): void {
    const level = this.levels.at(-1);
    if (level === undefined || level.sawElse) {
      this.report(line, first, say('"{0}" belongs to no .if', first.text));
    } else if (first.text === '.else') {
      level.sawElse = true;
      level.now = and(level.outer, not(level.taken));
    } else {
      const value = level.outer === false || level.taken === true ? false : this.evaluate(rest, first, line);
      level.now = and(level.outer, and(not(level.taken), value));
      level.taken = or(level.taken, value);
    }
  }

  /** A line that says something while the file is loaded. */
  private speak(first: Word, rest: readonly Word[], line: number): void {
    const [, second] = rest;
    if (first.text === '.alert') {
      const message = say('".alert" refuses this configuration: {0}', textOf(rest));
      this.report(line, first, message, 'conflicting-settings');
    } else if (second !== undefined) {
      const message = say('the text behind "{0}" is one word: put it in quotes', first.text);
      this.report(line, second, message, 'surplus-argument');
    }
  }

  private evaluate(rest: readonly Word[], first: Word, line: number): Truth {
    if (!rest.some((each) => each.open)) {
      const { truth, fault } = judgeExpression(textOf(rest), this.release);
      if (fault !== undefined) this.report(line, rest[0] ?? first, fault.message, fault.mistake);
      return truth;
    }
    // What a variable of the environment holds is not known, the names of predicates are.
    for (const each of rest) {
      const fault = faultOfName(each.text, this.release);
      if (fault === undefined) continue;
      this.report(line, each, fault.message, fault.mistake);
      break;
    }
    return undefined;
  }

  /** What is left open when no line follows. */
  end(statements: readonly Statement[]): void {
    for (const { line } of this.levels) {
      const word = statements[line]?.line.words[0];
      if (word !== undefined) this.report(line, word, say('".if" is never closed by ".endif"'));
    }
    // The program notices at the last line.
    const end = statements.length - (statements.at(-1)?.line.raw === '' ? 2 : 1);
    const last = statements[end];
    if (this.levels.length === 0 || last === undefined || this.levels.some(({ line }) => line === end)) return;
    const whole = { start: 0, end: last.line.raw.length };
    this.report(end, whole, say('the file ends inside an ".if": ".endif" is missing'));
  }

  private report(
    line: number,
    at: Span,
    message: Problem['message'],
    mistake: Problem['mistake'] = 'bad-condition',
  ): void {
    this.problems.push({ line, value: { mistake, start: at.start, end: at.end, message } });
  }
}

const textOf = (words: readonly Word[]): string => words.map((each) => each.text).join(' ');
