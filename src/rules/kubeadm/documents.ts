import type { FileEdit, Finding } from '../../base/finding';
import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { compareVersions, parseVersion } from '../../base/version';
import { componentKinds, goneVersions, kubeadmKinds } from '../../catalog/kubeadm/fields';
import type { KubeadmAnalysis, KubeadmDocument } from '../../model/kubeadm/analysis';
import { isNull } from '../../model/kubeadm/content';
import { textAt } from '../../model/kubeadm/lookup';
import { unreadableBytes } from '../encoding';
import { rule } from '../rule';
import { hasTemplateMarks, yamlProblemMessage } from '../yaml-problem';
import { asList } from './shapes';

export const syntax = rule<KubeadmAnalysis>({
  id: 'kubeadm/syntax',
  severity: 'error',
  summary: 'The file is not YAML, and no command of kubeadm reads it.',

  *check({ documents, text }) {
    yield* unreadableBytes(text);
    for (const { problems, trailing, span } of documents) {
      if (hasTemplateMarks(text.slice(span.start, span.end))) continue;
      const [problem] = [...problems].sort((a, b) => a.span.start - b.span.start);
      if (problem !== undefined) yield { span: problem.span, message: yamlProblemMessage(problem) };
      if (trailing !== undefined)
        yield { span: trailing, message: say('only a comment may stand behind "---" on its line') };
    }
  },
});

/** Where to show what a whole document lacks: its first line with text. */
function headOf({ span, root }: KubeadmDocument, text: string): Finding['span'] {
  const start =
    root?.kind === 'map' && root.entries[0] !== undefined
      ? root.entries[0].keySpan.start
      : span.start + (/\S/.exec(text.slice(span.start, span.end))?.index ?? 0);
  const newline = text.indexOf('\n', start);
  return { start, end: Math.max(start, Math.min(newline < 0 ? text.length : newline, span.end)) };
}

export const documentHead = rule<KubeadmAnalysis>({
  id: 'kubeadm/document-head',
  severity: 'error',
  summary: 'Every document says what it is by `apiVersion` and `kind`; kubeadm reads nothing of a file otherwise.',

  *check({ documents, text }) {
    for (const document of documents) {
      const { root, apiVersion, kind, problems, group } = document;
      if (problems.length > 0) continue;
      const span = headOf(document, text);
      if (root?.kind !== 'map') {
        const isEmpty = root === undefined || (root.kind === 'scalar' && root.text === '');
        yield {
          span,
          message: isEmpty
            ? say(
                'kubeadm takes a part without text for a document and refuses it; remove the "---" that sets it apart',
              )
            : say('kubeadm wants fields with values here; a field ends with ":" and a space'),
        };
      } else if (apiVersion === undefined || kind === undefined)
        yield {
          span,
          message: say('this document has no "{0}"', apiVersion === undefined ? 'apiVersion' : 'kind'),
        };
      else if (group === '' && !kubeadmKinds.has(kind.text))
        yield {
          span: kind.span,
          message: say(
            'kubeadm refuses a file with objects of the cluster such as {0}; keep them in another file',
            kind.text,
          ),
        };
    }
  },
});

