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

export const unreadDropIn = rule<K3sAnalysis>({
  id: 'k3s/unread-drop-in',
  severity: 'warning',
  summary: 'The file lies among the drop-ins, and k3s passes it over for its name.',

  *check({ isPassedOver, document, path }) {
    const { root } = document;
    if (!isPassedOver || root?.kind !== 'map' || root.entries[0] === undefined) return;
    const isBelow = /\.d\/[^/]+\//.test(path.replaceAll('\\', '/'));
    yield {
      span: root.entries[0].keySpan,
      message: isBelow
        ? say('k3s does not look into folders below the drop-ins; move the file one folder up')
        : say('k3s reads drop-ins that end in .yaml or .yml only; rename the file'),
    };
  },
});
