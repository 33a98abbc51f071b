import { say } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from './analysis';
import type { GlobalLine, Problem } from './problem';
import type { OnLine } from './section-facts';
import type { Statement } from './statement';

/** What the `global` sections of a file say of everything else, and what is wrong with the order of their lines. */
interface GlobalOrder {
  readonly given: ReadonlySet<GlobalLine>;
  /** The first line that allows experimental settings. */
  readonly exposedFrom: number;
  readonly problems: readonly OnLine<Problem>[];
}

/** From here on threads are laid out before anything else is read (cfgparse-global.c and thread.c of the program). */
const threadsFirst: Release = 207;

/** From here on `sc-add-gpc` has to name a counter that exists: 2.8.0 and 3.0.11 take any, 3.2.26 does not. */
const addedCountersCompared: Release = 302;

/** The seconds between two updates where nothing is said (ssl_ocsp.c). */
const usualDelays = { least: 300, most: 3600 };

/** Reads the `global` sections of a file. */
export function readGlobalOrder({ sections, statements, release }: HaproxyAnalysis): GlobalOrder {
  const given = new Set<GlobalLine>();
  const problems: OnLine<Problem>[] = [];
  const delays = { ...usualDelays };
  let exposedFrom = Number.POSITIVE_INFINITY;
  let isLate = false;
  let captures = false;
  let counters = { from: 0, count: Number.NaN };
  for (const { type, header, end } of sections) {
    if (type !== 'global') {
      isLate = true;
      continue;
    }
    for (let line = header + 1; line < end; line++) {
      const each = statements[line];
      const name = each?.directive?.name ?? '';
      switch (name) {
        case 'ssl-server-verify':
          if (each?.arg(0)?.text === 'none') given.add('ssl-server-verify none');
          break;
        case 'expose-experimental-directives':
          given.add('expose-experimental-directives');
          exposedFrom = Math.min(exposedFrom, line);
          break;
        case 'tune.ssl.capture-buffer-size':
        case 'tune.ssl.capture-cipherlist-size':
          // One setting of two names, which the program takes once.
          if (captures && each !== undefined && !each.uncertain) problems.push({ line, value: givenTwice(each) });
          captures ||= each?.uncertain === false;
          break;
        case 'tune.stick-counters':
          given.add(name);
          if (each?.uncertain === false) counters = { from: line, count: Number(each.arg(0)?.text ?? 0) };
          break;
        case 'ssl-default-bind-options':
          // Listeners start with it, and the last word counts (3.2.26, 3.4.7).
          for (const { text } of each?.args ?? [])
            if (text === 'strict-sni') given.add('strict-sni');
            else if (text === 'no-strict-sni') given.delete('strict-sni');
            else if (/^(?:ssl-m|force-)/.test(text)) given.add('ssl-default-bind-options');
          break;
        case 'external-check':
        case 'tune.bufsize.large':
          given.add(name);
          break;
        case 'nbthread':
        case 'thread-group':
        case 'thread-groups':
          if (isLate && release >= threadsFirst && each !== undefined && !each.uncertain)
            problems.push({ line, value: lateThreads(each) });
          break;
        case 'ocsp-update.mindelay':
        case 'ocsp-update.maxdelay':
        case 'tune.ssl.ocsp-update.mindelay':
        case 'tune.ssl.ocsp-update.maxdelay': {
          const value = each === undefined || each.uncertain ? undefined : wrongDelay(each, name, delays);
          if (value !== undefined) problems.push({ line, value });
        }
      }
    }
  }
  if (!Number.isNaN(counters.count))
    for (let line = counters.from; line < statements.length; line++) {
      const value = missingCounter(statements[line], counters.count, release);
      if (value !== undefined) problems.push({ line, value });
    }
  return { given, exposedFrom, problems };
}

/** A rule that tracks with a counter above those that `tune.stick-counters` leaves. */
function missingCounter(statement: Statement | undefined, count: number, release: Release): Problem | undefined {
  const name = statement?.directive?.name ?? '';
  if (!name.startsWith('tcp-re') && !name.startsWith('http-re')) return undefined;
  const word = statement?.arg(0);
  const [, tracked, only, second] =
    /^(?:track-sc(\d+)|sc-(?:inc-gpc[01]|set-gpt0)\((\d+)\)|sc-(?:add-gpc|inc-gpc|set-gpt)\(\d+,(\d+)\))$/.exec(
      word?.text ?? '',
    ) ?? [];
  const number = tracked ?? only ?? second;
  if (word === undefined || number === undefined || Number(number) < count || statement?.uncertain === true)
    return undefined;
  const message = say('"{0}" leaves {1} counters, which are numbered from 0 on', 'tune.stick-counters', count);
  const refusedFrom = word.text.startsWith('sc-add-gpc') ? addedCountersCompared : 0;
  if (release < refusedFrom) return undefined;
  return { mistake: 'bad-value', start: word.start, end: word.end, message, refusedFrom };
}

function givenTwice(statement: Statement): Problem {
  const { start, end } = statement.keywordStretch;
  const message = say('"{0}" was already given', statement.directive?.name ?? '');
  return { mistake: 'duplicate-name', start, end, message };
}

function lateThreads(statement: Statement): Problem {
  const { start, end } = statement.keywordStretch;
  const message = say(
    '"{0}" has to stand in a global section above all other sections',
    statement.directive?.name ?? '',
  );
  return { mistake: 'wrong-section', start, end, message, refusedFrom: threadsFirst };
}

/** Takes a line into `delays`, which the program compares with each other at every one of them. */
function wrongDelay(statement: Statement, name: string, delays: { least: number; most: number }): Problem | undefined {
  const word = statement.arg(0);
  const value = Number.parseInt(word?.text ?? '', 10);
  if (word === undefined || word.open || Number.isNaN(value) || statement.problems.some(isRefused)) return undefined;
  const isLeast = name.endsWith('mindelay');
  if (isLeast ? value <= delays.most : value >= delays.least) {
    if (isLeast) delays.least = value;
    else delays.most = value;
    return undefined;
  }
  const message = isLeast
    ? say('the shortest delay cannot be above the longest, which is {0} here', delays.most)
    : say('the longest delay cannot be below the shortest, which is {0} here', delays.least);
  return { mistake: 'conflicting-settings', start: word.start, end: word.end, message };
}

/** Deprecated settings are read all the same. */
const isRefused = ({ severity }: Problem): boolean => severity !== 'hint' && severity !== 'warning';
