import { say } from '../../base/message';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { conformance } from './conformance';
import { repeatedEntry } from './instance';

/** What is wrong with the members of one `vrrp_sync_group`. */
export function checkSyncGroup(checker: Checker, statement: Statement): void {
  const head = statement.words[0];
  if (head === undefined) return;
  const lists = statement.block?.statements.filter((each) => each.keyword === 'group') ?? [];
  const [list, second] = lists;
  if (second?.words[0] !== undefined)
    checker.reporter.add(conformance.repeatedKeyword, {
      span: second.words[0].span,
      message: say('"{0}" stands here a second time and is ignored', 'group'),
    });
  for (const { keyword, block } of statement.block?.statements ?? []) {
    if (!keyword.startsWith('track_')) continue;
    const seen = new Set<string>();
    for (const entry of block?.statements ?? []) {
      if (seen.has(entry.keyword)) repeatedEntry(checker, entry);
      seen.add(entry.keyword);
    }
  }
  if (list === undefined) return;
  const words = list.block?.statements.flatMap((each) => each.words) ?? [];
  const members = new Set(words.map((each) => each.text));
  if (members.size === 1)
    checker.reporter.add(conformance.missingSetting, {
      span: head.span,
      severity: 'warning',
      message: say('a sync group of one instance changes nothing'),
    });
  else if (members.size === 0)
    checker.reporter.add(conformance.missingSetting, {
      span: list.block?.close ?? list.words[0]?.span ?? head.span,
      message: say('"{0}" names no instance', statement.words[1]?.text ?? head.text),
    });
  for (const word of words) taken(checker, statement, word);
}

function taken(checker: Checker, statement: Statement, word: Word): void {
  const first = checker.names.groupOf(word.text);
  if (first === undefined || first === statement) return;
  checker.reporter.add(conformance.duplicateName, {
    span: word.span,
    message: say('"{0}" is in another sync group already; keepalived leaves it out here', word.text),
    related: [{ span: first.span, message: say('first used here') }],
  });
}
