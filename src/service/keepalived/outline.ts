import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement } from '../../syntax/keepalived/tree';
import type { DocumentSymbol, Fold } from '../language';
import { mainTree } from './locate';

/** Every block, named after its keyword and name; addresses as leaves. */
export function symbols(analysis: KeepalivedAnalysis): readonly DocumentSymbol[] {
  return (mainTree(analysis)?.items ?? []).flatMap((item) => symbolOf(item.statement));
}

function symbolOf(statement: Statement): DocumentSymbol[] {
  const { block, words } = statement;
  const head = words[0];
  if (block === undefined || head === undefined || statement.expanded !== undefined) return [];
  const name = words[1];
  const isList = head.text.startsWith('virtual_ipaddress');
  return [
    {
      name: name?.text ?? head.text,
      ...(name !== undefined && { detail: head.text }),
      kind: name === undefined ? 'block' : 'section',
      span: statement.fullSpan,
      nameSpan: (name ?? head).span,
      children: isList
        ? block.statements.flatMap((each) => {
            const word = each.words[0];
            if (word === undefined) return [];
            return [{ name: word.text, kind: 'address' as const, span: each.span, nameSpan: word.span, children: [] }];
          })
        : block.statements.flatMap(symbolOf),
    },
  ];
}

/** Every block, and comments of several lines. */
export function folds(analysis: KeepalivedAnalysis): readonly Fold[] {
  const found: Fold[] = [];
  const visit = (statement: Statement) => {
    const { block } = statement;
    if (block === undefined) return;
    if (block.close !== undefined)
      found.push({ span: { start: block.open.start, end: block.close.end }, kind: 'region' });
    block.statements.forEach(visit);
  };
  for (const item of mainTree(analysis)?.items ?? []) visit(item.statement);
  for (const each of analysis.text.matchAll(/^[ \t]*[#!].*(?:\r?\n[ \t]*[#!].*)+/gm))
    found.push({ span: { start: each.index, end: each.index + each[0].length }, kind: 'comment' });
  return found;
}
