import { say } from '../../base/message';
import { sectionRule } from './advice';
import { checkMethodOf } from './check-without-tls';
import { areApiServers } from './servers';

export const connectOnlyCheck = sectionRule({
  id: 'haproxy/connect-only-check',
  severity: 'hint',
  summary: 'API servers are checked only by opening a connection, which says nothing about etcd behind them.',
  sections: ['backend', 'listen'],
  settings: ['server', 'server-template'],

  check(view, report) {
    if (view.facts.mode !== 'tcp') return;
    const servers = view.servers;
    if (!areApiServers(servers) || !servers.every((each) => each.has('check'))) return;
    const method = checkMethodOf(view);
    // A list of tcp-check steps may ask anything.
    if (method !== undefined && method !== 'option tcp-check') return;
    if (method !== undefined && [...view.names].some((each) => each.startsWith('tcp-check '))) return;
    const [first] = servers;
    if (first === undefined) return;
    report(
      first.line,
      first.name,
      say(
        'the check only opens a connection: an API server that hangs or lost etcd still counts as up; ask /readyz (of k3s /ping) with "option httpchk" and "check-ssl"',
      ),
    );
  },
});
