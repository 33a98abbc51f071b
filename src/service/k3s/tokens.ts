import { removedK3sKey } from '../../catalog/k3s/catalog';
import { type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import type { SemanticToken } from '../language';
import { yamlTokens } from '../yaml/tokens';

/** Keys that k3s knows, deprecated and removed ones marked, and words that a key has a set of. */
export function tokens({ document, entries, settings }: K3sAnalysis): readonly SemanticToken[] {
  const gone = new Set(
    entries.flatMap((each) => (removedK3sKey(plainKey(each)) === undefined ? [] : [each.keySpan.start])),
  );
  const byPlace = new Map(settings.map((setting) => [setting.entry.keySpan.start, setting.key]));
  const words = new Map(
    settings.flatMap(({ key, values }) =>
      values.flatMap(({ span, text }) => (key.values?.includes(text) === true ? [[span.start, 'type'] as const] : [])),
    ),
  );
  return yamlTokens([document.root], {
    key: (entry) => {
      const key = byPlace.get(entry.keySpan.start);
      if (key === undefined)
        return gone.has(entry.keySpan.start) ? { type: 'property', modifiers: ['deprecated'] } : undefined;
      return key.deprecated === undefined ? { type: 'property' } : { type: 'property', modifiers: ['deprecated'] };
    },
    value: ({ span }) => words.get(span.start),
  });
}
