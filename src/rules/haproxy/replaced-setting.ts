import { say } from '../../base/message';
import { keywordOf, sectionRule } from './advice';

/** Settings with one value of which the program silently keeps the last. */
const single: ReadonlySet<string> = new Set([
  'backlog',
  'balance',
  'cookie',
  'default_backend',
  'fullconn',
  'hash-type',
  'http-reuse',
  'log-format',
  'log-format-sd',
  'maxconn',
  'mode',
  'monitor-uri',
  'retries',
  'retry-on',
  'unique-id-format',
  'unique-id-header',
]);

export const replacedSetting = sectionRule({
  id: 'haproxy/replaced-setting',
  severity: 'warning',
  summary: 'A setting with one value is given twice in a section: only the last one counts.',
  sections: ['defaults', 'frontend', 'backend', 'listen'],
  settings: [...single],

  check(view, report) {
    for (const name of view.names) {
      if (!single.has(name)) continue;
      const entries = view.own(name);
      if (entries.length < 2) continue;
      if (entries.some(({ statement }) => statement.uncertain)) continue;
      const textOf = (entry: (typeof entries)[number]): string =>
        entry.statement.args.map((each) => each.text).join(' ');
      const last = entries.at(-1);
      if (last === undefined) continue;
      for (const entry of entries.slice(0, -1)) {
        if (textOf(entry) === textOf(last)) continue;
        report(
          entry.line,
          keywordOf(entry.statement),
          say('"{0} {1}" further down takes the place of this line', name, textOf(last)),
          {
            tag: 'unnecessary',
            fix: {
              title: say('Remove this line'),
              edits: [{ line: entry.line, start: 0, end: entry.statement.line.raw.length + 1, newText: '' }],
              confidence: 'safe',
            },
          },
        );
      }
    }
  },
});
