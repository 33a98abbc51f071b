import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import { Note } from '../../model/haproxy/note';
import type { Statement } from '../../model/haproxy/statement';
import { readAddress } from '../../model/haproxy/values';
import type { Word } from '../../syntax/haproxy/line';
import { apiPorts, findParameter } from './servers';

/** One address that a section listens on. */
export interface Listener {
  readonly line: number;
  readonly word: Word;
  readonly host: string;
  readonly port: number;
  /** What tells two listeners on one address apart: `quic4@`, an interface, a namespace. */
  readonly kind: string;
  readonly tls: boolean;
}

/** Where a server is, as far as its line says so. */
export interface Target {
  readonly line: number;
  readonly word: Word;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** The little that rules over the whole file want to know of every section. */
export interface SectionSummary {
  readonly listeners: readonly Listener[];
  /** Servers at a port of the API. */
  readonly apiServers: readonly Target[];
  /** Servers that are reached over a socket of this machine. */
  readonly sockets: readonly Target[];
  /** Servers on this very machine, by a loopback address. */
  readonly localServers: readonly Target[];
  /** Servers with a `maxconn`, and the word that says how many. */
  readonly limits: readonly Limit[];
}

interface Limit {
  readonly line: number;
  readonly word: Word;
}

export const isLoopback = (host: string): boolean => host === 'localhost' || host.startsWith('127.');

const summaries = new Note<SectionSummary>();
type Found = { readonly [list in keyof SectionSummary]: SectionSummary[list][number][] };

const emptySummary = (): Found => ({ listeners: [], apiServers: [], sockets: [], localServers: [], limits: [] });

/** The summary of every section that file rules have no interest in: most of a large file. */
export const nothingToSay: SectionSummary = emptySummary();

/** The summary of a section; made once for as long as the section stays as it is. */
export function summaryOf(analysis: HaproxyAnalysis, section: Section): SectionSummary {
  let summary = summaries.get(section.facts);
  if (summary === undefined) {
    summary = summarise(analysis, section);
    summaries.set(section.facts, summary);
  }
  return summary;
}

function summarise({ statements }: HaproxyAnalysis, { type, header, end }: Section): SectionSummary {
  if (type !== 'frontend' && type !== 'listen' && type !== 'backend') return nothingToSay;
  let found: Found | undefined;
  for (let at = header + 1; at < end; at++) {
    const statement = statements[at];
    const name = statement?.directive?.name;
    if (statement === undefined || statement.uncertain) continue;
    if (name === 'default-server') {
      const place = findParameter(statement.args, 'maxconn', 0);
      const word = place < 0 ? undefined : statement.args[place + 1];
      if (word === undefined) continue;
      found ??= emptySummary();
      found.limits.push({ line: at - header, word });
      continue;
    }
    if (name !== 'bind' && name !== 'server') continue;
    if (name === 'server') {
      const word = statement.arg(1);
      if (word === undefined) continue;
      const value = statement.argCount > 2 ? limitOf(statement) : undefined;
      if (value !== undefined) {
        found ??= emptySummary();
        found.limits.push({ line: at - header, word: value });
      }
      const { text } = word;
      const isApi = text.endsWith(':6443') || text.endsWith(':9345');
      if (word.open || !(isApi || text.includes('/') || text.startsWith('127.') || text.startsWith('localhost')))
        continue;
      const { host, port, isPath, prefix } = readAddress(text);
      const tls = statement.args.some((each) => each.text === 'ssl');
      found ??= emptySummary();
      const target: Target = { line: at - header, word, host, port: Number(port), tls };
      if (apiPorts.has(target.port)) found.apiServers.push(target);
      if (!isPath && isLoopback(host)) found.localServers.push(target);
      if (isPath && host.startsWith('/') && !prefix.startsWith('abns')) found.sockets.push(target);
      continue;
    }
    const { args } = statement;
    const word = args[0];
    if (word === undefined || statement.hasOpenArg) continue;
    found ??= emptySummary();
    const tls = args.some((each) => each.text === 'ssl');
    const apart = ['interface', 'namespace', 'process', 'thread'].map((each) => {
      const index = args.findIndex((other) => other.text === each);
      return index < 0 ? '' : (args[index + 1]?.text ?? '');
    });
    for (const text of word.text.split(',')) {
      const { host, port, isPath, prefix } = readAddress(text);
      if (isPath || port === undefined || !/^\d+$/.test(port)) continue;
      const kind = [prefix.replace(/^(?:ipv4|ipv6|tcp[46]?)@$/, ''), ...apart].join(' ');
      found.listeners.push({ line: at - header, word, host, port: Number(port), kind, tls });
    }
  }
  return found ?? nothingToSay;
}

const limitOfEnding = new Note<{ readonly word: Word | undefined }>();

/** The word behind `maxconn` on a `server` line. */
function limitOf(statement: Statement): Word | undefined {
  const { ending } = statement.line;
  const known = ending === undefined ? undefined : limitOfEnding.get(ending);
  if (known !== undefined) return known.word;
  const { args } = statement;
  const limit = findParameter(args, 'maxconn', 2);
  const word = limit < 0 ? undefined : args[limit + 1];
  if (ending !== undefined) limitOfEnding.set(ending, { word });
  return word;
}

/** The backends that a frontend names, and the section itself where it has servers of its own. */
export function backendsOf(section: Section, byName: ReadonlyMap<string, Section>): ReadonlySet<Section> {
  const found = new Set<Section>();
  if (section.type === 'listen') found.add(section);
  for (const { value } of section.facts.references) {
    const target = value.kind === 'backend' ? byName.get(value.name) : undefined;
    if (target !== undefined) found.add(target);
  }
  return found;
}
