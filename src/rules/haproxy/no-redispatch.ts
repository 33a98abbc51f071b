import { say } from '../../base/message';
import { keywordOf, sectionRule } from './advice';
import { areApiServers } from './servers';

export const noRedispatch = sectionRule({
  id: 'haproxy/no-redispatch',
  severity: 'hint',
  summary: 'A connection that an API server refuses is tried again on the same server only.',
  sections: ['backend', 'listen'],
  settings: ['balance'],

  check(view, report) {
    const balance = view.own('balance').at(-1);
    const algorithm = balance?.statement.args[0];
    // A hash leads to the same server on purpose, and a balance that is only inherited has no line here to speak of.
    if (balance === undefined || !['roundrobin', 'leastconn', 'static-rr', 'random'].includes(algorithm?.text ?? ''))
      return;
    if (view.has('option redispatch') || !view.certain || view.has('retries')) return;
    const servers = view.servers;
    if (servers.length < 2 || !areApiServers(servers)) return;
    const raw = balance.statement.line.raw;
    const indent = raw.slice(0, balance.statement.keyword[0]?.start ?? 0);
    report(
      balance.line,
      keywordOf(balance.statement),
      say(
        'until the check notices that a server died, its share of the connections fails: "option redispatch" tries another server',
      ),
      {
        fix: {
          title: say('Add "option redispatch"'),
          edits: [
            {
              line: balance.line,
              start: raw.length,
              end: raw.length,
              newText: `\n${indent}option redispatch`,
            },
          ],
          confidence: 'review',
        },
      },
    );
  },
});
