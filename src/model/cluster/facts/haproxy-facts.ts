import type { HaproxyAnalysis, Section } from '../../haproxy/analysis';
import { Note } from '../../haproxy/note';
import type { Statement } from '../../haproxy/statement';
import { readAddress } from '../../haproxy/values';
import type { Backend, BackendServer, Listener, LoadBalancerFacts } from './file-facts';
import { httpCheckOf } from './http-check';

/** A range of ports with more than these is no door that somebody counts on. */
const widestRange = 64;

/** A directive of a section and the offset at which its line begins. */
interface Placed {
  readonly name: string;
  readonly statement: Statement;
  readonly start: number;
}

/**
 * The listeners, backends and routes of a haproxy configuration. Lines that are not certainly in force (a branch of `.if`
 * that the text does not decide, a word that an environment variable fills in) say nothing.
 */
export function haproxyFacts(analysis: HaproxyAnalysis): LoadBalancerFacts {
  const { path } = analysis;
  const listeners: Listener[] = [];
  const backends: Backend[] = [];
  const routes = new Map<string, readonly string[]>();
  for (const section of analysis.sections) {
    const { type, facts } = section;
    if (type !== 'frontend' && type !== 'backend' && type !== 'listen') continue;
    const start = analysis.document.starts[section.header] ?? 0;
    let said = saidBySection.get(facts);
    // What is said has places in the file, so it holds for as long as the section stays where it is.
    if (said === undefined || said.start !== start || said.path !== path) {
      said = readSection(analysis, section, start);
      saidBySection.set(facts, said);
    }
    listeners.push(...said.listeners);
    if (said.route !== undefined) routes.set(section.name?.text ?? type, said.route);
    if (said.backend !== undefined) backends.push(said.backend);
  }
  return { kind: 'loadbalancer', program: 'haproxy', path, paths: [path], listeners, backends, routes };
}

/** What one section says, from its place in the file. */
interface Said {
  readonly path: string;
  readonly start: number;
  readonly listeners: readonly Listener[];
  readonly route: readonly string[] | undefined;
  readonly backend: Backend | undefined;
}

const saidBySection = new Note<Said>();

function readSection(analysis: HaproxyAnalysis, section: Section, start: number): Said {
  const { path } = analysis;
  const { type } = section;
  const lines = directivesIn(analysis, section);
  const name = section.name?.text ?? type;
  const listeners: Listener[] = [];
  let route: readonly string[] | undefined;
  if (type !== 'backend') {
    for (const line of lines) if (line.name === 'bind') listeners.push(...listenersOf(name, line, path));
    const own = lines.flatMap(targetOf);
    const inherited = section.defaults === undefined ? [] : directivesIn(analysis, section.defaults);
    const targets = own.length > 0 ? own : inherited.flatMap(targetOf);
    route = type === 'listen' ? [name, ...targets] : targets;
  }
  if (type === 'frontend') return { path, start, listeners, route, backend: undefined };
  const word = section.name ?? analysis.statements[section.header]?.line.words[0];
  const span = { start: start + (word?.start ?? 0), end: start + (word?.end ?? 0) };
  const servers = lines.flatMap((line) => serversOf(line, path));
  return {
    path,
    start,
    listeners,
    route,
    backend: { name, path, span, servers, httpCheck: httpCheckOf(analysis, section) },
  };
}

function directivesIn({ statements, document }: HaproxyAnalysis, { header, end }: Section): readonly Placed[] {
  const found: Placed[] = [];
  for (let line = header + 1; line < end; line++) {
    const statement = statements[line];
    const name = statement?.directive?.name;
    if (statement === undefined || name === undefined || !counted.has(name)) continue;
    if (statement.uncertain || statement.prefix !== undefined) continue;
    found.push({ name, statement, start: document.starts[line] ?? 0 });
  }
  return found;
}

const counted: ReadonlySet<string> = new Set(['bind', 'server', 'server-template', 'default_backend', 'use_backend']);

/** The backend that a line sends to; none where it is only known at run time. */
function targetOf({ name, statement }: Placed): readonly string[] {
  if (name !== 'default_backend' && name !== 'use_backend') return [];
  const target = statement.arg(0);
  return target === undefined || target.open || target.text.includes('%[') ? [] : [target.text];
}

/** A `bind` word is one address or several with commas; sockets and file descriptors are nobody's API port. */
function listenersOf(proxy: string, { statement, start }: Placed, path: string): Listener[] {
  const [word, ...parameters] = statement.args;
  if (word === undefined || word.open) return [];
  const transparent = parameters.some((each) => each.text === 'transparent');
  const parts = word.text.split(',');
  let at = start + word.start;
  return parts.flatMap((part): Listener[] => {
    const span = { start: at, end: parts.length === 1 ? start + word.end : at + part.length };
    at += part.length + 1;
    const { isPath, host, port, prefix } = readAddress(part);
    const [low, high = low] = (port ?? '')
      .split('-')
      .map((each) => (/^\d{1,5}$/.test(each) ? Number(each) : undefined));
    if (isPath || /^(?:fd|sockpair|abns|udp|quic)/.test(prefix) || low === undefined || high === undefined) return [];
    const any = host === '' || host === '*' || host === '0.0.0.0' || host === '::';
    return Array.from({ length: Math.min(high - low + 1, widestRange) }, (_, index) => ({
      proxy,
      host: any ? undefined : host,
      port: low + index,
      path,
      span,
      transparent,
    }));
  });
}

function serversOf({ name, statement, start }: Placed, path: string): BackendServer[] {
  if (name !== 'server' && name !== 'server-template') return [];
  const own = statement.arg(0);
  const word = statement.arg(name === 'server' ? 1 : 2);
  if (own === undefined || word === undefined || word.open) return [];
  const { isPath, host, port } = readAddress(word.text);
  if (isPath || host === '') return [];
  return [
    {
      name: own.text,
      host,
      port: /^\d{1,5}$/.test(port ?? '') ? Number(port) : undefined,
      path,
      span: { start: start + word.start, end: start + word.end },
      line: { start, end: start + statement.line.raw.trimEnd().length },
    },
  ];
}
