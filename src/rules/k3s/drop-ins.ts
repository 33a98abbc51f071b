import { say } from '../../base/message';
import type { K3sAnalysis } from '../../model/k3s/analysis';
import { rule } from '../rule';

/** A file and all files of its node, itself among them, in the order k3s reads them. */
export interface K3sNodeFiles {
  readonly file: K3sAnalysis;
  readonly files: readonly K3sAnalysis[];
}

export const dropInReplaces = rule<K3sNodeFiles>({
  id: 'k3s/drop-in-replaces',
  severity: 'warning',
  summary: 'A later file replaces the list of an earlier one instead of adding to it.',

  *check({ file, files }) {
    const before = files.slice(0, files.indexOf(file));
    for (const { key, entry } of file.settings) {
      if (key.type !== 'string-slice' || entry.key.endsWith('+')) continue;
      const earlier = before
        .flatMap((each) => each.settings.map((setting) => ({ path: each.path, setting })))
        .findLast(({ setting }) => setting.key.key === key.key);
      if (earlier === undefined) continue;
      const name = earlier.path.slice(earlier.path.lastIndexOf('/') + 1);
      yield {
        span: entry.keySpan,
        message: say('this replaces the list of {0}; write "{1}+" to add to it', name, entry.key),
        related: [{ path: earlier.path, span: earlier.setting.entry.keySpan, message: say('the list that is lost') }],
        fixes: [
          {
            title: say('Change to {0}', `${entry.key}+`),
            edits: [{ span: entry.keySpan, newText: `${entry.key}+` }],
            confidence: 'review',
          },
        ],
      };
    }
  },
});
