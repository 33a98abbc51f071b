import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement } from '../../syntax/keepalived/tree';
import type { Hover } from '../language';
import { describe } from './describe';
import { listShapes } from './list-shapes';
import { placeAt } from './locate';
import { type NameAt, nameAt } from './names';

/** Longer definitions are shown in part. */
const mostLines = 16;

/** What the word under the cursor means: a keyword, a value of one, or what a name stands for. */
export function hover(analysis: KeepalivedAnalysis, offset: number): Hover | undefined {
  const name = nameAt(analysis, offset);
  if (name !== undefined && !name.isDefinition) {
    const markdown = definitionText(analysis, name);
    if (markdown !== undefined) return { span: name.span, markdown };
  }
  const { context, statement, word, index } = placeAt(analysis, offset);
  if (word === undefined || context === undefined || statement === undefined) return undefined;
  if (context.block.lines === true) {
    const shape = listShapes[context.block.name];
    return shape && { span: word.span, markdown: `\`${shape.usage}\`\n\n${context.block.text}` };
  }
  const entry = context.entries.get(statement.keyword);
  if (entry === undefined || (index > 0 && entry.opens !== undefined)) return undefined;
  return { span: word.span, markdown: describe(entry.keyword, entry.arguments) };
}

/** The block that gives the name, or the values of a `$DEFINITION`. */
function definitionText({ text, views }: KeepalivedAnalysis, { kind, name }: NameAt): string | undefined {
  const lines: string[] = [];
  for (const { tree } of views) {
    if (kind === 'definition')
      lines.push(...tree.definitions.flatMap((each) => (each.name === name ? [`$${name}=${each.value}`] : [])));
    else
      lines.push(
        ...tree.items.flatMap(({ statement }) => (gives(statement, kind, name) ? [linesOf(text, statement)] : [])),
      );
  }
  const all = [...new Set(lines)].join('\n').split('\n');
  if (lines.length === 0) return undefined;
  const shown = all.length > mostLines ? [...all.slice(0, mostLines), '…'] : all;
  return `\`\`\`keepalived\n${shown.join('\n')}\n\`\`\``;
}

const gives = ({ keyword, words }: Statement, kind: string, name: string): boolean =>
  (keyword === kind || (kind === 'track_file' && keyword === 'vrrp_track_file')) && words[1]?.text === name;

function linesOf(text: string, { fullSpan }: Statement): string {
  return text.slice(fullSpan.start, fullSpan.end);
}
