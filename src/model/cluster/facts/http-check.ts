import type { Span } from '../../../base/span';
import type { HaproxyAnalysis, Section } from '../../haproxy/analysis';
import type { Statement } from '../../haproxy/statement';
import type { HttpCheck } from './file-facts';

/** Settings that choose how servers are checked; the last line counts. */
const methods =
  /^option (?:httpchk|tcp-check|ssl-hello-chk|mysql-check|pgsql-check|redis-check|smtpchk|ldap-check|spop-check|external-check)$/;

const unauthorized = 401;
const forbidden = 403;
const ok = 200;

interface Line {
  readonly statement: Statement;
  readonly start: number;
}

/**
 * The HTTP request that a section checks its servers with over TLS, and whether "401 Unauthorized" counts as an answer.
 * Undefined where servers are checked in another way, with a certificate or password, or where nobody can tell.
 */
export function httpCheckOf(analysis: HaproxyAnalysis, section: Section): HttpCheck | undefined {
  if (!section.facts.settings.has('option httpchk')) return undefined;
  const method = lastOf(analysis, section, (name) => methods.test(name));
  if (method?.statement.directive?.name !== 'option httpchk') return undefined;
  const steps = nearest(analysis, section, (name) => name.startsWith('http-check '));
  const words = [...steps, method].flatMap(({ statement }) => statement.args);
  if (words.some((each) => each.open)) return undefined;
  if (steps.some(({ statement }) => /connect$/.test(statement.directive?.name ?? ''))) return undefined;
  if (words.some((each) => /authorization/i.test(each.text) || each.text === 'uri-lf')) return undefined;
  if (!overTls(analysis, section)) return undefined;
  const { args } = method.statement;
  const sent = steps.filter(({ statement }) => statement.directive?.name === 'http-check send');
  const uri = sent.flatMap(({ statement, start }) => {
    const at = statement.args.findIndex((each) => each.text === 'uri');
    const word = at < 0 ? undefined : statement.args[at + 1];
    return word === undefined ? [] : [{ word, start }];
  })[0] ?? { word: args.length > 1 ? args[1] : args[0], start: method.start };
  const { word, start } = uri;
  const at = word ?? method.statement.keyword.at(-1);
  if (at === undefined) return undefined;
  const expects = steps.filter(({ statement }) => statement.directive?.name === 'http-check expect');
  return {
    uri: word?.text ?? '/',
    takesUnauthorized: expects.length > 0 && expects.every(({ statement }) => takes(statement, unauthorized)),
    takesForbidden: expects.length > 0 && expects.every(({ statement }) => takes(statement, forbidden)),
    ...(expects[0] !== undefined && { expectSpan: wholeOf(expects[0]) }),
    takesOk: expects.every(({ statement }) => takes(statement, ok)),
    span: { start: start + at.start, end: start + at.end },
    isWritten: word !== undefined,
  };
}

function wholeOf({ statement, start }: Line): Span {
  const [first, last] = [statement.keywordStretch, statement.args.at(-1)];
  return { start: start + first.start, end: start + (last ?? first).end };
}

/** Whether an `http-check expect` line may be content with an answer; by default those from 200 to 399 count. */
function takes({ args }: Statement, status: number): boolean {
  const negated = args.some((each) => each.text === '!');
  const at = args.findIndex((each) => each.text === 'status' || each.text === 'rstatus');
  const pattern = args[at + 1]?.text;
  // Something else than the status decides.
  if (at < 0 || pattern === undefined) return true;
  const listed =
    args[at]?.text === 'rstatus'
      ? matches(pattern, status)
      : pattern.split(',').some((each) => {
          const [low = Number.NaN, high = low] = each.split('-').map(Number);
          return low <= status && status <= high;
        });
  return listed !== negated;
}

/** An expression of three digits is short; a very long one may be more than can be compiled at all. */
const longestPattern = 500;

function matches(pattern: string, status: number): boolean {
  if (pattern.length > longestPattern) return true;
  try {
    return new RegExp(pattern).test(String(status));
  } catch {
    // An expression that only the program can read may fit.
    return true;
  }
}

/** Whether some server is checked over TLS, and none shows a certificate of its own. */
function overTls(analysis: HaproxyAnalysis, section: Section): boolean {
  const words = new Set<string>();
  for (let from: Section | undefined = section; from !== undefined; from = from.defaults)
    for (const { statement } of linesOf(analysis, from, (name) =>
      ['server', 'server-template', 'default-server'].includes(name),
    ))
      for (const each of statement.args) words.add(each.text);
  return words.has('check') && (words.has('check-ssl') || words.has('ssl')) && !words.has('crt');
}

function lastOf(analysis: HaproxyAnalysis, section: Section, fits: (name: string) => boolean): Line | undefined {
  return nearest(analysis, section, fits).at(-1);
}

/** The lines of the section itself, else those that it takes over. */
function nearest(analysis: HaproxyAnalysis, section: Section, fits: (name: string) => boolean): readonly Line[] {
  for (let from: Section | undefined = section; from !== undefined; from = from.defaults) {
    const found = linesOf(analysis, from, fits);
    if (found.length > 0) return found;
  }
  return [];
}

function linesOf(
  { statements, document }: HaproxyAnalysis,
  { header, end }: Section,
  fits: (name: string) => boolean,
): readonly Line[] {
  const found: Line[] = [];
  for (let line = header + 1; line < end; line++) {
    const statement = statements[line];
    if (statement?.directive === undefined || statement.uncertain || statement.prefix !== undefined) continue;
    if (fits(statement.directive.name)) found.push({ statement, start: document.starts[line] ?? 0 });
  }
  return found;
}
