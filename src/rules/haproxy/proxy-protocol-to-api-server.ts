import { say } from '../../base/message';
import { sectionRule } from './advice';
import { apiPorts, findParameter } from './servers';

export const proxyProtocolToApiServer = sectionRule({
  id: 'haproxy/proxy-protocol-to-api-server',
  severity: 'warning',
  summary: 'The PROXY protocol is sent to an API server, which does not speak it.',
  sections: ['backend', 'listen'],
  settings: ['server', 'server-template'],

  check(view, report) {
    const speakers = ['send-proxy', 'send-proxy-v2', 'send-proxy-v2-ssl', 'send-proxy-v2-ssl-cn'];
    for (const server of view.servers) {
      if (server.port === undefined || !apiPorts.has(server.port)) continue;
      const flag = speakers.find((each) => server.has(each));
      if (flag === undefined) continue;
      const at = findParameter(server.statement.args, flag, 2);
      const word = at < 0 ? undefined : server.statement.args[at];
      report(
        server.line,
        word ?? server.name,
        say('an API server does not know the PROXY protocol: with "{0}" every connection is broken', flag),
        word === undefined
          ? {}
          : {
              fix: {
                title: say('Remove "{0}"', flag),
                edits: [{ line: server.line, start: word.start - 1, end: word.end, newText: '' }],
                confidence: 'review',
              },
            },
      );
    }
  },
});
