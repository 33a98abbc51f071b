import { analyseInventory, type InventoryAnalysis } from '../../model/inventory/parse-inventory';
import { inventoryChecks } from '../../rules/inventory';
import { runRules } from '../../rules/rule';
import { beforeDamage } from '../../rules/yaml-problem';
import { type DocumentSymbol, language } from '../language';
import { formatYaml } from '../yaml/format';
import { yamlFolds, yamlSelection } from '../yaml/structure';
import { checkInventory } from './check';
import { completeInventory } from './complete';
import { hover } from './hover';
import { checkNodeName, definitionsOfNode, nodeNameAt, referencesToNode } from './node-names';
import { tokens } from './tokens';

/** `haven.yaml`. */
export const inventory = language<InventoryAnalysis>({
  kind: 'inventory',
  analyse: ({ text }) => analyseInventory(text),
  diagnose(analysis) {
    const { text, document } = analysis;
    const whole = { span: { start: 0, end: text.length + 1 }, problems: document.problems };
    return beforeDamage([...checkInventory(analysis), ...runRules(inventoryChecks, analysis)], text, [whole]);
  },
  complete: (analysis, offset, _siblings, speak) => completeInventory(analysis, offset, speak),
  hover,
  definition: definitionsOfNode,
  references: referencesToNode,
  renameable: nodeNameAt,
  checkName: checkNodeName,
  symbols,
  folds: ({ text, document }) => yamlFolds(text, [document.root]),
  selection: ({ text, document }, offset) => yamlSelection(text, document.root, offset),
  format: ({ text, document }, options, range) => formatYaml(text, [document.root], options, range),
  tokens,
  links: ({ clusters }) =>
    clusters.flatMap((cluster) =>
      cluster.configs.flatMap(({ file }) => (file === undefined ? [] : [{ span: file.span, target: file.value }])),
    ),
});

function symbols({ clusters }: InventoryAnalysis): readonly DocumentSymbol[] {
  return clusters.map((cluster) => ({
    name: cluster.name?.value ?? 'cluster',
    kind: 'section',
    span: cluster.map.span,
    nameSpan: cluster.name?.span ?? cluster.map.span,
    children: [
      ...cluster.nodes.flatMap((node): DocumentSymbol[] =>
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
      ...cluster.configs.flatMap((config): DocumentSymbol[] =>
        config.file === undefined
          ? []
          : [
              {
                name: config.file.value,
                detail: config.on.map(({ value }) => value).join(', '),
                kind: 'value',
                span: config.map.span,
                nameSpan: config.file.span,
                children: [],
              },
            ],
      ),
    ],
  }));
}
