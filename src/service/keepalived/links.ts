import { type Context, rootContext } from '../../catalog/keepalived';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { scriptWords } from '../../syntax/keepalived/script-words';
import { lineOf, type Statement } from '../../syntax/keepalived/tree';
import type { Link } from '../language';
import { deepestBlock, plainSpan } from './locate';

/** Included files without wildcards, scripts, and the other files that keepalived reads. */
export function links(analysis: KeepalivedAnalysis): readonly Link[] {
  const found = new Map<number, Link>();
  const add = (link: Link): void => {
    if (!found.has(link.span.start)) found.set(link.span.start, link);
  };
  for (const { tree } of analysis.views) {
    for (const { pattern, patternSpan } of tree.includes)
      if (!/[*?{[]/.test(pattern)) add({ span: patternSpan, target: pattern });
    for (const { statement } of tree.items) readStatement(analysis.text, statement, rootContext(), add);
  }
  return [...found.values()].sort((a, b) => a.span.start - b.span.start);
}

function readStatement(
  text: string,
  statement: Statement,
  context: Context | undefined,
  add: (link: Link) => void,
  depth = 0,
): void {
  const entry = context?.entries.get(statement.keyword);
  for (const [index, { type }] of (entry?.arguments ?? []).entries()) {
    if (type === 'script') addProgram(text, statement, add);
    const word = statement.words[index + 1];
    const span = type === 'path' && word !== undefined ? plainSpan(text, word) : undefined;
    if (span !== undefined && word?.text.startsWith('/') === true) add({ span, target: word.text });
  }
  if (depth < deepestBlock)
    for (const each of statement.block?.statements ?? []) readStatement(text, each, entry?.opens, add, depth + 1);
}

/** The program of a command, and a script that a shell or an interpreter is to run. */
function addProgram(text: string, statement: Statement, add: (link: Link) => void): void {
  if (statement.expanded !== undefined) return;
  const command = scriptWords(lineOf(statement, text))?.[1];
  const inner = scriptWords(command?.text ?? '');
  if (command === undefined || inner === undefined) return;
  const start = statement.span.start + command.start;
  for (const { text: target } of inner.slice(0, 2)) {
    const at = text.slice(start, statement.span.start + command.end).indexOf(target);
    if (/^\/[^\s"'\\]+$/.test(target) && at >= 0)
      add({ span: { start: start + at, end: start + at + target.length }, target });
    else if (!target.startsWith('/')) return;
  }
}
