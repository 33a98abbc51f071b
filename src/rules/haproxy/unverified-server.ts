import { say } from '../../base/message';
import { sectionRule, wholeOf } from './advice';

export const unverifiedServer = sectionRule({
  id: 'haproxy/unverified-server',
  severity: 'hint',
  summary: 'Requests are encrypted towards a server whose certificate is not looked at.',
  sections: ['global', 'backend', 'listen'],
  settings: ['server', 'server-template', 'ssl-server-verify'],

  check(view, report) {
    for (const { line, statement } of view.own('ssl-server-verify'))
      if (statement.args[0]?.text === 'none')
        report(
          line,
          wholeOf(statement),
          say('with this line no server has to prove who it is, unless its own line says "verify required"'),
        );
    if (view.type === 'global') return;
    for (const server of view.servers) {
      if (!server.has('ssl')) continue;
      const verify = server.value('verify');
      if (verify?.text !== 'none') continue;
      const { args } = server.statement;
      const own = args.indexOf(verify);
      report(
        server.line,
        own < 1 ? server.name : { start: args[own - 1]?.start ?? verify.start, end: verify.end },
        say('whoever answers at {0} is believed: name the CA with "verify required ca-file …"', server.address.text),
      );
    }
  },
});
