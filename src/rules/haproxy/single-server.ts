import { say } from '../../base/message';
import { sectionRule } from './advice';
import { areApiServers } from './servers';

export const singleServer = sectionRule({
  id: 'haproxy/single-server',
  severity: 'hint',
  summary: 'A balancer of API servers knows one only: when it is down, nothing takes over.',
  sections: ['backend', 'listen'],
  settings: ['server'],

  check(view, report) {
    if (view.own('server').length !== 1 || view.own('server-template').length > 0 || !view.certain) return;
    const servers = view.servers;
    const [only] = servers;
    if (only === undefined || !areApiServers(servers)) return;
    report(
      only.line,
      only.name,
      say(
        'server "{0}" is the only API server here: when it is down, the API is gone; name the others too',
        only.name.text,
      ),
    );
  },
});
