import { root } from '../../catalog/keepalived/catalog';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement, Word } from '../../syntax/keepalived/tree';

/** Where an offset is: the block around it, the line it is on, and the word it touches. */
export interface Place {
  readonly block: string;
  readonly statement: Statement | undefined;
  readonly word: Word | undefined;
  /** Index of the word in its line; where there is none, the index that a new word would have. */
  readonly index: number;
}

/** The place of `offset`, from the outermost block inwards. */
export function placeAt(analysis: KeepalivedAnalysis, offset: number): Place {
  let statements: readonly Statement[] = analysis.tree.items.map((each) => each.statement);
  let block = root;
  for (;;) {
    const around = statements.find((each) => {
      const open = each.block?.open;
      return open !== undefined && open.end <= offset && offset <= (each.block?.close?.start ?? each.item.end);
    });
    if (around?.block !== undefined) {
      block = around.keyword;
      statements = around.block.statements;
      continue;
    }
    const lineStart = analysis.text.lastIndexOf('\n', offset - 1) + 1;
    const statement = statements.find(
      (each) =>
        each.words.length > 0 &&
        each.span.start >= lineStart &&
        each.span.start <= offset &&
        !analysis.text.slice(each.span.start, offset).includes('\n'),
    );
    const words = statement?.words ?? [];
    const word = words.find((each) => each.start <= offset && offset <= each.end);
    const index = word === undefined ? words.filter((each) => each.end < offset).length : words.indexOf(word);
    return { block, statement, word, index };
  }
}
