import type { Finding } from '../../base/finding';
import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { k3sKey, k3sKeys, removedK3sKey, usualSlip } from '../../catalog/k3s/catalog';
import { type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import type { YamlEntry } from '../../syntax/located-yaml';
import { rule } from '../rule';
import { hasTemplateMarks } from '../yaml-problem';

const names = k3sKeys.map((each) => each.key);

export const unknownKey = rule<K3sAnalysis>({
  id: 'k3s/unknown-key',
  severity: 'warning',
  summary: 'k3s does not know the key: a server drops it with a line in its log, an agent does not start.',

  *check({ entries, role, text }) {
    for (const entry of entries) {
      if (hasTemplateMarks(text.slice(entry.keySpan.start, entry.keySpan.end + 1))) continue;
      const name = plainKey(entry);
      if (k3sKey(name) !== undefined || removedK3sKey(name) !== undefined || isOwn(entry)) continue;
      const meant = meantBy(name);
      const fixes: Finding['fixes'] =
        meant === undefined
          ? []
          : [
              {
                title: say('Change to {0}', meant),
                edits: [{ span: entry.keySpan, newText: entry.key.endsWith('+') ? `${meant}+` : meant }],
                confidence: 'review',
              },
            ];
      const finding = { span: entry.keySpan, fixes };
      if (name.startsWith('-')) {
        yield {
          ...finding,
          severity: 'error',
          message: say('a key of the file has no dashes in front; k3s does not start with "{0}"', name),
        };
      } else if (role === 'agent') {
        yield {
          ...finding,
          severity: 'error',
          message:
            meant === undefined
              ? say('k3s has no key "{0}", and an agent does not start with it', name)
              : say('k3s has no key "{0}", and an agent does not start with it; did you mean "{1}"?', name, meant),
        };
      } else {
        yield {
          ...finding,
          message:
            meant === undefined
              ? say('k3s has no key "{0}"; a server drops it, an agent does not start', name)
              : say(
                  'k3s has no key "{0}"; did you mean "{1}"? A server drops it, an agent does not start',
                  name,
                  meant,
                ),
        };
      }
    }
  },
});

/** The known key that a name was meant to be: by another spelling (dashes, case), by habit, or by a slip. */
function meantBy(name: string): string | undefined {
  const plain = name.toLowerCase().replaceAll('_', '-').replace(/^-+/, '');
  return k3sKey(plain)?.key ?? usualSlip(name) ?? usualSlip(plain) ?? nearest(plain, names);
}

/** A key that only holds an anchor for others (`x-names: &names`, `.names`). */
function isOwn(entry: YamlEntry): boolean {
  return entry.key === '<<' || /^(?:x-|\.)|\$\{/.test(entry.key);
}
