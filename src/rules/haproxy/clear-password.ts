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
]);

export const clearPassword = sectionRule({
  id: 'haproxy/clear-password',
  severity: 'warning',
  summary: 'A password stands in the file for everybody who can read it, or is one that is tried first.',
  sections: ['userlist', 'frontend', 'backend', 'listen', 'defaults'],
  settings: ['user', 'stats auth'],

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
      if (colon < 0 || (!guessed.has(password) && password !== word.text.slice(0, colon).toLowerCase())) continue;
      report(line, word, say('this user and password are among the first that are tried: choose a long one'));
    }
  },
});
