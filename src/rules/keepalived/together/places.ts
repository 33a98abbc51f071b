import type { FileEdit, Fix, Place } from '../../../base/finding';
import type { Message } from '../../../base/message';
import { lastWithin, within } from '../../../model/keepalived/analysis';
import { fileOf, type Machine, type MachineFile, type Member, type VirtualRouter } from '../../../model/vrrp/fleet';
import type { Statement, Word } from '../../../syntax/keepalived/tree';

/** The last line of `keyword` in the member's instance. */
export function settingOf(member: Member, keyword: string): Statement | undefined {
  return lastWithin(member.statement, keyword);
}

/** The value of that line, or the instance's name where there is none. */
export function settingPlace(member: Member, keyword: string): Place {
  return at(member, settingOf(member, keyword)?.words[1] ?? member.statement.words[1]);
}

export function at(member: Member, word: Word | undefined): Place {
  const place = word ?? member.statement;
  return { path: fileWith(member, place).path, span: place.span };
}

function fileWith({ machine }: Member, { item }: Word | Statement): Pick<MachineFile, 'path' | 'text'> {
  return fileOf(machine, item) ?? { path: machine.path, text: '' };
}

/** Makes the value behind `keyword` another one; a line that is not there is written before the others. */
export function valueEdit(member: Member, keyword: string, value: string): FileEdit | undefined {
  const word = settingOf(member, keyword)?.words[1];
  if (word !== undefined) return word.replaced ? undefined : { ...at(member, word), newText: value };
  return lineEdit(member, `${keyword} ${value}`);
}

/** Writes a line into the instance, before its first one and indented like that. */
function lineEdit(member: Member, line: string): FileEdit | undefined {
  const first = member.statement.block?.statements[0];
  if (first === undefined || first.expanded !== undefined) return undefined;
  const { start } = first.span;
  const { text, path } = fileWith(member, first);
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (/\S/.test(indent)) return undefined;
  return { path, span: { start, end: start }, newText: `${line}\n${indent}` };
}

/** Takes a whole line out. */
export function removalEdit(member: Member, statement: Statement): FileEdit {
  const { text, path } = fileWith(member, statement);
  const { start, end } = statement.span;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const lineBreak = text.indexOf('\n', end);
  const to = lineBreak < 0 ? text.length : lineBreak + 1;
  const alone = text.slice(from, start).trim() === '' && /^[ \t\r]*(?:[#!].*)?$/.test(text.slice(end, to).trimEnd());
  return { path, span: alone ? { start: from, end: to } : { start, end }, newText: '' };
}

export function fixOf(title: Message, edits: readonly (FileEdit | undefined)[]): readonly Fix[] {
  const whole = edits.filter((each) => each !== undefined);
  return whole.length === 0 || whole.length < edits.length ? [] : [{ title, edits: whole, confidence: 'review' }];
}

/** Each member with the first one of another machine that differs from it. */
export function* unequal<Value>(
  router: VirtualRouter,
  read: (member: Member) => Value,
): Iterable<readonly [Member, Member]> {
  for (const member of router.members) {
    const own = read(member);
    const other = router.members.find((each) => each.machine !== member.machine && read(each) !== own);
    if (other !== undefined) yield [member, other];
  }
}

/** Where the weight of a member's check is written: on the line that tracks it, else in its definition. */
export function weightPlace(member: Member, check: string): Word | undefined {
  for (const entry of trackLines(member, check)) {
    const index = entry.words.findIndex((each) => each.text === 'weight');
    if (index >= 0) return entry.words[index + 1];
  }
  const definition = definitionOf(member.machine, check);
  return definition === undefined ? undefined : lastWithin(definition, 'weight')?.words[1];
}

/** The lines that track a check, in the instance or in its sync group. */
export function trackLines(member: Member, check: string): Statement[] {
  const group = member.instance.group === undefined ? undefined : groupOf(member);
  return [member.statement, ...(group === undefined ? [] : [group])].flatMap((owner) =>
    ['track_script', 'track_process', 'track_file'].flatMap((list) =>
      within(owner, list).flatMap((each) => each.block?.statements.filter((line) => line.keyword === check) ?? []),
    ),
  );
}

function groupOf({ machine, instance }: Member): Statement | undefined {
  return machine.statements.find(
    (statement) =>
      statement.keyword === 'vrrp_sync_group' &&
      within(statement, 'group').some((each) =>
        each.block?.statements.some((line) => line.words.some((word) => word.text === instance.name)),
      ),
  );
}

const definitions = new WeakMap<Machine, ReadonlyMap<string, Statement>>();

/** The definition of a check; rules ask for it once for each of many instances. */
export function definitionOf(machine: Machine, check: string): Statement | undefined {
  let known = definitions.get(machine);
  if (known === undefined) {
    const found = new Map<string, Statement>();
    for (const statement of machine.statements) {
      const name = statement.words[1]?.text;
      if (name !== undefined && definesCheck.test(statement.keyword) && !found.has(name)) found.set(name, statement);
    }
    known = found;
    definitions.set(machine, known);
  }
  return known.get(check);
}

const definesCheck = /^(?:vrrp_script|vrrp_track_process|(?:vrrp_)?track_file)$/;
