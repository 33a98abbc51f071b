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
  if (at?.entry === undefined) return undefined;
  const { keySpan, value } = at.entry;
  const values = (value.kind === 'list' ? value.items : [value]).filter((each) => each.kind === 'scalar');
  const span = [keySpan, ...values.map((each) => each.span)].find((each) => touches(each, offset));
  const key = keyOf(at.place, at.entry.key);
  if (key === undefined || span === undefined) return undefined;
  const example = key.example === '' ? '' : `\n\n\`${key.key}: ${key.example}\``;
  return { span, markdown: `**${key.key}**\n\n${speak(catalogText(key.text))}${example}` };
}
