import { type Span, touches } from '../../base/span';
import { type Context, rootContext } from '../../catalog/keepalived';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { firstEndingBehind } from '../../syntax/keepalived/parse';
import type { Block, Item, Statement, Tree, Word } from '../../syntax/keepalived/tree';

/** No real file has so many blocks inside each other; what lies deeper is not gone into, so that no text is too deep. */
export const deepestBlock = 200;

/** What stands at an offset: the block it is in, the line, and the word. */
export interface Place {
  readonly tree: Tree;
  /** The blocks around it, the outermost first. */
  readonly around: readonly Statement[];
  /** What the innermost block may hold; undefined where that block is unknown. */
  readonly context: Context | undefined;
  readonly statement: Statement | undefined;
  readonly word: Word | undefined;
  /** 0 for the keyword, 1 for its first value; -1 where no word is touched. */
  readonly index: number;
}

/** The tree features of an editor look at: that of the first host which the file's lines name. */
export function mainTree(analysis: KeepalivedAnalysis): Tree {
  return analysis.views[0]?.tree ?? analysis.tree;
}

/** The place as the first host sees it that reads the line; lines for other hosts are in their trees only. */
export function placeAt(analysis: KeepalivedAnalysis, offset: number): Place {
  let first: Place | undefined;
  for (const { tree } of analysis.views) {
    const place = placeIn(tree, offset);
    if (place.statement !== undefined) return place;
    first ??= place;
  }
  return first ?? placeIn(analysis.tree, offset);
}

function placeIn(tree: Tree, offset: number): Place {
  const around: Statement[] = [];
  let context: Context | undefined = rootContext();
  let statements = itemsAround(tree, offset).map((item) => item.statement);
  for (;;) {
    const inside: Statement | undefined = statements.find(
      ({ block, fullSpan }) =>
        block !== undefined &&
        block.open.end <= offset &&
        offset <= (block.close?.start ?? Math.max(fullSpan.end, offset)),
    );
    if (inside?.block === undefined) break;
    around.push(inside);
    context = context?.entries.get(inside.keyword)?.opens;
    statements = inside.block.statements;
  }
  const statement = statements.find((each) => touches(each.span, offset));
  const index = statement?.words.findIndex((each) => touches(each.span, offset)) ?? -1;
  return { tree, around, context, statement, word: index < 0 ? undefined : statement?.words[index], index };
}

/** The items that may hold `offset`: those around it, and the last one, whose block may still be open. */
export function itemsAround({ items }: Tree, offset: number): readonly Item[] {
  // A definition of several lines makes several items of one place.
  const found: Item[] = [];
  for (let i = firstEndingBehind(items, offset); i < items.length; i++) {
    const item = items[i];
    if (item === undefined || item.start > offset) break;
    found.push(item);
  }
  const last = items.at(-1);
  if (found.length === 0 && last !== undefined && last.start <= offset) found.push(last);
  return found;
}

/** Every block, each before those in it. Blocks may lie in each other deeper than functions can. */
export function blocksIn({ items }: Tree): readonly Block[] {
  const found: Block[] = [];
  for (const { statement } of items) {
    const waiting = statement.block === undefined ? [] : [statement.block];
    for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
      found.push(block);
      for (let i = block.statements.length - 1; i >= 0; i--) {
        const inner = block.statements[i]?.block;
        if (inner !== undefined) waiting.push(inner);
      }
    }
  }
  return found;
}

/** Where the text of a word stands, its quotes left out; undefined where the file shows something else. */
export function plainSpan(text: string, { span, text: value, replaced }: Word): Span | undefined {
  if (replaced) return undefined;
  const written = text.slice(span.start, span.end);
  if (written === value) return span;
  return written === `"${value}"` ? { start: span.start + 1, end: span.end - 1 } : undefined;
}
