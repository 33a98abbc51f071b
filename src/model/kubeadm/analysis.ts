import type { Span } from '../../base/span';
import { parseVersion, type Version } from '../../base/version';
import {
  componentKinds,
  componentSchema,
  type KubeadmVersion,
  kubeadmKinds,
  kubeadmSchema,
  type Schema,
} from '../../catalog/kubeadm/fields';
import { goScalar } from '../../syntax/go-scalar';
import {
  parseLocatedYaml,
  scalarAt,
  type YamlProblem,
  type YamlScalar,
  type YamlValue,
} from '../../syntax/located-yaml';
import { type Content, readContent } from './content';
import { splitDocuments } from './split-documents';

/** One document of the file. */
export interface KubeadmDocument {
  readonly span: Span;
  readonly root: YamlValue | undefined;
  readonly problems: readonly YamlProblem[];
  readonly apiVersion: YamlScalar | undefined;
  readonly kind: YamlScalar | undefined;
  readonly group: string;
  readonly version: string;
  /** Set for the kinds and API versions that today's kubeadm reads. */
  readonly api: KubeadmVersion | undefined;
  readonly schema: Schema | undefined;
  /** What stands in it, told apart by the schema; empty without one. */
  readonly content: Content;
  /** Text behind the `---` that ends the document, which no reader of Kubernetes takes. */
  readonly trailing: Span | undefined;
}

/** A file for `kubeadm --config`. */
export interface KubeadmAnalysis {
  readonly path: string;
  readonly text: string;
  readonly documents: readonly KubeadmDocument[];
  /** The release that is deployed: what the file says, else what the user or the inventory says. */
  readonly release: Version | undefined;
}

interface KubeadmSource {
  readonly path: string;
  readonly text: string;
  readonly version?: Version | undefined;
}

export function analyseKubeadm({ path, text, version }: KubeadmSource): KubeadmAnalysis {
  const documents = splitDocuments(text).map(({ span, trailing }): KubeadmDocument => {
    const part = text.slice(span.start, span.end);
    const [first] = parseLocatedYaml(part, span.start);
    const root = first?.root;
    const apiVersion = scalarAt(root, 'apiVersion');
    const kind = scalarAt(root, 'kind');
    const [group = '', release = ''] = (apiVersion?.text ?? '').includes('/')
      ? (apiVersion?.text ?? '').split('/')
      : ['', apiVersion?.text ?? ''];
    const api = apiOf(group, release, kind?.text ?? '');
    const isComponent = componentKinds.get(kind?.text ?? '') === apiVersion?.text && apiVersion !== undefined;
    const schema = api !== undefined ? kubeadmSchema(api) : isComponent ? componentSchema : undefined;
    return {
      span,
      root,
      problems:
        first?.problems.length === 0
          ? [...jsonProblems(part, span.start), ...numberProblems(root)]
          : (first?.problems ?? []),
      apiVersion,
      kind,
      group,
      version: release,
      api,
      schema,
      content: readContent(root, kind?.text ?? '', schema),
      trailing,
    };
  });
  const stated = documentOf(documents, 'ClusterConfiguration')?.root;
  const named = scalarAt(stated, 'kubernetesVersion')?.text ?? '';
  const release = /^v?\d+\.\d+/.test(named) ? parseVersion(named) : undefined;
  return { path, text, documents, release: release ?? version };
}

/** A document that begins with a brace is JSON to kubeadm, and nothing more (k8s.io/apimachinery pkg/util/yaml GuessJSONStream). */
function jsonProblems(text: string, offset: number): readonly YamlProblem[] {
  const start = text.search(/\S/);
  if (text[start] !== '{') return [];
  try {
    JSON.parse(text);
    return [];
  } catch {
    const span = { start: offset + start, end: offset + start + 1 };
    return [{ code: 'json', message: 'a document that begins with a brace is JSON', span }];
  }
}

/** kubeadm makes JSON of the YAML, which has no number for infinity or for what is none. */
function numberProblems(value: YamlValue | undefined): readonly YamlProblem[] {
  if (value === undefined) return [];
  if (value.kind === 'list') return value.items.flatMap(numberProblems);
  if (value.kind === 'map') return value.entries.flatMap((entry) => numberProblems(entry.value));
  if (value.quoted || !/^[-+]?\.(?:inf|nan)$/i.test(value.text) || goScalar(value).type !== 'float') return [];
  return [{ code: 'number', message: 'JSON has no such number', span: value.span }];
}

function apiOf(group: string, version: string, kind: string): KubeadmVersion | undefined {
  if (group !== 'kubeadm.k8s.io') return undefined;
  return kubeadmKinds.get(kind)?.find((each) => each === version);
}

/** The first document of a kind that kubeadm reads. */
export function documentOf(documents: readonly KubeadmDocument[], kind: string): KubeadmDocument | undefined {
  return documents.find((each) => each.kind?.text === kind && each.schema !== undefined);
}
