import { say } from '../../base/message';
import { removedK3sKey } from '../../catalog/k3s/catalog';
import { type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const removedKey = rule<K3sAnalysis>({
  id: 'k3s/removed-key',
  severity: 'warning',
  summary: 'The key is gone; newer releases of k3s do not know it any more.',

  *check({ entries }) {
    for (const entry of entries) {
      const gone = removedK3sKey(plainKey(entry));
      if (gone === undefined) continue;
      yield {
        span: entry.keySpan,
        message:
          gone.replacement === undefined
            ? say('"{0}" is gone since k3s v{1}', gone.key, gone.removed)
            : say('"{0}" is gone since k3s v{1}; use "{2}"', gone.key, gone.removed, gone.replacement),
      };
    }
  },
});
