import { catalogText, render, type Speak } from '../../base/message';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Signature } from '../language';
import { placeholder } from './describe';
import { listShapes } from './list-shapes';
import { placeAt } from './locate';
import { unfinishedWords } from './unfinished';

/** How the line under the cursor is written, and at which of its values the cursor stands. */
export function signature(analysis: KeepalivedAnalysis, offset: number, speak: Speak = render): Signature | undefined {
  const { context } = placeAt(analysis, offset);
  const words = unfinishedWords(analysis.text, offset);
  if (context === undefined || words === undefined) return undefined;
  const current = words.length - 1;
  if (context.block.lines === true) {
    const shape = listShapes[context.block.name];
    if (shape === undefined) return undefined;
    const parameters = shape.usage.match(/<[^>]+>/g) ?? [];
    const option = words[current - 1] ?? '';
    const named = parameters.findIndex((each) => shape.usage.includes(`${option} ${each}`));
    const active = current === 0 ? 0 : option !== '' && named >= 0 ? named : parameters.length;
    return made(shape.usage, speak(catalogText(context.block.text)), parameters, active);
  }
  const entry = context.entries.get(words[0] ?? '');
  if (entry === undefined || current === 0) return undefined;
  const text = speak(catalogText(entry.keyword.text));
  if (entry.opens !== undefined)
    return entry.opens.block.named === true && current === 1
      ? made(`${entry.keyword.name} <name>`, text, ['<name>'], 0)
      : undefined;
  if (entry.arguments.length === 0) return undefined;
  const parameters = entry.arguments.map(placeholder);
  return made([entry.keyword.name, ...parameters].join(' '), text, parameters, current - 1);
}

function made(label: string, documentation: string, parameters: readonly string[], activeParameter: number): Signature {
  return { label, documentation, parameters: parameters.map((each) => ({ label: each })), activeParameter };
}
