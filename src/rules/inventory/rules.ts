import { sameIp } from '../../base/address';
import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import { rule } from '../rule';

export const duplicateNode = rule<InventoryAnalysis>({
  id: 'inventory/duplicate-node',
  severity: 'error',
  summary: 'Two nodes of one cluster have the same name or the same address, or a file names a node twice.',

  *check({ clusters }) {
    for (const { nodes, configs } of clusters) {
      for (const { on } of configs)
        for (const [index, name] of on.entries()) {
          const first = on.slice(0, index).find((other) => other.value === name.value);
          if (first === undefined) continue;
          yield {
            span: name.span,
            severity: 'warning',
            message: say('"{0}" stands here already: is another node meant?', name.value),
            related: [{ span: first.span, message: say('the first one is here') }],
          };
        }
      for (const [index, node] of nodes.entries()) {
        const before = nodes.slice(0, index);
        const named = before.find((other) => other.name !== undefined && other.name.value === node.name?.value);
        if (node.name !== undefined && named?.name !== undefined)
          yield {
            span: node.name.span,
            message: say('a node named "{0}" is already in this cluster', node.name.value),
            related: [{ span: named.name.span, message: say('the first one is here') }],
          };
        const { address } = node;
        if (address === undefined) continue;
        const placed = before.find(
          (other) => other.address !== undefined && sameIp(other.address.value, address.value),
        );
        if (placed?.address !== undefined)
          yield {
            span: address.span,
            message: say('"{0}" is the address of another node as well', address.value),
            related: [{ span: placed.address.span, message: say('the first one is here') }],
          };
      }
    }
  },
});

export const unknownNode = rule<InventoryAnalysis>({
  id: 'inventory/unknown-node',
  severity: 'error',
  summary: '`on` names a node that the cluster does not have.',

  *check({ clusters }) {
    for (const { nodes, configs } of clusters) {
      const names = nodes.flatMap((node) => (node.name === undefined ? [] : [node.name.value]));
      for (const { file, on } of configs) {
        const [word, ...more] = on;
        const words = file?.value.split(/[/._]/) ?? [];
        const called = nodes.flatMap(({ name }) =>
          name !== undefined && words.some((each) => each === name.value || each.endsWith(`-${name.value}`))
            ? [name]
            : [],
        );
        const [name] = called;
        if (
          word === undefined ||
          name === undefined ||
          more.length > 0 ||
          called.length > 1 ||
          word.value === name.value
        )
          continue;
        yield {
          span: word.span,
          severity: 'warning',
          message: say('the file is called after "{0}", and here it is for "{1}"', name.value, word.value),
          related: [{ span: name.span, message: say('the node is described here') }],
        };
      }
      for (const word of configs.flatMap((config) => config.on)) {
        if (names.includes(word.value)) continue;
        const meant = nearest(word.value, names);
        yield {
          span: word.span,
          message:
            meant === undefined
              ? say('no node of this cluster is named "{0}"', word.value)
              : say('no node of this cluster is named "{0}"; did you mean "{1}"?', word.value, meant),
          ...(meant === undefined
            ? {}
            : {
                fixes: [
                  {
                    title: say('Change to "{0}"', meant),
                    edits: [{ span: word.span, newText: meant }],
                    confidence: 'review' as const,
                  },
                ],
              }),
        };
      }
    }
  },
});

export const secondDocument = rule<InventoryAnalysis>({
  id: 'inventory/second-document',
  severity: 'warning',
  summary: 'Haven reads the first YAML document of an inventory only.',

  *check({ unread }) {
    for (const { root } of unread) {
      if (root?.kind !== 'map' && root?.kind !== 'list') continue;
      yield {
        span: root.kind === 'map' ? (root.entries[0]?.keySpan ?? root.span) : root.span,
        message: say('an inventory ends at the "---" above; nothing from here on counts'),
      };
    }
  },
});
