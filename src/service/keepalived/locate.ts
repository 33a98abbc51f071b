import { touches } from '../../base/span';
import { type Context, rootContext } from '../../catalog/keepalived';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement, Tree, Word } from '../../syntax/keepalived/tree';

/** What stands at an offset: the block it is in, the line, and the word. */
export interface Place {
  readonly context: Context | undefined;
  readonly statement: Statement | undefined;
  readonly word: Word | undefined;
  /** 0 for the keyword, 1 for its first value. */
  readonly index: number;
}

/** The tree features of an editor look at: that of the first host which the file's lines name. */
export function mainTree(analysis: KeepalivedAnalysis): Tree | undefined {
  return analysis.views[0]?.tree;
}

export function placeAt(analysis: KeepalivedAnalysis, offset: number): Place {
  let context: Context | undefined = rootContext();
  let statements: readonly Statement[] = (mainTree(analysis)?.items ?? []).map((item) => item.statement);
  for (;;) {
    const inside: Statement | undefined = statements.find(
      ({ block, fullSpan }) =>
        block !== undefined &&
        block.open.end <= offset &&
        offset <= (block.close?.start ?? Math.max(fullSpan.end, offset)),
    );
    if (inside?.block === undefined) break;
    context = context?.entries.get(inside.keyword)?.opens;
    statements = inside.block.statements;
  }
  const statement = statements.find((each) => touches(each.span, offset));
  const index = statement?.words.findIndex((each) => touches(each.span, offset)) ?? -1;
  return { context, statement, word: index < 0 ? undefined : statement?.words[index], index };
}
