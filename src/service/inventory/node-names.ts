import { type Message, say } from '../../base/message';
import { type Span, touches } from '../../base/span';
import type { InventoryAnalysis, LocatedCluster, LocatedNode, Word } from '../../model/inventory/parse-inventory';
import type { FileSpan } from '../language';

interface NamedNodes {
  readonly cluster: LocatedCluster;
  /** The word under the cursor. */
  readonly word: Word;
  readonly isDefinition: boolean;
  /** The nodes of that name in its cluster. */
  readonly nodes: readonly LocatedNode[];
}

/** The name of a node under the cursor: where it is given, or in the `on` of a file. */
export function nodesNamedAt({ clusters }: InventoryAnalysis, offset: number): NamedNodes | undefined {
  for (const cluster of clusters) {
    const given = cluster.nodes.flatMap(({ name }) => name ?? []);
    const used = cluster.configs.flatMap(({ on }) => on);
    const word = [...given, ...used].find(({ span }) => touches(span, offset));
    if (word === undefined) continue;
    const nodes = cluster.nodes.filter(({ name }) => name?.value === word.value);
    return { cluster, word, isDefinition: given.includes(word), nodes };
  }
  return undefined;
}

export function definitionsOfNode(analysis: InventoryAnalysis, offset: number): readonly FileSpan[] {
  return (nodesNamedAt(analysis, offset)?.nodes ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
}

export function referencesToNode(analysis: InventoryAnalysis, offset: number): readonly FileSpan[] {
  const found = nodesNamedAt(analysis, offset);
  if (found === undefined) return [];
  const { cluster, word } = found;
  const all = [...cluster.nodes.flatMap(({ name }) => name ?? []), ...cluster.configs.flatMap(({ on }) => on)];
  return all.filter(({ value }) => value === word.value).map(({ span }) => ({ span }));
}

export function nodeNameAt(
  analysis: InventoryAnalysis,
  offset: number,
): { readonly span: Span; readonly name: string } | undefined {
  const word = nodesNamedAt(analysis, offset)?.word;
  return word && { span: word.span, name: word.value };
}

/** Why a node cannot be called `newName`. */
export function checkNodeName(analysis: InventoryAnalysis, offset: number, newName: string): Message | undefined {
  if (!/^[A-Za-z0-9](?:[-.\w]*[A-Za-z0-9])?$/.test(newName))
    return say('a node is called by letters, digits, "-", "_" and "."');
  const taken = nodesNamedAt(analysis, offset)?.cluster.nodes.some(({ name }) => name?.value === newName);
  return taken === true ? say('another node is called "{0}" already', newName) : undefined;
}
