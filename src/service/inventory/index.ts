import { touches } from '../../base/span';
import { analyseInventory, type InventoryAnalysis } from '../../model/inventory/parse-inventory';
import { inventoryChecks } from '../../rules/inventory';
import { runRules } from '../../rules/rule';
import type { Hover } from '../language';
import { type Completion, type DocumentSymbol, language } from '../language';
import { checkInventory } from './check';
import { completeInventory } from './complete';
import { keyOf, placeAt } from './keys-at';

/** `haven.yaml`. */
export const inventory = language<InventoryAnalysis>({
  kind: 'inventory',
  analyse: ({ text }) => analyseInventory(text),
  diagnose: (analysis) => [...checkInventory(analysis), ...runRules(inventoryChecks, analysis)],
  complete: (analysis, offset): readonly Completion[] => completeInventory(analysis, offset),
  hover,
  symbols,
  links: ({ clusters }) =>
    clusters.flatMap((cluster) =>
      cluster.configs.flatMap(({ file }) => (file === undefined ? [] : [{ span: file.span, target: file.value }])),
    ),
});

function hover(analysis: InventoryAnalysis, offset: number): Hover | undefined {
  const at = placeAt(analysis, offset);
  if (at?.entry === undefined || !touches(at.entry.keySpan, offset)) return undefined;
  const key = keyOf(at.place, at.entry.key);
  if (key === undefined) return undefined;
  const example = key.example === '' ? '' : `\n\n\`${key.key}: ${key.example}\``;
  return { span: at.entry.keySpan, markdown: `**${key.key}**\n\n${key.text}${example}` };
}

function symbols({ clusters }: InventoryAnalysis): readonly DocumentSymbol[] {
  return clusters.map((cluster) => ({
    name: cluster.name?.value ?? 'cluster',
    kind: 'section',
    span: cluster.map.span,
    nameSpan: cluster.name?.span ?? cluster.map.span,
    children: cluster.nodes.flatMap((node): DocumentSymbol[] =>
      node.name === undefined
        ? []
        : [
            {
              name: node.name.value,
              detail: [node.address?.value ?? '', ...node.roles.map((role) => role.value)].join(' '),
              kind: 'node',
              span: node.map.span,
              nameSpan: node.name.span,
              children: [],
            },
          ],
    ),
  }));
}
