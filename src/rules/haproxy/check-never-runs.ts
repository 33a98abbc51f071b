import { say } from '../../base/message';
import { keywordOf, sectionRule } from './advice';
import { checkMethods } from './check-replaced';

export const checkNeverRuns = sectionRule({
  id: 'haproxy/check-never-runs',
  severity: 'warning',
  summary: 'A way of checking servers is chosen, but no server is checked.',
  sections: ['backend', 'listen'],
  settings: checkMethods,

  check(view, report) {
    if (!view.certain) return;
    const servers = view.servers;
    const written = view.own('server').length + view.own('server-template').length;
    // Servers that are added at run time, or that are not known, may be checked.
    if (servers.length === 0 || servers.length < written) return;
    if (servers.some((each) => each.has('check') || each.has('track') || each.value('track') !== undefined)) return;
    const chosen = checkMethods.flatMap((name) => view.own(name)).sort((a, b) => a.line - b.line)[0];
    if (chosen === undefined) return;
    report(
      chosen.line,
      keywordOf(chosen.statement),
      say('no server below has "check", so this check never runs and dead servers keep their share of requests'),
      {
        fix: {
          title: say('Check every server'),
          edits: servers.map((each) => {
            const end = each.end;
            return { line: each.line, start: end, end, newText: ' check' };
          }),
          confidence: 'review',
        },
      },
    );
  },
});
