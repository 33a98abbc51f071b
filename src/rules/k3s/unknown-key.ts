import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { k3sKey, k3sKeys, removedK3sKey, usualSlip } from '../../catalog/k3s/catalog';
import { type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const unknownKey = rule<K3sAnalysis>({
  id: 'k3s/unknown-key',
  severity: 'warning',
  summary: 'k3s does not know the key: a server drops it with a line in its log, an agent does not start.',

  *check({ entries }) {
    for (const entry of entries) {
      const name = plainKey(entry);
      if (k3sKey(name) !== undefined || removedK3sKey(name) !== undefined) continue;
      const meant =
        usualSlip(name) ??
        nearest(
          name,
          k3sKeys.map((each) => each.key),
        );
      const span = entry.keySpan;
      if (meant === undefined) {
        yield { span, message: say('k3s has no key "{0}"; a server drops it, an agent does not start', name) };
      } else {
        yield {
          span,
          message: say(
            'k3s has no key "{0}"; did you mean "{1}"? A server drops it, an agent does not start',
            name,
            meant,
          ),
          fixes: [
            {
              title: say('Change to {0}', meant),
              edits: [{ span, newText: entry.key.endsWith('+') ? `${meant}+` : meant }],
              confidence: 'review',
            },
          ],
        };
      }
    }
  },
});