export const apiVersion = rule<KubeadmAnalysis>({
  id: 'kubeadm/api-version',
  severity: 'error',
  summary: 'No kubeadm of today reads this API version.',

  *check({ documents }) {
    for (const { apiVersion: given, kind, group, version, schema } of documents) {
      if (given === undefined || kind === undefined || schema !== undefined) continue;
      const component = componentKinds.get(kind.text);
      const versions = kubeadmKinds.get(kind.text);
      const wanted = component ?? (versions === undefined ? undefined : `kubeadm.k8s.io/${versions.at(-1)}`);
      if (wanted === undefined && !/kubeadm\.k8s\.io$/i.test(group)) continue;
      const last = goneVersions.get(version);
      if (group === 'kubeadm.k8s.io' && last !== undefined) {
        yield {
          span: given.span,
          ...(deploysUpTo(documents, last) ? { severity: 'warning' as const } : {}),
          message: say(
            'kubeadm v{0} was the last to read {1}; let it convert the file with "kubeadm config migrate"',
            last,
            given.text,
          ),
        };
        continue;
      }
      // The kind is what is wrong then, which another rule says.
      if (group === 'kubeadm.k8s.io' && ['v1beta3', 'v1beta4'].includes(version)) continue;
      yield {
        span: given.span,
        message: say(
          'no API version is called "{0}"; this kind is of {1}',
          given.text,
          wanted ?? 'kubeadm.k8s.io/v1beta4',
        ),
        fixes: [
          {
            title: say('Change to {0}', wanted ?? 'kubeadm.k8s.io/v1beta4'),
            edits: [{ span: given.span, newText: wanted ?? 'kubeadm.k8s.io/v1beta4' }],
            confidence: 'review',
          },
        ],
      };
    }
  },
});

/** Whether the file is for a release whose own kubeadm still reads what `last` was the last to read. */
function deploysUpTo(documents: KubeadmAnalysis['documents'], last: string): boolean {
  const cluster = documents.find(
    ({ kind, group }) => group === 'kubeadm.k8s.io' && kind?.text === 'ClusterConfiguration',
  );
  const named = textAt(cluster?.root, 'kubernetesVersion')?.text ?? '';
  const [release, limit] = [named, last].map((each) => (/^v?\d+\.\d+/.test(each) ? parseVersion(each) : undefined));
  return release !== undefined && limit !== undefined && compareVersions(release.slice(0, 2), limit) <= 0;
}

const formerKinds: Readonly<Record<string, string>> = {
  MasterConfiguration: 'ClusterConfiguration',
  NodeConfiguration: 'JoinConfiguration',
};

export const unknownKind = rule<KubeadmAnalysis>({
  id: 'kubeadm/unknown-kind',
  severity: 'error',
  summary: 'The API version has no such kind.',

  *check({ documents }) {
    for (const { kind, group, version, schema, apiVersion: given } of documents) {
      if (kind === undefined || schema !== undefined || group !== 'kubeadm.k8s.io') continue;
      if (!['v1beta3', 'v1beta4'].includes(version) || given === undefined) continue;
      if (kubeadmKinds.has(kind.text)) {
        yield { span: kind.span, message: say('{0} is a kind of v1beta4 only', kind.text) };
        continue;
      }
      const names = [...kubeadmKinds.keys()];
      const meant =
        names.find((each) => each.toLowerCase() === kind.text.toLowerCase()) ??
        formerKinds[kind.text] ??
        names.find((each) => each.startsWith(kind.text.replace(/Config(?:uration)?$/, 'Configuration'))) ??
        nearest(kind.text, names);
      yield {
        span: kind.span,
        message:
          meant === undefined
            ? say('kubeadm has no kind "{0}"; it has {1}', kind.text, names.join(', '))
            : say('kubeadm has no kind "{0}"; did you mean "{1}"?', kind.text, meant),
        ...(meant === undefined
          ? {}
          : {
              fixes: [
                {
                  title: say('Change to {0}', meant),
                  edits: [{ span: kind.span, newText: meant }],
                  confidence: 'review' as const,
                },
              ],
            }),
      };
    }
  },
});

export const kindTwice = rule<KubeadmAnalysis>({
  id: 'kubeadm/kind-twice',
  severity: 'error',
  summary: 'A file holds one document of each kind.',

  *check({ documents }) {
    const seen = new Map<string, KubeadmDocument>();
    for (const document of documents) {
      const { kind, group } = document;
      if (kind === undefined || group === '') continue;
      const before = seen.get(kind.text);
      if (before?.kind === undefined) {
        seen.set(kind.text, document);
        continue;
      }
      yield {
        span: kind.span,
        message: say('the file has a {0} already; kubeadm refuses a second one', kind.text),
        related: [{ span: before.kind.span, message: say('the first one') }],
      };
    }
  },
});

