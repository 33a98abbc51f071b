import { say } from '../../base/message';
import { lastWithin, within } from '../../model/keepalived/analysis';
import type { Statement } from '../../syntax/keepalived/tree';
import type { Report } from './conformance';

/** Settings without which an object is removed. Each row: the block, and the keyword it needs. */
const needed: readonly (readonly [block: string, keyword: string])[] = [
  ['vrrp_script', 'script'],
  ['track_file', 'file'],
  ['vrrp_track_file', 'file'],
  ['vrrp_track_process', 'process'],
  ['bfd_instance', 'neighbor_ip'],
];

/** What keepalived reports when it has read all of a script, process, file, BFD session or sync group. */
export function checkObjects(statements: readonly Statement[], report: Report): void {
  const groupOf = new Map<string, string>();
  for (const statement of statements) {
    const [, name] = statement.words;
    if (name === undefined || statement.block === undefined) continue;
    for (const [block, keyword] of needed) {
      if (statement.keyword === block && lastWithin(statement, keyword) === undefined) {
        report(
          'missingSetting',
          name.span,
          say('{0} "{1}" has no {2}; keepalived drops it', block, name.text, keyword),
        );
      }
    }
    if (statement.keyword === 'vrrp_script') checkZero(statement, report);
    if (statement.keyword === 'vrrp_sync_group') checkGroup(statement, groupOf, report);
  }
}

function checkZero(script: Statement, report: Report): void {
  for (const keyword of ['interval', 'timeout']) {
    const value = lastWithin(script, keyword)?.words[1];
    if (value !== undefined && Number(value.text) === 0) {
      report('badValue', value.span, say('{0} must be greater than 0; keepalived uses 1', keyword));
    }
  }
}

function checkGroup(group: Statement, groupOf: Map<string, string>, report: Report): void {
  const name = group.words[1];
  if (name === undefined) return;
  const members = within(group, 'group').flatMap((each) => each.block?.statements.flatMap((line) => line.words) ?? []);
  if (members.length === 0) {
    report('missingSetting', name.span, say('sync group "{0}" has no members; keepalived drops it', name.text));
  } else if (members.length === 1) {
    report('missingSetting', name.span, say('sync group "{0}" has only one member', name.text), {
      severity: 'warning',
    });
  }
  for (const member of members) {
    const other = groupOf.get(member.text);
    if (other !== undefined && other !== name.text) {
      report('conflictingSettings', member.span, say('"{0}" is already in sync group "{1}"', member.text, other));
    } else groupOf.set(member.text, name.text);
  }
}
