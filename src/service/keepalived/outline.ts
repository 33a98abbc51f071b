import type { Span } from '../../base/span';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Block, Statement, Word } from '../../syntax/keepalived/tree';
import type { DocumentSymbol, Fold } from '../language';
import { blocksIn, deepestBlock, mainTree, placeAt, plainSpan } from './locate';

/** Every block, named after its keyword and name; addresses as leaves. */
export function symbols(analysis: KeepalivedAnalysis): readonly DocumentSymbol[] {
  const found: DocumentSymbol[] = [];
  for (const { statement } of mainTree(analysis).items) addSymbol(statement, found);
  return found;
}

/** Shared by all that hold nothing: a file has tens of thousands of addresses. */
const noChildren: readonly DocumentSymbol[] = [];

function addSymbol(statement: Statement, to: DocumentSymbol[], depth = 0): void {
  const { block, words } = statement;
  const head = words[0];
  if (block === undefined || head === undefined || statement.expanded !== undefined) return;
  const children: DocumentSymbol[] = [];
  if (head.text.startsWith('virtual_ipaddress')) addAddresses(block, children);
  else if (depth < deepestBlock)
    for (const each of block.statements) if (each.block !== undefined) addSymbol(each, children, depth + 1);
  const span = statement.fullSpan;
  const name = words[1];
  if (name === undefined) to.push({ name: head.text, kind: 'block', span, nameSpan: head.span, children });
  else to.push({ name: nameOf(words), detail: head.text, kind: 'section', span, nameSpan: name.span, children });
}

function addAddresses(list: Block, to: DocumentSymbol[]): void {
  for (const { words, span } of list.statements) {
    const [word] = words;
    if (word !== undefined)
      to.push({ name: word.text, kind: 'address', span, nameSpan: word.span, children: noChildren });
  }
}

/** Of servers the address and the port, or the group; of all else what stands behind the keyword. */
function nameOf(words: readonly Word[]): string {
  const [head, name] = words;
  const isServer = head?.text === 'virtual_server' || head?.text === 'real_server';
  if (!isServer) return name?.text ?? '';
  return words
    .slice(1)
    .map((each) => each.text)
    .join(' ');
}

/** Every block, and comments of several lines. */
export function folds(analysis: KeepalivedAnalysis): readonly Fold[] {
  const found: Fold[] = [];
  for (const { open, close } of blocksIn(mainTree(analysis)))
    if (close !== undefined) found.push({ span: { start: open.start, end: close.end }, kind: 'region' });
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
