import { parseIp } from '../../base/address';
import { say } from '../../base/message';
import { readAddress } from '../../model/haproxy/values';
import { sectionRule } from './advice';

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || (parseIp(host) !== undefined && host.startsWith('127.'));
}

export const adminSocketAccess = sectionRule({
  id: 'haproxy/admin-socket-access',
  severity: 'warning',
  summary: 'A socket of the running process is open to too many, or does not say to whom.',
  sections: ['global'],
  settings: ['stats socket'],

  check(view, report) {
    for (const { line, statement } of view.own('stats socket')) {
      const [address, ...rest] = statement.args;
      if (address === undefined || statement.args.some((each) => each.open)) continue;
      const word = (name: string) => {
        const at = rest.findIndex((each) => each.text === name);
        return at < 0 ? undefined : rest[at + 1];
      };
      const level = word('level');
      const at = readAddress(address.text);
      if (!at.isPath) {
        if (at.prefix === '' && at.port === undefined) continue;
        if (isLocal(at.host)) continue;
        if (level?.text !== 'admin') {
          report(
            line,
            address,
            say(
              'everybody who reaches {0} sees sessions, tables and addresses of this process; use a unix socket or 127.0.0.1',
              address.text,
            ),
            { severity: 'hint' },
          );
          continue;
        }
        report(
          line,
          address,
          say(
            '"level admin" on an address of the network: everybody who reaches {0} may stop servers; use a unix socket or 127.0.0.1',
            address.text,
          ),
        );
        continue;
      }
      if (/^(abns|fd|sockpair)/.test(at.prefix)) continue;
      const mode = word('mode');
      if (mode !== undefined && level?.text === 'admin' && /[2367]$/.test(mode.text)) {
        report(line, mode, say('every user of this machine may stop servers through this socket: mode 660 is enough'), {
          fix: {
            title: say('Change to "{0}"', '660'),
            edits: [{ line, start: mode.start, end: mode.end, newText: '660' }],
            confidence: 'review',
          },
        });
      } else if (mode === undefined && level?.text === 'admin') {
        report(
          line,
          address,
          say('without "mode" the umask of whoever starts haproxy decides who may use this socket: say "mode 660"'),
          {
            severity: 'hint',
            fix: {
              title: say('Add "mode 660"'),
              edits: [{ line, start: address.end, end: address.end, newText: ' mode 660' }],
              confidence: 'review',
            },
          },
        );
      } else if (level === undefined && mode === undefined) {
        report(
          line,
          address,
          say('this socket has no "level": it can look and switch, but not clear or add; say which one is meant'),
          { severity: 'hint' },
        );
      }
    }
  },
});
