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

  checkFile({ analysis }, reportIn) {
    if (analysis.hasConditionals) return;
    const listening = analysis.sections.filter((each) => summaryOf(analysis, each).listeners.length > 0);
    if (listening.length === 0 || listening.length > 1000) return;
    const byName = new Map<string, Section>();
    for (const each of analysis.sections)
      if (each.name !== undefined && each.type !== 'frontend') byName.set(each.name.text, each);
    for (const section of listening) {
      const { listeners } = summaryOf(analysis, section);
      const reachedInside = listeners.every((each) => everyAddress.has(each.host) || isLoopback(each.host));
      for (const backend of backendsOf(section, byName)) {
        const { localServers } = summaryOf(analysis, backend);
        for (const { line, word, host, port } of reachedInside ? localServers : serversAt(analysis, backend)) {
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