export const foreignDocument = rule<KubeadmAnalysis>({
  id: 'kubeadm/foreign-document',
  severity: 'warning',
  summary: 'kubeadm has no use for the document; "kubeadm config validate" refuses the file.',

  *check({ documents }) {
    const isForKubeadm = documents.some((each) => each.group === 'kubeadm.k8s.io');
    for (const { kind, group, schema, apiVersion: given } of documents) {
      if (!isForKubeadm && !/^kube(?:let|proxy)\.config\.k8s\.io$/.test(group)) continue;
      if (kind === undefined || given === undefined || schema !== undefined) continue;
      if (group === '' || /kubeadm/i.test(group) || componentKinds.has(kind.text) || kubeadmKinds.has(kind.text))
        continue;
      yield {
        span: kind.span,
        message: say('kubeadm has no use for {0} of {1}; keep it in another file', kind.text, given.text),
      };
    }
  },
});

export const deprecatedVersion = rule<KubeadmAnalysis>({
  id: 'kubeadm/deprecated-version',
  severity: 'warning',
  summary: 'v1beta3 is deprecated since kubeadm v1.31.',

  *check({ documents, release, text }) {
    if (release === undefined || compareVersions(release.slice(0, 2), [1, 31]) < 0) return;
    const edits = toNewest(documents, text);
    for (const { api, apiVersion: given } of documents) {
      if (api !== 'v1beta3' || given === undefined) continue;
      yield {
        span: given.span,
        message: say('v1beta3 is deprecated since v1.31; "kubeadm config migrate" turns the file into v1beta4'),
        tag: 'deprecated',
        fixes: edits === undefined ? [] : [{ title: say('Turn the file into v1beta4'), edits, confidence: 'review' }],
      };
    }
  },
});

/**
 * The edits that turn every v1beta3 document into v1beta4: its version, and arguments as lists. Undefined where fields
 * have other places there, which `kubeadm config migrate` and the fixes of those fields know.
 */
function toNewest(documents: readonly KubeadmDocument[], text: string): readonly FileEdit[] | undefined {
  const edits: FileEdit[] = [];
  for (const { api, apiVersion: given, content, problems } of documents) {
    if (api !== 'v1beta3' || given === undefined) continue;
    if (problems.length > 0) return undefined;
    edits.push({ span: given.span, newText: 'kubeadm.k8s.io/v1beta4' });
    for (const { type, entries } of content.objects)
      for (const entry of entries) {
        if (/^(?:APIServer timeoutForControlPlane|Discovery timeout)$/.test(`${type} ${entry.key}`)) return undefined;
        if (!/^(?:extraArgs|kubeletExtraArgs)$/.test(entry.key) || isNull(entry.value)) continue;
        const newText = asList(text, entry.value);
        if (newText === undefined) return undefined;
        edits.push({ span: entry.value.span, newText });
      }
  }
  return edits;
}

/** The kinds that each command reads; documents of the others are left aside with a warning. */
export const unreadDocument = rule<KubeadmAnalysis>({
  id: 'kubeadm/unread-document',
  severity: 'warning',
  summary: 'kubeadm init and kubeadm join read documents of their own; the other ones of the file have no effect.',

  *check({ documents }) {
    const join = documents.find((each) => each.kind?.text === 'JoinConfiguration' && each.api !== undefined);
    if (join?.kind === undefined) return;
    const others = documents.filter((each) => each.schema !== undefined && each !== join);
    const forInit = others.some((each) => /^(?:Init|Cluster)Configuration$/.test(each.kind?.text ?? ''));
    if (forInit) {
      yield {
        span: join.kind.span,
        message: say('kubeadm init leaves a JoinConfiguration aside and kubeadm join everything else; use two files'),
      };
      return;
    }
    for (const { kind, schema, api } of others)
      if (kind !== undefined && schema !== undefined && api === undefined)
        yield {
          span: kind.span,
          message: say('kubeadm join takes {0} from the cluster and leaves this document aside', kind.text),
        };
  },
});
