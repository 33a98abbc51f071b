import { say } from '../../base/message';
import { sectionRule, wholeOf } from './advice';
import type { SectionView } from './section-view';

/** Whether visitors of the statistics page have to name themselves. */
export function asksForPassword(view: SectionView): boolean {
  if (view.has('stats auth') || view.has('stats http-request')) return true;
  return view
    .own('http-request')
    .some(({ statement }) => /^(auth|deny|reject|tarpit)\b/.test(statement.args[0]?.text ?? ''));
}

const always =
  /^(?:if (?:TRUE|HTTP|!FALSE|\{ always_true \}|!\{ always_false \}|\{ src (?:0\.0\.0\.0\/0|::\/0) \})|unless (?:FALSE|!TRUE|\{ always_false \}))$/;

export const openStatsAdmin = sectionRule({
  id: 'haproxy/open-stats-admin',
  severity: 'warning',
  summary: 'Everybody who reaches the statistics page may switch servers off.',
  sections: ['frontend', 'listen', 'backend', 'defaults'],
  settings: ['stats admin'],

  check(view, report) {
    for (const { line, statement } of view.own('stats admin')) {
      if (!always.test(statement.args.map((each) => each.text).join(' '))) continue;
      if (asksForPassword(view) || !view.certain) continue;
      // Only this machine gets there.
      const binds = view.own('bind');
      if (
        binds.length > 0 &&
        binds.every((each) => /^(127\.|\[?::1\]?:|localhost:|unix@|\/)/.test(each.statement.args[0]?.text ?? ''))
      )
        continue;
      report(
        line,
        wholeOf(statement),
        say(
          'everybody who reaches this page may switch servers off: add "stats auth", or a condition such as LOCALHOST',
        ),
        {
          fix: {
            title: say('Change to "{0}"', 'if LOCALHOST'),
            edits: [
              {
                line,
                start: statement.args[0]?.start ?? 0,
                end: wholeOf(statement).end,
                newText: 'if LOCALHOST',
              },
            ],
            confidence: 'review',
          },
        },
      );
    }
  },
});
