import { say } from '../../base/message';
import { indentOf, keywordOf, sectionRule } from './advice';
import { areApiServers } from './servers';

export const noRedispatch = sectionRule({
  id: 'haproxy/no-redispatch',
  severity: 'hint',
  summary: 'A connection that an API server refuses is tried again on the same server only.',
  sections: ['backend', 'listen'],
  settings: ['server', 'server-template'],

  check(view, report) {
    const servers = view.servers;
    const [first] = servers;
    if (first === undefined || servers.length < 2 || !areApiServers(servers)) return;
    if (view.has('option redispatch') || !view.certain) return;
    // A hash leads to the same server on purpose.
    if (view.has('balance') && view.value('balance') === undefined) return;
    const algorithm = view.value('balance')?.[0]?.text.split('(')[0] ?? 'roundrobin';
    if (!['roundrobin', 'leastconn', 'static-rr', 'random'].includes(algorithm)) return;
    // Nothing is tried again at all.
    if (Number(view.value('retries')?.[0]?.text) === 0) return;
    const balance = view.own('balance').at(-1);
    const at = balance ?? first;
    const { raw } = at.statement.line;
    const line = `${indentOf(raw)}option redispatch`;
    report(
      at.line,
      balance === undefined ? first.name : keywordOf(balance.statement),
      say(
        'until the check notices that a server died, its share of the connections fails: "option redispatch" tries another server',
      ),
      {
        fix: {
          title: say('Add "option redispatch"'),
          edits: [
            balance === undefined
              ? { line: at.line, start: 0, end: 0, newText: `${line}\n` }
              : { line: at.line, start: raw.length, end: raw.length, newText: `\n${line}` },
          ],
          confidence: 'review',
        },
      },
    );
  },
});
