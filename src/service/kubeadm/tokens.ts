import { elementOf } from '../../catalog/kubeadm/fields';
import { wordsOf } from '../../catalog/kubeadm/words';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { fieldsOf } from '../../model/kubeadm/content';
import type { SemanticToken, TokenType } from '../language';
import { yamlTokens } from '../yaml/tokens';

/** Fields that their structure has, kinds, and words that a field has a set of. */
export function tokens({ documents }: KubeadmAnalysis): readonly SemanticToken[] {
  return documents.flatMap(({ root, kind, apiVersion, schema, content }) => {
    const known = new Set<number>();
    const values = new Map<number, TokenType>();
    if (schema !== undefined)
      for (const { type, path, entries } of content.objects) {
        const names = new Set(fieldsOf(schema, type, path).map(({ field }) => field));
        for (const entry of entries) if (names.has(entry.key)) known.add(entry.keySpan.start);
      }
    for (const { field, scalar, read } of content.scalars) {
      const words = field.values ?? wordsOf(field.in, field.field);
      if (words.includes(read.text)) values.set(scalar.span.start, 'type');
      // Texts that look like numbers are texts to kubeadm.
      else if (scalar.quoted && elementOf(field.type).base === 'string') values.set(scalar.span.start, 'string');
    }
    for (const scalar of [kind, apiVersion]) if (scalar !== undefined) values.set(scalar.span.start, 'type');
    return yamlTokens([root], {
      key: ({ keySpan }) => (known.has(keySpan.start) ? { type: 'property' } : undefined),
      value: ({ span }) => values.get(span.start),
    });
  });
}
