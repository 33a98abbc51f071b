import type { Span } from '../../base/span';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { DocumentSymbol, Fold } from '../language';
import { mainTree, placeAt, plainSpan } from './locate';

/** Every block, named after its keyword and name; addresses as leaves. */
export function symbols(analysis: KeepalivedAnalysis): readonly DocumentSymbol[] {
  return mainTree(analysis).items.flatMap((item) => symbolOf(item.statement));
}

function symbolOf(statement: Statement): DocumentSymbol[] {
  const { block, words } = statement;
  const head = words[0];
  if (block === undefined || head === undefined || statement.expanded !== undefined) return [];
  const name = words[1];
  const isList = head.text.startsWith('virtual_ipaddress');
  return [
    {
      name: name === undefined ? head.text : nameOf(words),
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

/** Of servers the address and the port, or the group; of all else what stands behind the keyword. */
function nameOf([head, name, ...rest]: readonly Word[]): string {
  const isServer = head?.text === 'virtual_server' || head?.text === 'real_server';
  return [name, ...(isServer ? rest : [])].map((each) => each?.text ?? '').join(' ');
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
  for (const item of mainTree(analysis).items) visit(item.statement);
  for (const each of analysis.text.matchAll(/^[ \t]*[#!].*(?:\r?\n[ \t]*[#!].*)+/gm))
    found.push({ span: { start: each.index, end: each.index + each[0].length }, kind: 'comment' });
  return found;
}

/** The word, the words of the line, what the block around it holds, that block with its keyword, and so on up to the file. */
export function selection(analysis: KeepalivedAnalysis, offset: number): readonly Span[] {
  const { around, statement, word } = placeAt(analysis, offset);
  const spans: Span[] = [];
  const add = (span: Span | undefined): void => {
    const inner = spans.at(-1);
    if (span === undefined || span.end <= span.start || span.start > offset || span.end < offset) return;
    if (inner !== undefined && (span.start > inner.start || span.end < inner.end)) return;
    if (inner === undefined || span.start < inner.start || span.end > inner.end) spans.push(span);
  };
  if (word !== undefined) add(plainSpan(analysis.text, word));
  add(word?.span);
  add(statement?.span);
  add(statement?.fullSpan);
  for (const each of [...around].reverse()) {
    const { block, fullSpan } = each;
    const first = block?.statements[0];
    const last = block?.statements.at(-1);
    if (first !== undefined && last !== undefined) add({ start: first.span.start, end: last.fullSpan.end });
    if (block?.close !== undefined) add({ start: block.open.start, end: block.close.end });
    add(fullSpan);
  }
  add({ start: 0, end: analysis.text.length });
  return spans;
}
