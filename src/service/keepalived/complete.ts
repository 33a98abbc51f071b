import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { Names } from '../../rules/keepalived/names';
import type { Completion, Sibling } from '../language';
import { describe } from './describe';
import { mainTree, placeAt } from './locate';

/** Which definitions the entries of a list name. */
const listed: Readonly<Record<string, string>> = {
  track_script: 'vrrp_script',
  track_process: 'vrrp_track_process',
  track_file: 'track_file',
  track_bfd: 'bfd_instance',
  group: 'vrrp_instance',
};

/** Keywords of the block, names that a list may hold, and the words that a value may be. */
export function complete(
  analysis: KeepalivedAnalysis,
  offset: number,
  siblings: readonly Sibling<KeepalivedAnalysis>[],
): readonly Completion[] {
  const { context, statement, word, index } = placeAt(analysis, offset);
  const tree = mainTree(analysis);
  if (context === undefined || tree === undefined) return [];
  const lineStart = analysis.text.lastIndexOf('\n', offset - 1) + 1;
  const before = analysis.text.slice(lineStart, offset);
  if (/[#!][^"]*$/.test(before.replace(/"[^"]*"/g, ''))) return [];
  const span = word?.span ?? { start: offset, end: offset };
  const position = index >= 0 ? index : (statement ?? lineWords(before)) ? 1 + wordsBefore(before) - 1 : 0;

  const names = new Names(
    tree,
    siblings.flatMap((each) => each.analysis.views[0]?.tree ?? []),
    false,
  );
  if (context.block.lines) {
    const kind = listed[context.block.name];
    if (kind === undefined || (position > 0 && context.block.name !== 'group')) return [];
    return [...names.of(kind).keys()].map((name) => ({
      label: name,
      kind: 'reference',
      span,
      newText: name,
      detail: kind,
    }));
  }
  if (position === 0)
    return [...context.entries.values()].map(({ keyword, arguments: args, opens }) => ({
      label: keyword.name,
      kind: opens === undefined ? 'keyword' : 'section',
      span,
      newText:
        opens === undefined ? keyword.name : `${keyword.name}${opens.block.named ? ' ${1:name}' : ''} {\n\t$0\n}`,
      ...(opens !== undefined && { isSnippet: true }),
      documentation: describe(keyword, args),
      ...((keyword.deprecated ?? keyword.removed) !== undefined && { deprecated: true }),
      order: (keyword.deprecated ?? keyword.removed) === undefined ? 0 : 1,
    }));

  const keyword = before.trim().split(/\s+/)[0] ?? '';
  const argument = context.entries.get(keyword)?.arguments[position - 1];
  const values =
    argument?.type === 'enum' || argument?.type === 'ienum'
      ? (argument.parameters[0] ?? '').split('|')
      : argument?.type === 'bool'
        ? ['on', 'off']
        : [];
  const references = argument?.type === 'name' ? [...names.of(argument.parameters[0] ?? '').keys()] : [];
  return [
    ...values.map((each): Completion => ({ label: each, kind: 'value', span, newText: each })),
    ...references.map((each): Completion => ({ label: each, kind: 'reference', span, newText: each })),
  ];
}

function lineWords(before: string): boolean {
  return /\S\s/.test(before);
}

/** Words that stand whole before the cursor on its line; what a brace ends does not count. */
function wordsBefore(before: string): number {
  return (before.replace(/.*[{}]/, '').match(/\S+(?=\s)/g) ?? []).length;
}
