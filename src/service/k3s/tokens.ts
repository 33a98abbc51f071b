import type { K3sAnalysis } from '../../model/k3s/analysis';
import type { SemanticToken } from '../language';
import { yamlTokens } from '../yaml/tokens';

/** Keys that k3s knows, deprecated ones marked, and words that a key has a set of. */
export function tokens({ document, settings }: K3sAnalysis): readonly SemanticToken[] {
  const byPlace = new Map(settings.map((setting) => [setting.entry.keySpan.start, setting.key]));
  const words = new Map(
    settings.flatMap(({ key, values }) =>
      values.flatMap(({ span, text }) => (key.values?.includes(text) === true ? [[span.start, 'type'] as const] : [])),
    ),
  );
  return yamlTokens([document.root], {
    key: ({ keySpan }) => {
      const key = byPlace.get(keySpan.start);
      if (key === undefined) return undefined;
      return key.deprecated === undefined ? { type: 'property' } : { type: 'property', modifiers: ['deprecated'] };
    },
    value: ({ span }) => words.get(span.start),
  });
}
