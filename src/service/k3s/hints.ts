import { say } from '../../base/message';
import type { Span } from '../../base/span';
import type { K3sAnalysis } from '../../model/k3s/analysis';
import { effectiveSetting, readingOrder } from '../../model/k3s/effective';
import type { InlayHint, Sibling } from '../language';

const longest = 60;

/** Behind each key whose value is not the whole truth, because another file of the node replaces it or adds to it. */
export function hints(
  analysis: K3sAnalysis,
  range: Span,
  siblings: readonly Sibling<K3sAnalysis>[] = [],
): readonly InlayHint[] {
  if (siblings.length === 0) return [];
  const files = readingOrder([analysis, ...siblings.map((each) => each.analysis)]);
  return analysis.settings.flatMap(({ key, entry }): InlayHint[] => {
    const { start } = entry.keySpan;
    if (start < range.start || start > range.end) return [];
    const effective = effectiveSetting(files, key.key);
    if (effective === undefined) return [];
    const offset = lineEnd(analysis.text, start);
    const by = effective.replaced.some((each) => each.path === analysis.path && each.span.start === start);
    if (by && effective.replacedBy !== undefined && effective.replacedBy.path !== analysis.path)
      return [{ offset, label: say('replaced by {0}', nameOf(effective.replacedBy.path)) }];
    const others = [...new Set(effective.values.map(({ path }) => path))].filter((path) => path !== analysis.path);
    if (others.length === 0 || key.secret === true) return [];
    const text = effective.values.map(({ value }) => value.text).join(', ');
    const shown = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
    return [{ offset, label: say('effective: {0}, also from {1}', shown, others.map(nameOf).join(', ')) }];
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  const end = newline < 0 ? text.length : newline;
  return text[end - 1] === '\r' ? end - 1 : end;
}
