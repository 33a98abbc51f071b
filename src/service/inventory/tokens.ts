import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import type { SemanticToken } from '../language';
import { yamlTokens } from '../yaml/tokens';
import { innerPlace, keyOf, type Place } from './keys-at';

/** Keys that the inventory knows, names of nodes where they are given and where they are used, and words of a fixed set. */
export function tokens({ document, clusters }: InventoryAnalysis): readonly SemanticToken[] {
  const given = new Set(clusters.flatMap(({ nodes }) => nodes.flatMap(({ name }) => name?.span.start ?? [])));
  const used = new Set(
    clusters.flatMap(({ configs }) => configs.flatMap(({ on }) => on.map(({ span }) => span.start))),
  );
  const placeOf = (path: readonly string[]) =>
    path.reduce<Place | undefined>((place, name) => place && innerPlace(place, name), 'root');
  return yamlTokens([document.root], {
    key: ({ key }, path) => {
      const place = placeOf(path);
      return place === undefined || keyOf(place, key) === undefined ? undefined : { type: 'property' };
    },
    value: ({ span, text }, path) => {
      if (given.has(span.start)) return 'definition';
      if (used.has(span.start)) return 'reference';
      const place = placeOf(path.slice(0, -1));
      const words = place === undefined ? undefined : keyOf(place, path.at(-1) ?? '')?.values;
      return words?.includes(text) === true ? 'type' : undefined;
    },
  });
}
