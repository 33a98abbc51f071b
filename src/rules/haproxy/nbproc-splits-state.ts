import { say } from '../../base/message';
import { sectionRule, wholeOf } from './advice';

export const nbprocSplitsState = sectionRule({
  id: 'haproxy/nbproc-splits-state',
  severity: 'warning',
  summary: 'Several processes share nothing: each has its own checks, limits, tables and statistics.',
  sections: ['global'],
  settings: ['nbproc'],

  check(view, report) {
    for (const { line, statement } of view.own('nbproc')) {
      const count = statement.args[0];
      if (count === undefined || !(Number(count.text) > 1)) continue;
      report(
        line,
        wholeOf(statement),
        say(
          'each of the {0} processes has its own checks, limits, tables and statistics, and 2.5 knows no "nbproc" any more: use "nbthread"',
          count.text,
        ),
        {
          fix: {
            title: say('Change to "{0}"', `nbthread ${count.text}`),
            edits: [{ line, ...wholeOf(statement), newText: `nbthread ${count.text}` }],
            confidence: 'review',
          },
        },
      );
    }
  },
});
