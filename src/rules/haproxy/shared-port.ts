import { say } from '../../base/message';
import type { Section } from '../../model/haproxy/analysis';
import { fileRule } from './advice';
import { type Listener, summaryOf } from './section-summary';

const everyAddress: ReadonlySet<string> = new Set(['', '*', '0.0.0.0']);

export const sharedPort = fileRule({
  id: 'haproxy/shared-port',
  severity: 'warning',
  summary: 'Two lines listen on the same address and port: connections go to one or the other by chance.',

  checkFile({ analysis, siblings, summarised }, reportIn) {
    if (analysis.hasConditionals) return;
    const taken = new Map<string, { readonly section: Section; readonly listener: Listener }>();
    for (const sibling of siblings)
      for (const section of sibling.sections)
        for (const listener of summaryOf(sibling, section).listeners) taken.set(keyOf(listener), { section, listener });
    for (const { section, summary } of summarised) {
      for (const listener of summary.listeners) {
        const key = keyOf(listener);
        const other = taken.get(key);
        if (other === undefined) {
          taken.set(key, { section, listener });
          continue;
        }
        if (other.listener === listener) continue;
        const name = other.section.name?.text ?? '';
        reportIn(section)(
          listener.line,
          listener.word,
          other.section === section
            ? say('this section listens on port {0} of this address already', listener.port)
            : say(
                '{0} "{1}" listens on port {2} of this address already: the kernel deals connections out between the two',
                other.section.type,
                name,
                listener.port,
              ),
        );
      }
    }
  },
});

function keyOf({ host, port, kind }: Listener): string {
  return `${everyAddress.has(host) ? '*' : host}:${port} ${kind}`;
}
