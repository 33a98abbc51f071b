import { say } from '../../base/message';
import { withoutTrailing } from '../../base/trailing';
import { fileRule } from './advice';

/** The services of Debian and Ubuntu show the log of the system below the folder that their packages make. */
const isThere = (root: string, path: string): boolean =>
  path === '/dev/log' && withoutTrailing(root, /\//) === '/var/lib/haproxy';

export const pathOutsideChroot = fileRule({
  id: 'haproxy/path-outside-chroot',
  severity: 'warning',
  summary: 'A path that is opened while haproxy runs is looked for below its `chroot`.',

  checkFile({ analysis, siblings, summarised, ofType, view }, reportIn) {
    let root: string | undefined;
    for (const each of [analysis, ...siblings])
      for (const section of each.sections) {
        if (section.type !== 'global') continue;
        for (let line = section.header + 1; line < section.end; line++) {
          const statement = each.statements[line];
          if (statement?.directive?.name === 'chroot') root = statement.args[0]?.text;
        }
      }
    if (root === undefined || root === '/') return;
    for (const { section, summary } of summarised)
      for (const { line, word, host } of summary.sockets)
        reportIn(section)(line, word, say('this socket is looked for at {0}, because of "chroot"', root + host), {
          severity: host.startsWith(`${root}/`) ? 'warning' : 'hint',
        });
    for (const section of analysis.sections) {
      if (!section.facts.settings.own.has('external-check command')) continue;
      for (const { line, statement } of view(section).own('external-check command')) {
        const word = statement.args[0];
        if (word?.open === false && word.text.startsWith('/'))
          reportIn(section)(
            line,
            word,
            say(
              'this program is looked for at {0}, because of "chroot": every server is down where none is there',
              root + word.text,
            ),
          );
      }
    }
    for (const section of ofType('global'))
      for (const { line, statement } of view(section).own('log')) {
        const word = statement.args[0];
        if (word === undefined || !word.text.startsWith('/') || isThere(root, word.text)) continue;
        reportIn(section)(
          line,
          word,
          say(
            'this socket is looked for at {0}, because of "chroot": what is logged is lost where none is there',
            root + word.text,
          ),
          { severity: 'hint' },
        );
      }
  },
});
