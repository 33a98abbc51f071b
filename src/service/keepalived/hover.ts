import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Hover } from '../language';
import { describe } from './describe';
import { placeAt } from './locate';

/** What the keyword under the cursor means. */
export function hover(analysis: KeepalivedAnalysis, offset: number): Hover | undefined {
  const { context, word, index } = placeAt(analysis, offset);
  if (word === undefined || index !== 0) return undefined;
  const entry = context?.entries.get(word.text);
  if (entry === undefined) return undefined;
  return { span: word.span, markdown: describe(entry.keyword, entry.arguments) };
}
