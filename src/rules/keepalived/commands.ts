import { type Message, say } from '../../base/message';
import { type ScriptWord, scriptWords } from '../../syntax/keepalived/script-words';
import type { Statement } from '../../syntax/keepalived/tree';
import type { RuleInfo } from '../rule';
import type { Checker } from './checker';

export const unquotedArguments: RuleInfo = {
  id: 'keepalived/unquoted-arguments',
  severity: 'warning',
  summary: 'Arguments of a script are not quoted together with it, so keepalived runs it without them.',
};

export const shellSyntax: RuleInfo = {
  id: 'keepalived/shell-syntax',
  severity: 'warning',
  summary: 'A command uses the syntax of a shell, but keepalived runs it without one.',
};

export const noScriptSecurity: RuleInfo = {
  id: 'keepalived/no-script-security',
  severity: 'warning',
  summary: 'Scripts are run, but `enable_script_security` is not set.',
  absence: true,
};

export const pidofRunsKillall5: RuleInfo = {
  id: 'keepalived/pidof-runs-killall5',
  severity: 'warning',
  summary:
    'A script is `pidof`, which keepalived runs under another name on Debian and Ubuntu, so that it always fails.',
};

const scriptsWithUser = /^(?:notify(?:_\w+)?|quorum_(?:up|down)|startup_script|shutdown_script)$/;

/** Looks at one command: what keepalived would really run. `words` are those of its line. */
export function checkCommand(checker: Checker, statement: Statement, words: readonly ScriptWord[]): void {
  const own = words[1];
  const rest = words.slice(2);
  if (own === undefined || statement.expanded !== undefined) return;
  const offset = statement.span.start;
  const limit = scriptsWithUser.test(statement.keyword) ? 2 : 0;
  const first = rest[0];
  const asUser =
    rest.length <= limit && rest.every((each) => /^[a-z_][a-z0-9_-]*\$?$/i.test(each.text) || /^\d+$/.test(each.text));
  if (first !== undefined && !asUser) {
    const span = { start: offset + first.start, end: offset + (rest.at(-1)?.end ?? first.end) };
    const whole = { start: offset + own.start, end: span.end };
    const text = checker.text.slice(whole.start, whole.end);
    checker.reporter.add(unquotedArguments, {
      span,
      message: say('these words do not reach the script: put the whole command in double quotes'),
      fixes: /["'\\]/.test(text)
        ? []
        : [
            {
              title: say('Quote the whole command'),
              edits: [{ span: whole, newText: `"${text}"` }],
              confidence: 'review',
            },
          ],
    });
  }
  const inner = scriptWords(own.text);
  const inside = checker.text.slice(offset + own.start, offset + own.end).indexOf(own.text);
  if (inner !== undefined && inside >= 0) pidof(checker, inner, offset + own.start + inside);
  if (inner === undefined || inner[0] === undefined || /(?:^|\/)(?:ba|da|z|k|a)?sh$/.test(inner[0].text)) return;
  const found = shellWord(
    own.text,
    inner.map((each) => each.text),
  );
  if (found !== undefined)
    checker.reporter.add(shellSyntax, { span: { start: offset + own.start, end: offset + own.end }, message: found });
}

/**
 * keepalived resolves symbolic links before it runs a script (lib/notify.c, check_script_secure), and Debian's pidof is a
 * link to killall5, which goes by the name it is called with: it wants a signal, and ends with 1 whatever runs.
 */
function pidof(checker: Checker, words: readonly ScriptWord[], offset: number): void {
  const [program, name, ...more] = words;
  if (program === undefined || !/^(?:\/(?:usr\/)?s?bin\/)?pidof$/.test(program.text)) return;
  const end = (more.at(-1) ?? name ?? program).end;
  const plain = name !== undefined && more.length === 0 && /^[\w.-]+$/.test(name.text) && !name.text.startsWith('-');
  const span = { start: offset + program.start, end: offset + end };
  checker.reporter.add(pidofRunsKillall5, {
    span,
    message: say(
      'on Debian and Ubuntu pidof is a link to killall5, and keepalived runs that: this check always fails there; use pgrep -x or a vrrp_track_process',
    ),
    fixes: plain
      ? [
          {
            title: say('Use pgrep -x {0}', name.text),
            edits: [{ span, newText: `/usr/bin/pgrep -x ${name.text}` }],
            confidence: 'review',
          },
        ]
      : [],
  });
}

function shellWord(command: string, words: readonly string[]): Message | undefined {
  const operator = words.find(
    (each) => /^(?:\|\|?|&&?|;|\d?>{1,2}\S*|<)$/.test(each) || /^\d?>{1,2}(?:\/|&\d)/.test(each),
  );
  const found = operator ?? /`|\$\(/.exec(command)?.[0];
  if (found === undefined) return undefined;
  return say('"{0}" means something to a shell only, and there is none: use /bin/sh -c \'…\' or a script file', found);
}
