import { say } from '../../base/message';
import type { Section } from '../../model/haproxy/analysis';
import { readTime } from '../../model/haproxy/values';
import type { Word } from '../../syntax/haproxy/line';
import { fileRule, type Instance, indentOf } from './advice';
import { backendsOf } from './section-summary';
import type { SectionView } from './section-view';

interface Timeout {
  readonly section: Section;
  readonly line: number;
  readonly raw: string;
  readonly word: Word;
  readonly name: string;
  /** In milliseconds. */
  readonly value: number;
}

/** The timeout in force and the line that sets it, which may be one of the defaults. */
function timeoutOf(view: SectionView, name: string): Timeout | undefined {
  for (let from: SectionView | undefined = view; from !== undefined; from = from.defaults) {
    const entry = from.own(`timeout ${name}`).at(-1);
    const word = entry?.statement.args[0];
    if (entry === undefined || word === undefined) continue;
    const value = word.open ? undefined : readTime(word.text);
    if (value === undefined || value === 0) return undefined;
    return { section: from.section, line: entry.line, raw: entry.statement.line.raw, word, name, value };
  }
  return undefined;
}

/** Clients of the API send a ping on silent connections about every half minute; what is shorter cuts all of them. */
const pingMs = 30_000;
/** Shells and logs that say nothing for this long are everyday. */
const patienceMs = 10 * 60_000;

export const shortStreamTimeout = fileRule({
  id: 'haproxy/short-stream-timeout',
  severity: 'warning',
  summary: 'A connection to the API that is silent for a moment is cut: `kubectl exec`, `logs -f` and watches end.',

  checkFile(instance, reportIn) {
    const { analysis } = instance;
    if (analysis.hasConditionals) return;
    const backends = instance.summarised
      .filter(({ summary }) => summary.apiServers.length > 0)
      .map(({ section }) => section);
    if (backends.length === 0) return;
    const byName = new Map(
      backends.flatMap((each) => (each.name === undefined ? [] : [[each.name.text, each] as const])),
    );
    const shortest = new Map<string, Timeout>();
    for (const section of [...instance.ofType('frontend'), ...instance.ofType('listen')]) {
      for (const backend of backendsOf(section, byName)) {
        if (!backends.includes(backend)) continue;
        const cut = cutting(instance, section, backend);
        if (cut !== undefined) shortest.set(`${cut.section.header} ${cut.line}`, cut);
      }
    }
    for (const { section, line, word, name, value, raw } of shortest.values()) {
      const shown = /^\d+$/.test(word.text) ? `${word.text}ms` : word.text;
      const fix =
        name === 'tunnel'
          ? { title: say('Change to "{0}"', '1h'), edits: [{ line, ...word, newText: '1h' }] }
          : section.type === 'frontend'
            ? { title: say('Change to "{0}"', '1h'), edits: [{ line, ...word, newText: '1h' }] }
            : {
                title: say('Add "timeout tunnel 1h"'),
                edits: [{ line, start: raw.length, end: raw.length, newText: `\n${indentOf(raw)}timeout tunnel 1h` }],
              };
      reportIn(section)(
        line,
        word,
        say(
          'a connection to the API server that is silent for {0} is cut, with it "kubectl exec", "logs -f" and watches: "timeout tunnel 1h" lets them live',
          shown,
        ),
        {
          severity: value <= pingMs ? 'warning' : 'hint',
          fix: {
            title: fix.title,
            edits: fix.edits.map(({ start, end, newText }) => ({ line, start, end, newText })),
            confidence: 'review',
          },
        },
      );
    }
  },
});

/** The timeout that ends a silent connection from `frontend` through `backend`, if it ends it too soon. */
function cutting(instance: Instance, frontend: Section, backend: Section): Timeout | undefined {
  const front = instance.view(frontend);
  const back = instance.view(backend);
  const inTunnel = front.facts.mode === 'tcp' && back.facts.mode === 'tcp';
  const tunnel = inTunnel ? timeoutOf(back, 'tunnel') : undefined;
  if (inTunnel && tunnel === undefined && back.facts.timeouts.has('tunnel')) return undefined;
  const candidates = tunnel !== undefined ? [tunnel] : [timeoutOf(front, 'client'), timeoutOf(back, 'server')];
  let shortest: Timeout | undefined;
  for (const each of candidates)
    if (each !== undefined && each.value < (shortest?.value ?? patienceMs)) shortest = each;
  return shortest;
}
