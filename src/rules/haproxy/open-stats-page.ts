import { say } from '../../base/message';
import { readAddress } from '../../model/haproxy/values';
import { keywordOf, sectionRule } from './advice';
import { asksForPassword } from './open-stats-admin';
import type { SectionView } from './section-view';

const everywhere: ReadonlySet<string> = new Set(['', '*', '0.0.0.0', '::', '[::]']);

/** Whether some address of the section takes connections from any network, and asks nobody for a certificate. */
function isOpen(view: SectionView): boolean {
  return view.own('bind').some(({ statement }) => {
    const { args } = statement;
    if (statement.hasOpenArg || args.some((each) => each.text === 'verify' || each.text === 'interface')) return false;
    return (args[0]?.text ?? '').split(',').some((each) => {
      const { host, port, isPath, prefix } = readAddress(each);
      return !isPath && port !== undefined && everywhere.has(host) && /^(?:|ipv[46]@|tcp[46]?@)$/.test(prefix);
    });
  });
}

/** Whether some rule lets only a part of those who connect get to the page. */
const turnsAway = (view: SectionView): boolean =>
  view
    .own('tcp-request connection')
    .concat(view.own('tcp-request content'), view.own('tcp-request session'))
    .some(({ statement }) => statement.args[0]?.text === 'reject') || view.own('http-request').length > 0;

export const openStatsPage = sectionRule({
  id: 'haproxy/open-stats-page',
  severity: 'hint',
  summary: 'The statistics page is shown to everybody who can reach the machine.',
  sections: ['frontend', 'listen'],
  settings: ['stats enable', 'stats uri'],

  check(view, report) {
    if (view.facts.mode !== 'http' || !view.certain || !isOpen(view)) return;
    // Who may change something there without a password is told so already.
    if (asksForPassword(view) || turnsAway(view) || view.has('stats admin')) return;
    const [entry] = [...view.own('stats enable'), ...view.own('stats uri')];
    if (entry === undefined) return;
    report(
      entry.line,
      keywordOf(entry.statement),
      say(
        'this page shows every backend and server to everybody who reaches the machine: add "stats auth", or bind it to an address of your own network',
      ),
    );
  },
});
