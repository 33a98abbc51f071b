import { say } from '../../base/message';
import { sectionRule } from './advice';

/** What is tried first. */
const guessed: ReadonlySet<string> = new Set([
  'admin',
  'password',
  'passwd',
  'pass',
  'secret',
  'changeme',
  'haproxy',
  'root',
  'test',
  'stats',
  '1234',
  '12345',
  '123456',
  '12345678',
  '123456789',
  'admin123',
  'admin1234',
  'haproxy123',
  'letmein',
  'p@ssw0rd',
  'password1',
  'password123',
  'qwerty',
  'stats123',
  'welcome',
]);

/** A name and a password that a line sends to a server, alone or behind the name of their header. */
const credentials = /(?:^|:\s*)Basic\s+[A-Za-z0-9+/]{4,}={0,2}$/;

const sendsHeaders: readonly string[] = ['http-check send', 'http-request', 'option httpchk'];

export const clearPassword = sectionRule({
  id: 'haproxy/clear-password',
  severity: 'warning',
  summary: 'A password stands in the file for everybody who can read it, or is one that is tried first.',
  sections: ['userlist', 'frontend', 'backend', 'listen', 'defaults'],
  settings: ['user', 'stats auth', ...sendsHeaders],

  check(view, report) {
    for (const { line, statement } of view.own('user')) {
      const at = statement.args.findIndex((each) => each.text === 'insecure-password');
      const word = statement.args[at];
      if (at < 1 || word === undefined || statement.args[at + 1]?.open === true) continue;
      report(
        line,
        { start: word.start, end: statement.args[at + 1]?.end ?? word.end },
        say(
          'this password can be read by everybody who sees the file: use "password" with the output of "mkpasswd -m sha-512"',
        ),
      );
    }
    for (const { line, statement } of view.own('stats auth')) {
      const word = statement.args[0];
      if (word === undefined || word.open) continue;
      const colon = word.text.indexOf(':');
      const password = word.text.slice(colon + 1).toLowerCase();
      if (colon < 0) continue;
      if (guessed.has(password) || password === word.text.slice(0, colon).toLowerCase())
        report(line, word, say('this user and password are among the first that are tried: choose a long one'));
      else
        report(
          line,
          word,
          say(
            'this password can be read by everybody who sees the file: a userlist with "stats http-request auth" keeps its hash only',
          ),
          { severity: 'hint' },
        );
    }
    for (const name of sendsHeaders)
      for (const { line, statement } of view.own(name)) {
        if (!statement.line.raw.includes('Basic')) continue;
        const word = statement.args.find((each) => !each.open && credentials.test(each.text));
        if (word !== undefined)
          report(
            line,
            word,
            say(
              'base64 hides nothing: whoever sees the file has this user and password; take them from the environment',
            ),
          );
      }
  },
});
