import { say } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';
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
  const problems: OnLine<Problem>[] = [];
  const result: Statement[] = [];
  const levels: Level[] = [];
  statements.forEach((statement, line) => {
    const { words } = statement.line;
    const first = words[0];
    const now = levels.length === 0 ? true : levels.at(-1)?.now;
    if (first === undefined || !first.text.startsWith('.') || statement.line.fault !== undefined) {
      result.push(now === true ? statement : statement.muted(now === undefined));
      return;
    }
    result.push(statement);
    const report = (
      message: Problem['message'],
      mistake: Problem['mistake'] = 'bad-condition',
      at: { start: number; end: number } = first,
      severity?: 'warning',
    ): void => {
      problems.push({
        line,
        value: { mistake, start: at.start, end: at.end, message, ...(severity === undefined ? {} : { severity }) },
      });
    };
    const level = levels.at(-1);
    const rest = words.slice(1);
    const text = rest.map((each) => each.text).join(' ');
    const evaluate = (): Truth => {
      if (!rest.some((each) => each.open)) {
        const { truth, fault } = judgeExpression(text, release);
        if (fault !== undefined) report(fault.message, fault.mistake, rest[0] ?? first);
        return truth;
      }
      // What a variable of the environment holds is not known, the names of predicates are.
      const wrong = rest.find((each) => faultOfName(each.text, release) !== undefined);
      const fault = wrong === undefined ? undefined : faultOfName(wrong.text, release);
      if (wrong !== undefined && fault !== undefined) report(fault.message, fault.mistake, wrong);
      return undefined;
    };
    switch (first.text) {
      case '.if': {
        const value = now === false ? false : evaluate();
        levels.push({ outer: now, taken: value, now: and(now, value), sawElse: false, line });
        break;
      }
      case '.elif':
        if (level === undefined || level.sawElse) report(say('"{0}" belongs to no .if', first.text));
        else {
          const value = level.outer === false || level.taken === true ? false : evaluate();
          level.now = and(level.outer, and(not(level.taken), value));
          level.taken = or(level.taken, value);
        }
        break;
      case '.else':
        if (level === undefined || level.sawElse) report(say('"{0}" belongs to no .if', first.text));
        else {
          level.sawElse = true;
          level.now = and(level.outer, not(level.taken));
        }
        break;
      case '.endif':
        if (level === undefined) report(say('"{0}" belongs to no .if', first.text));
        levels.pop();
        break;
      case '.notice':
      case '.diag':
      case '.warning':
      case '.alert':
        if (now !== true) break;
        if (first.text === '.alert')
          report(say('".alert" refuses this configuration: {0}', text), 'conflicting-settings');
        else if (rest.length > 1)
          report(say('the text behind "{0}" is one word: put it in quotes', first.text), 'surplus-argument', rest[1]);
        break;
      default:
        report(
          say('"{0}" does not exist; .if, .elif, .else, .endif, .notice, .warning, .alert and .diag do', first.text),
          'unknown-keyword',
        );
    }
    if ((first.text === '.else' || first.text === '.endif') && rest[0] !== undefined)
      report(say('"{0}" takes nothing behind it', first.text), 'surplus-argument', rest[0]);
  });
  for (const { line } of levels) {
    const word = statements[line]?.line.words[0];
    if (word !== undefined)
      problems.push({
        line,
        value: {
          mistake: 'bad-condition',
          start: word.start,
          end: word.end,
          message: say('".if" is never closed by ".endif"'),
        },
      });
  }
  // The program notices at the last line.
  const end = statements.length - (statements.at(-1)?.line.raw === '' ? 2 : 1);
  const last = statements[end];
  if (levels.length > 0 && last !== undefined && !levels.some(({ line }) => line === end))
    problems.push({
      line: end,
      value: {
        mistake: 'bad-condition',
        start: 0,
        end: last.line.raw.length,
        message: say('the file ends inside an ".if": ".endif" is missing'),
      },
    });
  return { statements: result, problems };
}
