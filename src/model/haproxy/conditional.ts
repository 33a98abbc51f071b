import { say } from '../../base/message';
import { type Release, valuesOf } from '../../catalog/haproxy/catalog';
import type { Problem } from './problem';
import type { OnLine } from './section-facts';
import type { Statement } from './statement';

type Truth = boolean | undefined;

interface Level {
  readonly outer: Truth;
  /** Whether an earlier branch of this `.if` was taken. */
  taken: Truth;
  now: Truth;
  sawElse: boolean;
  readonly line: number;
}

/** What the packages of every distribution are built with. */
const usualFeatures: ReadonlySet<string> = new Set([
  'THREAD',
  'OPENSSL',
  'EPOLL',
  'POLL',
  'GETADDRINFO',
  'CRYPT_H',
  'LIBCRYPT',
  'TPROXY',
  'NETFILTER',
  'ACCEPT4',
  'LUA',
  'NS',
  'RT',
  'TFO',
]);

const predicate = /^([a-z_]+)\((.*)\)$/;

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
    const known = !rest.some((each) => each.open);
    switch (first.text) {
      case '.if': {
        const value = now === false ? false : known ? evaluate(text, release, report, rest[0] ?? first) : undefined;
        levels.push({ outer: now, taken: value, now: and(now, value), sawElse: false, line });
        break;
      }
      case '.elif':
        if (level === undefined || level.sawElse) report(say('"{0}" belongs to no .if', first.text));
        else {
          const value =
            level.outer === false || level.taken === true
              ? false
              : known
                ? evaluate(text, release, report, rest[0] ?? first)
                : undefined;
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
  return { statements: result, problems };
}

const not = (a: Truth): Truth => (a === undefined ? undefined : !a);
const and = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === undefined || b === undefined ? undefined : true;
const or = (a: Truth, b: Truth): Truth => not(and(not(a), not(b)));

/** The value of an expression as far as the text alone decides it. Build features and variables are not known here. */
function evaluate(
  text: string,
  release: Release,
  report: (message: Problem['message'], mistake: Problem['mistake'], at: { start: number; end: number }) => void,
  at: { start: number; end: number },
): Truth {
  const trimmed = text.trim();
  const either = split(trimmed, '||');
  if (either.length > 1) return either.map((each) => evaluate(each, release, report, at)).reduce(or);
  const both = split(trimmed, '&&');
  if (both.length > 1) return both.map((each) => evaluate(each, release, report, at)).reduce(and);
  if (trimmed.startsWith('!')) return not(evaluate(trimmed.slice(1), release, report, at));
  if (trimmed === '') return false;
  if (/^-?\d+$/.test(trimmed)) return Number(trimmed) !== 0;
  if (trimmed.startsWith('(') && trimmed.endsWith(')')) return evaluate(trimmed.slice(1, -1), release, report, at);
  const call = predicate.exec(trimmed);
  const name = call?.[1] ?? /^\w+/.exec(trimmed)?.[0] ?? trimmed;
  const argument = (call?.[2] ?? '').trim();
  if (!valuesOf('preprocessor.predicate').has(name)) {
    report(
      say('"{0}" is not a predicate; known are: {1}', name, [...valuesOf('preprocessor.predicate').keys()].join(', ')),
      'bad-condition',
      at,
    );
    return undefined;
  }
  if (name === 'feature' && usualFeatures.has(argument)) return true;
  const [, first, second] = /^([^,"'()]*),([^,"'()]*)$/.exec(argument) ?? [];
  if (first !== undefined && second !== undefined) {
    if (name === 'streq') return first === second;
    if (name === 'strneq') return first !== second;
  }
  if (name === 'version_atleast' || name === 'version_before') {
    const wanted = /^(\d+)(?:\.(\d+))?/.exec(argument);
    if (wanted === null) return undefined;
    const number = Number(wanted[1]) * 100 + Number(wanted[2] ?? 0);
    return name === 'version_atleast' ? release >= number : release < number;
  }
  return undefined;
}

function split(text: string, operator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (depth === 0 && text.startsWith(operator, i)) {
      parts.push(text.slice(start, i));
      start = i + operator.length;
      i = start - 1;
    }
  }
  return [...parts, text.slice(start)];
}
