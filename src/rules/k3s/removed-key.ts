import type { Fix } from '../../base/finding';
import { say } from '../../base/message';
import { compareVersions, parseVersion } from '../../base/version';
import { type RemovedKey, removedK3sKey } from '../../catalog/k3s/catalog';
import { type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import type { YamlEntry } from '../../syntax/located-yaml';
import { rule } from '../rule';

export const removedKey = rule<K3sAnalysis>({
  id: 'k3s/removed-key',
  severity: 'warning',
  summary: 'The key is gone; newer releases of k3s do not know it any more.',

  *check({ entries, role, version }) {
    for (const entry of entries) {
      const gone = removedK3sKey(plainKey(entry));
      if (gone === undefined) continue;
      const since = parseVersion(gone.removed);
      if (version !== undefined && since !== undefined && compareVersions(version, since) < 0) continue;
      yield {
        span: entry.keySpan,
        ...(role === 'agent' ? { severity: 'error' } : {}),
        message:
          gone.replacement === undefined
            ? say('"{0}" is gone since k3s v{1}', gone.key, gone.removed)
            : say('"{0}" is gone since k3s v{1}; use "{2}"', gone.key, gone.removed, gone.replacement),
        fixes: fixesFor(entry, gone),
      };
    }
  },
});

function fixesFor(entry: YamlEntry, { replacement, key }: RemovedKey): readonly Fix[] {
  if (replacement === undefined) return [];
  // `flannel-backend: none` says key and value; `selinux` turns the meaning of its predecessor around.
  const whole = replacement.includes(':');
  if (key === 'disable-selinux') return [];
  const span = whole ? { start: entry.keySpan.start, end: entry.value.span.end } : entry.keySpan;
  return [{ title: say('Change to {0}', replacement), edits: [{ span, newText: replacement }], confidence: 'review' }];
}
