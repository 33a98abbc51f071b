import type { Finding } from '../../base/finding';
import { say } from '../../base/message';
import { elementOf } from '../../catalog/kubeadm/fields';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import type { ContentScalar } from '../../model/kubeadm/content';
import { readsComponents } from '../../model/kubeadm/lookup';
import { rule } from '../rule';
import { valueProblem } from './formats';

/** What a template or a script fills in before kubeadm sees the file. */
export function isOpen(text: string): boolean {
  return /\{\{|\$\{|\$[A-Za-z_]/.test(text);
}

/** What the author left for the reader or for sed to fill in: `<ADDRESS>`, `_Address_`, `LOAD_BALANCER_DNS`; kubeadm sees it as it is. */
export function placeholderIn(text: string): string | undefined {
  return /<[^<>\s][^<>]*>|(?<![\w-])_[A-Za-z]\w*_(?![\w-])|(?<![\w-])[A-Z]+(?:_[A-Z\d]+)+(?![\w-])/.exec(text)?.[0];
}

function* problemsOf(analysis: KubeadmAnalysis, unchecked: boolean): Iterable<Finding> {
  const { documents, release } = analysis;
  for (const { content, api } of documents) {
    if (api === undefined) {
      if (!unchecked) yield* componentValues(analysis, content.scalars);
      continue;
    }
    for (const each of content.scalars) {
      if ((each.field.unchecked === true) !== unchecked || isUnset(each) || isOpen(each.scalar.text)) continue;
      const problem = valueProblem(each.field, each.read.text, { release, key: each.key });
      if (problem === undefined) continue;
      const placeholder = placeholderIn(each.read.text);
      const { instead } = problem;
      const { span } = each.field.format === 'feature-gate' ? gateAt(each) : each.scalar;
      yield {
        span,
        message: placeholder === undefined ? problem.message : say('{0} is still to be filled in', placeholder),
        ...(placeholder === undefined ? {} : { severity: 'warning' as const }),
        ...(instead === undefined || placeholder !== undefined
          ? {}
          : {
              fixes: [
                {
                  title: say('Change to {0}', instead),
                  edits: [{ span, newText: each.scalar.quoted ? JSON.stringify(instead) : plain(instead) }],
                  confidence: 'review' as const,
                },
              ],
            }),
      };
    }
  }
}

/** Of what kubeadm hands on to the kubelet and to kube-proxy it reads durations and amounts, where the file has it read them at all. */
function* componentValues(analysis: KubeadmAnalysis, scalars: readonly ContentScalar[]): Iterable<Finding> {
  for (const each of scalars) {
    const { base } = elementOf(each.field.type);
    // A delay is a duration or a number of nanoseconds.
    const isRead = base === 'duration' || base === 'quantity' || (base === 'delay' && each.read.type === 'text');
    if (!isRead || isUnset(each) || isOpen(each.scalar.text)) continue;
    const problem = valueProblem(each.field, each.read.text, { release: undefined, key: each.key });
    if (problem === undefined) continue;
    const placeholder = placeholderIn(each.read.text);
    yield {
      span: each.scalar.span,
      message: placeholder === undefined ? problem.message : say('{0} is still to be filled in', placeholder),
      ...(placeholder === undefined && readsComponents(analysis) ? {} : { severity: 'warning' as const }),
    };
  }
}

/** A value that is null counts as absent; in a list of texts it is an empty text. */
function isUnset({ read, key, field }: ContentScalar): boolean {
  return (
    read.type === 'null' && (typeof key !== 'number' || (field.format === undefined && field.values === undefined))
  );
}

function gateAt({ entry, key, scalar }: ContentScalar) {
  const named = entry.value.kind === 'map' ? entry.value.entries.find((each) => each.key === key) : undefined;
  return { span: named?.keySpan ?? scalar.span };
}

function plain(text: string): string {
  return /^[\w./-]+(?::\d+)?$/.test(text) ? text : JSON.stringify(text);
}

export const badValue = rule<KubeadmAnalysis>({
  id: 'kubeadm/bad-value',
  severity: 'error',
  summary: 'kubeadm refuses the value.',

  *check(analysis) {
    yield* problemsOf(analysis, false);
  },
});

export const uncheckedValue = rule<KubeadmAnalysis>({
  id: 'kubeadm/unchecked-value',
  severity: 'warning',
  summary: 'kubeadm takes the value as it is, and the kubelet or a static pod fails on it later.',

  *check(analysis) {
    yield* problemsOf(analysis, true);
  },
});
