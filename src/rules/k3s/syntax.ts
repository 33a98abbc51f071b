import { say } from '../../base/message';
import type { K3sAnalysis } from '../../model/k3s/analysis';
import { unreadableBytes } from '../encoding';
import { rule } from '../rule';
import { hasTemplateMarks, yamlProblemMessage } from '../yaml-problem';

export const syntax = rule<K3sAnalysis>({
  id: 'k3s/syntax',
  severity: 'error',
  summary: 'The file is not YAML, or not a list of keys and values, and k3s does not start.',

  *check({ document, text, role, isPassedOver }) {
    if (isPassedOver) return;
    yield* unreadableBytes(text);
    const [problem] = [...document.problems].sort((a, b) => a.span.start - b.span.start);
    if (problem !== undefined) {
      if (!hasTemplateMarks(text)) yield { span: problem.span, message: yamlProblemMessage(problem) };
      return;
    }
    const { root } = document;
    if (root === undefined || root.kind === 'map') return;
    if (root.kind === 'scalar' && root.text === '' && !root.quoted) return;
    const lineEnd = text.indexOf('\n', root.span.start);
    const end = Math.min(root.span.end, lineEnd < 0 ? root.span.end : lineEnd);
    // A server takes a list of mappings for keys without names, and drops them all.
    const isDropped = root.kind === 'list' && role !== 'agent' && root.items.every((each) => each.kind === 'map');
    yield {
      span: { start: root.span.start, end },
      ...(isDropped ? { severity: 'warning' as const } : {}),
      message:
        root.kind === 'list'
          ? say('k3s wants keys with values here, and this is a list')
          : say('k3s wants keys with values here; a key ends with ":" and a space'),
    };
  },
});
