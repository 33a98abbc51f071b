import { say } from '../../base/message';
import { sectionRule, wholeOf } from './advice';

export const redispatchNeverRuns = sectionRule({
  id: 'haproxy/redispatch-never-runs',
  severity: 'warning',
  summary: '`option redispatch` is set, but there are no retries in which another server could be tried.',
  sections: ['backend', 'listen', 'defaults'],
  settings: ['retries'],

  check(view, report) {
    const entry = view.own('retries').at(-1);
    if (entry === undefined || Number(entry.statement.args[0]?.text) !== 0 || !view.has('option redispatch')) return;
    report(
      entry.line,
      wholeOf(entry.statement),
      say('with no retries "option redispatch" never gets to try another server: allow at least one'),
    );
  },
});
