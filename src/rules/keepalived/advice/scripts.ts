import { say } from '../../../base/message';
import { scriptWords } from '../../../syntax/keepalived/script-words';
import type { Statement, Word } from '../../../syntax/keepalived/tree';
import type { RuleInfo } from '../../rule';
import type { Checker } from '../checker';
import type { Settings } from '../settings';
import { removal } from './instance';

export const scriptAdvice = {
  relativeCommand: {
    id: 'keepalived/relative-command',
    severity: 'hint',
    summary: 'A command is looked for along the path that keepalived happens to have.',
  },
  insecurePath: {
    id: 'keepalived/insecure-script-path',
    severity: 'warning',
    summary: 'A script lies where others than root may write, so keepalived does not run it as root.',
  },
  timeoutAboveInterval: {
    id: 'keepalived/timeout-above-interval',
    severity: 'warning',
    summary: 'The timeout of a check is longer than its interval, so several runs of it overlap.',
  },
  mayHang: {
    id: 'keepalived/check-may-hang',
    severity: 'hint',
    summary: 'A check asks over the network without a limit of its own.',
  },
  followsAddress: {
    id: 'keepalived/check-follows-address',
    severity: 'warning',
    summary: 'A check asks the virtual address, which is on whichever node holds it.',
  },
  initFail: {
    id: 'keepalived/init-fail',
    severity: 'hint',
    summary: '`init_fail` has no effect on a tracked script.',
  },
  pollsProcess: {
    id: 'keepalived/polls-process',
    severity: 'hint',
    summary: 'A script looks for a process again and again, which `vrrp_track_process` is told by the kernel.',
  },
  secretInScript: {
    id: 'keepalived/secret-in-script',
    severity: 'hint',
    summary: 'A command has a secret among its arguments, where every process list shows it.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;

const secret =
  /(?:\bBearer\s+|--?(?:password|token|pass)[= ]|\b(?:password|token)=)[^\s'"$]{4,}|:\/\/[^\s/:@]+:[^\s'"@$/]{4,}@/i;

/** What keepalived says nothing about in a `vrrp_script`. */
export function adviseScript(checker: Checker, settings: Settings): void {
  const line = settings.get('script');
  const { reporter } = checker;
  const initFail = settings.get('init_fail');
  if (initFail !== undefined)
    reporter.add(scriptAdvice.initFail, {
      span: initFail.span,
      message: say('the first result of a tracked script counts whatever init_fail says'),
      tag: 'unnecessary',
      fixes: removal(checker, initFail, say('Remove {0}', 'init_fail')),
    });
  const timeout = settings.value('timeout');
  const interval = Number(settings.value('interval')?.text ?? 1);
  if (timeout !== undefined && Number(timeout.text) > interval)
    reporter.add(scriptAdvice.timeoutAboveInterval, {
      span: timeout.span,
      message: say(
        'a run may take {0} s but the next begins after {1} s: up to keepalived 2.3.2 they overlap',
        timeout.text,
        interval,
      ),
    });
  if (line === undefined || line.expanded !== undefined) return;
  const text = line.words
    .slice(1)
    .map((each) => each.text)
    .join(' ');
  const inner = scriptWords(text) ?? [];
  const program = inner[0]?.text ?? '';
  const name = program.replace(/^.*\//, '');
  const place = line.words[1] ?? line.words[0];
  if (place === undefined) return;
  pathOf(checker, place, program, settings.value('user')?.text ?? checker.names.scriptUser);
  if (name === 'killall')
    pollsProcess(
      checker,
      place,
      inner.map((each) => each.text),
    );
  if (timeout === undefined && name === 'curl' && !/\s(?:-m\s?\d|--max-time|--connect-timeout)/.test(text))
    reporter.add(scriptAdvice.mayHang, {
      span: place.span,
      message: say(
        'curl waits as long as the server lets it; add "--max-time" so that the check fails by itself, before {0} s are over',
        interval,
      ),
    });
  secretIn(checker, line);
  followsAddress(checker, line, text);
}

/** keepalived itself warns of a name without a slash only when it runs (`check_script_secure` in lib/notify.c). */
function pathOf(checker: Checker, place: Word, program: string, user: string | undefined): void {
  if (program === '' || /[$`]/.test(program)) return;
  if (/^[\w.-]+$/.test(program))
    checker.reporter.add(scriptAdvice.relativeCommand, {
      span: place.span,
      message: say('"{0}" is looked for along the path; write where it lies, beginning with "/"', program),
    });
  else if (/^\/home\//.test(program) && checker.names.scriptSecurity && user === 'root')
    checker.reporter.add(scriptAdvice.insecurePath, {
      span: place.span,
      message: say(
        'with enable_script_security a script below "{0}" is not run as root, so the check is off; put it below /etc/keepalived',
        /^\/[^/]+/.exec(program)?.[0] ?? program,
      ),
    });
}

function pollsProcess(checker: Checker, place: Word, words: readonly string[]): void {
  const plain = words.filter((each) => !each.startsWith('-'));
  if (plain.length !== 2 || !words.includes('-0')) return;
  checker.reporter.add(scriptAdvice.pollsProcess, {
    span: place.span,
    message: say('vrrp_track_process is told at once when {0} ends, without a script', plain[1] ?? ''),
  });
}

function secretIn(checker: Checker, line: Statement): void {
  for (const word of line.words.slice(1)) {
    if (word.replaced || !secret.test(word.text)) continue;
    checker.reporter.add(scriptAdvice.secretInScript, {
      span: word.span,
      message: say(
        'the command holds a secret: every process list on the machine shows it; read it from a file of mode 0600',
      ),
    });
    return;
  }
}

function followsAddress(checker: Checker, line: Statement, text: string): void {
  if (!/\d\.\d{1,3}\.\d{1,3}\.\d|:[0-9a-f]{0,4}:/i.test(text)) return;
  for (const { statement } of checker.tree.items) {
    if (statement.keyword !== 'vrrp_instance') continue;
    for (const list of statement.block?.statements ?? []) {
      if (list.keyword !== 'virtual_ipaddress') continue;
      for (const entry of list.block?.statements ?? []) {
        const address = entry.keyword.split('/')[0] ?? '';
        const at = address === '' ? -1 : text.indexOf(address);
        if (at < 0 || /[\d.]/.test(text[at + address.length] ?? '') || /[\d.]/.test(text[at - 1] ?? '')) continue;
        checker.reporter.add(scriptAdvice.followsAddress, {
          span: (line.words[1] ?? line).span,
          message: say(
            'the check asks {0}, which this node has only while it holds it: ask 127.0.0.1, the service of this node',
            address,
          ),
          related: [{ span: entry.span, message: say('the virtual address is here') }],
        });
        return;
      }
    }
  }
}
