import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import { scalarAt } from '../../syntax/located-yaml';
import type { Completion } from '../language';
import { keyOf, keysOf, type Place, placeAt } from './keys-at';

/** Keys that the mapping around the cursor still lacks, or the values of the key before it. */
export function completeInventory(analysis: InventoryAnalysis, offset: number): readonly Completion[] {
  const lineStart = analysis.text.lastIndexOf('\n', offset - 1) + 1;
  const before = analysis.text.slice(lineStart, offset);
  const word = /[\w.-]*$/.exec(before)?.[0] ?? '';
  const span = { start: offset - word.length, end: offset };
  const at = placeAt(analysis, offset) ?? placeByIndent(analysis, before);
  if (at === undefined) return [];

  const keyBefore = /([\w-]+):\s*(?:\[[^\]]*|[\w.-]*)$/.exec(before)?.[1];
  if (keyBefore !== undefined) {
    const names = keyBefore === 'on' ? nodeNames(analysis, offset) : (keyOf(at.place, keyBefore)?.values ?? []);
    return names.map((name) => ({ label: name, kind: 'value', span, newText: name }));
  }
  const present = new Set(at.map?.kind === 'map' ? at.map.entries.map((entry) => entry.key) : []);
  return keysOf(at.place)
    .filter((key) => !present.has(key.key) || key.key === word)
    .map((key, order) => ({
      label: key.key,
      kind: 'keyword',
      span,
      newText: `${key.key}: `,
      detail: key.example,
      documentation: key.text,
      order,
    }));
}

/** On a line of its own behind the text, the indentation says which mapping the cursor continues. */
function placeByIndent(
  { document }: InventoryAnalysis,
  before: string,
): { readonly place: Place; readonly map: undefined } | undefined {
  const indent = /^[ \t]*(?:- )?/.exec(before)?.[0].length ?? 0;
  if (indent === 0) return { place: 'root', map: undefined };
  return document.root === undefined ? undefined : { place: indent <= 4 ? 'cluster' : 'node', map: undefined };
}

function nodeNames({ clusters }: InventoryAnalysis, offset: number): readonly string[] {
  const around = clusters.find(({ map }) => map.span.start <= offset && offset <= map.span.end) ?? clusters.at(-1);
  return (around?.nodes ?? []).flatMap((node) => scalarAt(node.map, 'name')?.text ?? []);
}
