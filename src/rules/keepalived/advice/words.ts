import { say } from '../../../base/message';
import type { Entry } from '../../../catalog/keepalived';
import type { Statement } from '../../../syntax/keepalived/tree';
import type { RuleInfo } from '../../rule';
import type { Checker } from '../checker';

export const wordAdvice = {
  surplusWords: {
    id: 'keepalived/surplus-words',
    severity: 'warning',
    summary: 'Words stand behind a setting that keepalived does not look at.',
  },
  commentCutsValue: {
    id: 'keepalived/comment-cuts-value',
    severity: 'warning',
    summary: 'A `#` or `!` inside of a value begins a comment, so the rest of the value is gone.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;

/** Types of which a setting has exactly one word; behind others more may follow than the catalog says. */
const single = new Set(['int', 'float', 'bool', 'enum', 'ip', 'interface', 'mac']);
const off = /^(?:off|no|false|0)$/;

/** Looks at what keepalived drops of a line without a word. */
export function adviseWords(checker: Checker, statement: Statement, entry: Entry): void {
  const { words } = statement;
  const head = words[0];
  const last = words[words.length - 1];
  if (head === undefined || last === undefined || statement.expanded !== undefined) return;
  cutByComment(checker, last.end, last.quoted);
  const { arguments: expected } = entry;
  const surplus = words[expected.length + 1];
  if (surplus === undefined) return;
  const type = expected[expected.length - 1]?.type;
  if (type !== undefined && !single.has(type)) return;
  const span = { start: surplus.start, end: last.end };
  const fixes = [
    {
      title: say('Remove what is not looked at'),
      edits: [{ span: { start: words[expected.length]?.end ?? surplus.start, end: last.end }, newText: '' }],
      confidence: 'review' as const,
    },
  ];
  if (expected.length === 0 && off.test(surplus.text))
    checker.reporter.add(wordAdvice.surplusWords, {
      span,
      message: say('"{0}" is on as soon as it stands here; "{1}" is not looked at', head.text, surplus.text),
      fixes: [],
    });
  else
    checker.reporter.add(wordAdvice.surplusWords, {
      span,
      message: say(
        'keepalived does not look at "{0}" behind "{1}": one setting stands on a line',
        surplus.text,
        head.text,
      ),
      fixes,
    });
}

function cutByComment(checker: Checker, end: number, quoted: boolean): void {
  const char = checker.text.charCodeAt(end);
  if ((char !== 35 && char !== 33) || quoted) return;
  const rest = /^[#!]+\S*/.exec(checker.text.slice(end, end + 200))?.[0] ?? '';
  // A comment that was only set too close begins with a blank.
  if (!/[A-Za-z0-9]/.test(rest)) return;
  checker.reporter.add(wordAdvice.commentCutsValue, {
    span: { start: end, end: end + rest.length },
    message: say('"{0}" is a comment to keepalived: put the whole value in double quotes', rest),
  });
}
