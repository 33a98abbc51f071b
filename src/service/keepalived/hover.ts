import { catalogText, render } from '../../base/message';
import { touches } from '../../base/span';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement } from '../../syntax/keepalived/tree';
import type { Hover, HoverContext } from '../language';
import { codeBlock } from '../markdown';
import { describe } from './describe';
import { describeInclude, includeKeywords } from './includes';
import { listShapes } from './list-shapes';
import { placeAt } from './locate';
import { type NameAt, nameAt } from './names';

/** Longer definitions are shown in part. */
const mostLines = 16;

/** What the word under the cursor means: a keyword, a value of one, or what a name stands for. */
export function hover(
  analysis: KeepalivedAnalysis,
  offset: number,
  context?: HoverContext<KeepalivedAnalysis>,
): Hover | undefined {
  const name = nameAt(analysis, offset);
  if (name !== undefined && (name.kind === 'definition' || !name.isDefinition)) {
    const files = [analysis, ...(context?.siblings ?? []).map((each) => each.analysis)];
    const markdown = definitionText(files, name);
    if (markdown !== undefined) return { span: name.span, markdown };
  }
  const speak = context?.speak ?? render;
  const include = analysis.views
    .flatMap(({ tree }) => tree.includes)
    .find(({ keywordSpan }) => touches(keywordSpan, offset));
  const kind = includeKeywords.find(({ keyword }) => keyword === include?.keyword);
  if (include !== undefined && kind !== undefined)
    return { span: include.keywordSpan, markdown: describeInclude(kind, speak) };
  const { context: block, statement, word, index } = placeAt(analysis, offset);
  if (word === undefined || block === undefined || statement === undefined) return undefined;
  if (block.block.lines === true) {
    const shape = listShapes[block.block.name];
    return shape && { span: word.span, markdown: `\`${shape.usage}\`\n\n${speak(catalogText(block.block.text))}` };
  }
  const entry = block.entries.get(statement.keyword);
  if (entry === undefined || (index > 0 && entry.opens !== undefined)) return undefined;
  return { span: word.span, markdown: describe(entry.keyword, entry.arguments, speak) };
}

/** The block that gives the name, or the values of a `$DEFINITION`. */
function definitionText(files: readonly KeepalivedAnalysis[], { kind, name }: NameAt): string | undefined {
  const lines: string[] = [];
  for (const { text, views } of files)
    for (const { tree } of views) {
      for (const each of tree.definitions)
        if (kind === 'definition' && each.name === name) lines.push(`$${name}=${each.value}`);
      for (const { statement } of tree.items) if (gives(statement, kind, name)) lines.push(linesOf(text, statement));
    }
  const all = [...new Set(lines)].join('\n').split('\n');
  if (lines.length === 0) return undefined;
  const shown = all.length > mostLines ? [...all.slice(0, mostLines), '…'] : all;
  return codeBlock('keepalived', shown.join('\n'));
}

const gives = ({ keyword, words }: Statement, kind: string, name: string): boolean =>
  (keyword === kind || (kind === 'track_file' && keyword === 'vrrp_track_file')) && words[1]?.text === name;

function linesOf(text: string, { fullSpan }: Statement): string {
  return text.slice(fullSpan.start, fullSpan.end);
}
