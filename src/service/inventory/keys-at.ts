import { touches } from '../../base/span';
import { type InventoryKey, inventoryKeys } from '../../catalog/inventory/keys';
import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import type { YamlEntry, YamlValue } from '../../syntax/located-yaml';

export type Place = InventoryKey['in'];

/** Every mapping of the inventory whose keys are known, and which kind it is. */
export function* placesOf(root: YamlValue | undefined): Iterable<{ readonly place: Place; readonly map: YamlValue }> {
  if (root === undefined) return;
  const stack: { readonly place: Place; readonly map: YamlValue }[] = [{ place: 'root', map: root }];
  for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
    yield each;
    if (each.map.kind !== 'map') continue;
    for (const entry of each.map.entries) {
      const inner = innerPlace(each.place, entry.key);
      if (inner === undefined) continue;
      const values = entry.value.kind === 'list' ? entry.value.items : [entry.value];
      for (const value of values) if (value.kind === 'map') stack.push({ place: inner, map: value });
    }
  }
}

export function innerPlace(place: Place, key: string): Place | undefined {
  if (place === 'root') return key === 'clusters' ? 'cluster' : undefined;
  if (place === 'node') return key === 'ssh' ? 'ssh' : undefined;
  if (place !== 'cluster') return undefined;
  return ({ ssh: 'ssh', versions: 'versions', nodes: 'node', configs: 'config' } as const)[key];
}

/** The innermost known mapping around `offset` and the entry of it that the cursor touches. */
export function placeAt(
  { document }: InventoryAnalysis,
  offset: number,
): { readonly place: Place; readonly map: YamlValue; readonly entry: YamlEntry | undefined } | undefined {
  let best: { place: Place; map: YamlValue } | undefined;
  for (const each of placesOf(document.root)) {
    if (!touches(each.map.span, offset)) continue;
    if (best === undefined || each.map.span.end - each.map.span.start <= best.map.span.end - best.map.span.start)
      best = each;
  }
  if (best === undefined) return undefined;
  const entry =
    best.map.kind === 'map'
      ? best.map.entries.find((each) => touches({ start: each.keySpan.start, end: each.value.span.end }, offset))
      : undefined;
  return { ...best, entry };
}

export function keyOf(place: Place, key: string): InventoryKey | undefined {
  return inventoryKeys.find((each) => each.in === place && each.key === key);
}

export function keysOf(place: Place): readonly InventoryKey[] {
  return inventoryKeys.filter((each) => each.in === place);
}
