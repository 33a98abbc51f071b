import { say } from '../../base/message';
import { keywordOf, sectionRule } from './advice';
import type { Entry } from './entry';

/** Settings that choose how servers are checked; a proxy has one way, and each line takes the place of the one before. */
export const checkMethods: readonly string[] = [
  'option httpchk',
  'option tcp-check',
  'option ssl-hello-chk',
  'option mysql-check',
  'option pgsql-check',
  'option redis-check',
  'option smtpchk',
  'option ldap-check',
  'option spop-check',
  'option external-check',
];

const methods: ReadonlySet<string> = new Set(checkMethods);

/** Whether the setting chooses how servers are checked. */
export const isCheckMethod = (name: string): boolean => methods.has(name);

const wordsOf = ({ line }: Entry['statement']): string => line.words.map((each) => each.text).join(' ');

export const checkReplaced = sectionRule({
  id: 'haproxy/check-replaced',
  severity: 'warning',
  summary: 'Two lines choose how servers are checked: only the last one counts.',
  sections: ['backend', 'listen', 'defaults'],
  settings: checkMethods,

  check(view, report) {
    const found: Entry[] = [];
    for (const name of view.names)
      if (isCheckMethod(name)) for (const each of view.own(name)) if (!each.statement.uncertain) found.push(each);
    if (found.length < 2) return;
    found.sort((a, b) => a.line - b.line);
    const winner = found.pop()?.statement;
    if (winner === undefined) return;
    for (const { line, statement } of found) {
      const raw = statement.line.raw;
      const isSame = statement.directive?.name === winner.directive?.name;
      // The same words twice do no harm.
      if (isSame && wordsOf(statement) === wordsOf(winner)) continue;
      const shown = isSame ? wordsOf(winner) : (winner.directive?.name ?? '');
      report(line, keywordOf(statement), say('this check never runs: "{0}" below takes its place', shown), {
        fix: {
          title: say('Remove this line'),
          edits: [{ line, start: 0, end: raw.length + 1, newText: '' }],
          confidence: 'review',
        },
        tag: 'unnecessary',
      });
    }
  },
});
