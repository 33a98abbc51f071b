import { catalogText, render } from '../../base/message';
import { touches } from '../../base/span';
import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import type { Hover, HoverContext } from '../language';
import { plainText } from '../markdown';
import { keyOf, placeAt } from './keys-at';
import { nodesNamedAt } from './node-names';

/** What a key is for, and which machine a name stands for. */
export function hover(
  analysis: InventoryAnalysis,
  offset: number,
  context?: HoverContext<InventoryAnalysis>,
): Hover | undefined {
  const speak = context?.speak ?? render;
  const named = nodesNamedAt(analysis, offset);
  const [node] = named?.nodes ?? [];
  if (named !== undefined && !named.isDefinition && node !== undefined) {
    const roles = node.roles.map(({ value }) => value).join(', ');
    const [name, address, what] = [named.word.value, node.address?.value ?? '', roles].map(plainText);
    return { span: named.word.span, markdown: `**${name}** ${address} (${what})` };
  }
  const at = placeAt(analysis, offset);
  if (at?.entry === undefined || !touches(at.entry.keySpan, offset)) return undefined;
  const key = keyOf(at.place, at.entry.key);
  if (key === undefined) return undefined;
  const example = key.example === '' ? '' : `\n\n\`${key.key}: ${key.example}\``;
  return { span: at.entry.keySpan, markdown: `**${key.key}**\n\n${speak(catalogText(key.text))}${example}` };
}
