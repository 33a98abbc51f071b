import { blockIn, keywordIn, namesIn } from '../../catalog/keepalived/catalog';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Completion } from '../language';
import { placeAt } from './place';

/** Blocks that list names of other blocks, and which ones. */
const listed: Readonly<Record<string, readonly string[]>> = {
  track_script: ['vrrp_script'],
  track_process: ['vrrp_track_process'],
  track_file: ['track_file', 'vrrp_track_file'],
  track_bfd: ['bfd_instance'],
  group: ['vrrp_instance'],
};

/** Keywords of the block, values of the keyword, or names that the list of lines takes. */
export function completeKeepalived(analysis: KeepalivedAnalysis, offset: number): readonly Completion[] {
  const { block, statement, word, index } = placeAt(analysis, offset);
  const span = word?.span ?? { start: offset, end: offset };
  const kinds = listed[block];
  if (kinds !== undefined && index === 0) {
    return namesOf(analysis, kinds).map((label) => ({ label, kind: 'reference', span, newText: label }));
  }
  if (index === 0) {
    return namesIn(block).map((label) => {
      const inner = blockIn(block, label);
      const keyword = keywordIn(block, label);
      const isBlock = inner !== undefined && (keyword === undefined || keyword.kind === 'block');
      return {
        label,
        kind: isBlock ? 'section' : 'keyword',
        span,
        newText: isBlock ? blockText(label, inner.named) : label,
        isSnippet: isBlock,
        documentation: keyword?.text ?? inner?.text ?? '',
        deprecated: keyword?.deprecated !== undefined,
        order: keyword?.deprecated === undefined ? 5 : 9,
      } satisfies Completion;
    });
  }
  const keyword = statement === undefined ? undefined : keywordIn(block, statement.keyword);
  const spec = keyword?.args[Math.min(index - 1, (keyword.args.length || 1) - 1)];
  const values = spec?.type === 'bool' ? ['on', 'off'] : (spec?.values ?? []);
  return values.map((label) => ({ label, kind: 'value', span, newText: label }));
}

function blockText(name: string, named: boolean): string {
  return named ? `${name} \${1:NAME} {\n\t$0\n}` : `${name} {\n\t$0\n}`;
}

function namesOf(analysis: KeepalivedAnalysis, kinds: readonly string[]): string[] {
  const names = analysis.tree.items.flatMap(({ statement }) => {
    const name = statement.words[1]?.text;
    return kinds.includes(statement.keyword) && name !== undefined ? [name] : [];
  });
  return [...new Set(names)];
}
