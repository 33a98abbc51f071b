import { say } from '../../base/message';
import type { Section } from '../../model/haproxy/analysis';
import { readAddress } from '../../model/haproxy/values';
import { fileRule } from './advice';
import { backendsOf, type Listener, summaryOf } from './section-summary';

const everyAddress: ReadonlySet<string> = new Set(['', '*', '0.0.0.0']);
const isLoopback = (host: string): boolean => host === 'localhost' || host.startsWith('127.');

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
      const ports = new Set(listeners.map((each) => String(each.port)));
      for (const backend of backendsOf(section, byName)) {
        for (let at = backend.header + 1; at < backend.end; at++) {
          const statement = analysis.statements[at];
          const word = statement?.directive?.name === 'server' ? statement.args[1] : undefined;
          if (word === undefined || word.open || !ports.has(word.text.slice(word.text.lastIndexOf(':') + 1))) continue;
          const { host, port, isPath } = readAddress(word.text);
          const listener = isPath
            ? undefined
            : listeners.find((each) => String(each.port) === port && each.kind.trim() === '' && meets(each, host));
          if (listener === undefined) continue;
          reportIn(backend)(
            at - backend.header,
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
