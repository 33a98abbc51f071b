import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import { Note } from '../../model/haproxy/note';
import { readAddress } from '../../model/haproxy/values';
import type { Word } from '../../syntax/haproxy/line';
import { apiPorts } from './servers';

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
}

const summaries = new Note<SectionSummary>();
const nothing: SectionSummary = { listeners: [], apiServers: [] };

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
  if (type !== 'frontend' && type !== 'listen' && type !== 'backend') return nothing;
  const listeners: Listener[] = [];
  const apiServers: Target[] = [];
  for (let at = header + 1; at < end; at++) {
    const statement = statements[at];
    const name = statement?.directive?.name;
    if (statement === undefined || statement.uncertain === true || (name !== 'bind' && name !== 'server')) continue;
    const { args } = statement;
    if (name === 'server') {
      const word = args[1];
      if (word === undefined || word.open || !/:(?:6443|9345)$/.test(word.text)) continue;
      const { host, port } = readAddress(word.text);
      const tls = args.some((each) => each.text === 'ssl');
      if (apiPorts.has(Number(port))) apiServers.push({ line: at - header, word, host, port: Number(port), tls });
      continue;
    }
    const word = args[0];
    if (word === undefined || args.some((each) => each.open)) continue;
    const tls = args.some((each) => each.text === 'ssl');
    const apart = ['interface', 'namespace'].map((each) => {
      const index = args.findIndex((other) => other.text === each);
      return index < 0 ? '' : (args[index + 1]?.text ?? '');
    });
    for (const text of word.text.split(',')) {
      const { host, port, isPath, prefix } = readAddress(text);
      if (isPath || port === undefined || !/^\d+$/.test(port)) continue;
      const kind = [prefix.replace(/^(?:ipv4|ipv6|tcp[46]?)@$/, ''), ...apart].join(' ');
      listeners.push({ line: at - header, word, host, port: Number(port), kind, tls });
    }
  }
  return listeners.length + apiServers.length === 0 ? nothing : { listeners, apiServers };
}

/** The backends that a frontend names, and the section itself where it has servers of its own. */
export function backendsOf(section: Section, byName: ReadonlyMap<string, Section>): readonly Section[] {
  const found = section.type === 'listen' ? [section] : [];
  for (const { value } of section.facts.references) {
    const target = value.kind === 'backend' ? byName.get(value.name) : undefined;
    if (target !== undefined && !found.includes(target)) found.push(target);
  }
  return found;
}
