import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement } from '../../syntax/keepalived/tree';
import type { DocumentSymbol, Fold, Link } from '../language';

/** The blocks of a file and the blocks in them. */
export function symbolsOf(analysis: KeepalivedAnalysis): readonly DocumentSymbol[] {
  return analysis.tree.items.flatMap((each) => symbolOf(each.statement));
}

function symbolOf(statement: Statement): DocumentSymbol[] {
  const [first, second] = statement.words;
  if (first === undefined || statement.block === undefined) return [];
  return [
    {
      name: second?.text ?? first.text,
      ...(second !== undefined && { detail: first.text }),
      kind: 'block',
      span: statement.fullSpan,
      nameSpan: (second ?? first).span,
      children: statement.block.statements.flatMap(symbolOf),
    },
  ];
}

export function foldsOf(analysis: KeepalivedAnalysis): readonly Fold[] {
  return analysis.tree.items.flatMap((each) => foldOf(each.statement));
}

function foldOf(statement: Statement): Fold[] {
  if (statement.block === undefined) return [];
  return [{ span: statement.fullSpan, kind: 'region' }, ...statement.block.statements.flatMap(foldOf)];
}

/** Included files without wildcards: the editor can open those. */
export function linksOf(analysis: KeepalivedAnalysis): readonly Link[] {
  return analysis.tree.includes.flatMap(({ pattern, patternSpan }) =>
    /[*?{[]/.test(pattern) ? [] : [{ span: patternSpan, target: pattern }],
  );
}
