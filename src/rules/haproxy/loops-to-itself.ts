import { say } from '../../base/message';
import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import { readAddress } from '../../model/haproxy/values';
import { fileRule } from './advice';
import { backendsOf, isLoopback, type Listener, summaryOf, type Target } from './section-summary';

const everyAddress: ReadonlySet<string> = new Set(['', '*', '0.0.0.0']);

/** Whether a connection to `host` ends at `listener` of the same machine for sure. */
function meets(listener: Listener, host: string): boolean {
  if (everyAddress.has(listener.host)) return isLoopback(host);
  return listener.host === host;
}

export const loopsToItself = fileRule({
  id: 'haproxy/loops-to-itself',
  severity: 'warning',
  summary: 'A server is the address on which this very section listens: connections go round in circles.',

  checkFile({ analysis, summarised }, reportIn) {
    if (analysis.hasConditionals) return;
    const listening = summarised.filter(({ summary }) => summary.listeners.length > 0);
    if (listening.length === 0 || listening.length > 1000) return;
    const local = named(
      summarised.filter(({ summary }) => summary.localServers.length > 0).map((each) => each.section),
    );
    let every: Map<string, Section> | undefined;
    for (const { section, summary } of listening) {
      const { listeners } = summary;
      const reachedInside = listeners.every((each) => everyAddress.has(each.host) || isLoopback(each.host));
      if (!reachedInside) every ??= named(analysis.sections);
      for (const backend of backendsOf(section, every ?? local)) {
        const targets = reachedInside ? summaryOf(analysis, backend).localServers : serversAt(analysis, backend);
        for (const { line, word, host, port } of targets) {
          const listener = listeners.find((each) => each.port === port && each.kind.trim() === '' && meets(each, host));
          if (listener === undefined) continue;
          reportIn(backend)(
            line,
            word,
            say(
              'this is where {0} "{1}" listens itself: connections go round in circles; let one of them use another port',
              section.type,
              section.name?.text ?? '',
            ),
          );
        }
      }
    }
  },
});

/** The sections that a rule can lead to. */
function named(sections: readonly Section[]): Map<string, Section> {
  const byName = new Map<string, Section>();
  for (const each of sections)
    if (each.name !== undefined && each.type !== 'frontend') byName.set(each.name.text, each);
  return byName;
}

/** Every server of a section whose line says where it is. */
function serversAt(
  { statements }: HaproxyAnalysis,
  { header, end }: Section,
): Pick<Target, 'line' | 'word' | 'host' | 'port'>[] {
  const found = [];
  for (let at = header + 1; at < end; at++) {
    const statement = statements[at];
    const word = statement?.directive?.name === 'server' ? statement.args[1] : undefined;
    if (word === undefined || word.open) continue;
    const { host, port, isPath } = readAddress(word.text);
    if (!isPath) found.push({ line: at - header, word, host, port: Number(port) });
  }
  return found;
}
