import type { Span } from '../../base/span';
import { parseVersion, type Version } from '../../base/version';
import { podStructures } from '../../catalog/kubernetes/pod-fields';
import {
  entryOf,
  itemsOf,
  parseLocatedYaml,
  scalarAt,
  valueAt,
  type YamlEntry,
  type YamlMap,
  type YamlProblem,
  type YamlScalar,
  type YamlValue,
} from '../../syntax/located-yaml';

/** One variable of a container's environment. */
export interface PodVariable {
  readonly name: YamlScalar;
  readonly value: YamlValue | undefined;
}

export interface PodContainer {
  readonly map: YamlMap;
  readonly image: YamlScalar | undefined;
  readonly variables: readonly PodVariable[];
  /** Where its image is one of kube-vip: the release, if the tag names one. */
  readonly kubeVip: { readonly release: Version | undefined } | undefined;
}

/** One pod of the file: a Pod, or what a DaemonSet makes pods from. */
export interface PodDocument {
  readonly root: YamlMap;
  readonly kind: YamlScalar;
  readonly structure: 'Pod' | 'DaemonSet';
  readonly spec: YamlValue | undefined;
  /** Those that start first and the others. */
  readonly initContainers: readonly PodContainer[];
  readonly containers: readonly PodContainer[];
  /** The mappings that the table of fields knows, and each value with what its field holds. */
  readonly parts: readonly PodPart[];
  readonly values: readonly PodValue[];
  /** Only a part of a pod that another file goes on with: a patch, of kubeadm or Kustomize. */
  readonly isPart: boolean;
}

export interface StaticPodAnalysis {
  readonly path: string;
  readonly text: string;
  readonly documents: readonly {
    readonly span: Span;
    readonly root: YamlValue | undefined;
    readonly problems: readonly YamlProblem[];
  }[];
  readonly pods: readonly PodDocument[];
}

/** kube-vip's own images; `kube-vip-cloud-provider` is another program. */
const kubeVipImage = /(?:^|\/)kube-vip(?:-iptables)?(?::v?([\w.+-]+))?(?:@\S+)?$/;

/** Reads the manifest of a static pod. Accepts any text. */
export function analyseStaticPod(path: string, text: string): StaticPodAnalysis {
  const documents = parseLocatedYaml(text).map(({ root, problems }) => ({
    // A document that is damaged ends nobody knows where.
    span: problems.length > 0 ? { start: 0, end: text.length + 1 } : (root?.span ?? { start: 0, end: 0 }),
    root,
    problems,
  }));
  const isPatch = /(?:^|[/_.-])patch(?:es|ed)?(?:[/_.-]|$)|\+(?:strategic|merge|json)\.\w+$|(?:^|\/)overlays?\//i.test(
    path,
  );
  const pods = documents.flatMap(({ root }): PodDocument[] => {
    const kind = scalarAt(root, 'kind');
    if (root?.kind !== 'map' || kind === undefined) return [];
    const structure = kind.text.toLowerCase() === 'daemonset' ? 'DaemonSet' : 'Pod';
    if (structure === 'Pod' && !/^pods?$/i.test(kind.text)) return [];
    const spec = structure === 'Pod' ? valueAt(root, 'spec') : valueAt(root, 'spec', 'template', 'spec');
    const containers = containersIn(valueAt(spec, 'containers'));
    const isPart = isPatch || containers.length === 0 || containers.some(({ image }) => image === undefined);
    return [
      {
        root,
        kind,
        structure,
        spec,
        initContainers: containersIn(valueAt(spec, 'initContainers')),
        containers,
        ...readPod(root, structure),
        isPart,
      },
    ];
  });
  return { path, text, documents, pods };
}

function containersIn(list: YamlValue | undefined): readonly PodContainer[] {
  return itemsOf(list).flatMap((map): PodContainer[] => {
    if (map.kind !== 'map') return [];
    const image = scalarAt(map, 'image');
    const found = kubeVipImage.exec(image?.text ?? '');
    const tag = found?.[1] ?? '';
    const variables = itemsOf(valueAt(map, 'env')).flatMap((each): PodVariable[] => {
      const name = scalarAt(each, 'name');
      return name === undefined ? [] : [{ name, value: entryOf(each, 'value')?.value }];
    });
    const release = /^\d+\.\d+/.test(tag) ? parseVersion(tag) : undefined;
    return [{ map, image, variables, kubeVip: found === null ? undefined : { release } }];
  });
}

/** The plain text that the environment gives to a name; the last line counts. */
export function variableOf({ variables }: PodContainer, name: string): YamlScalar | undefined {
  const value = variables.findLast((each) => each.name.text === name)?.value;
  return value?.kind === 'scalar' ? value : undefined;
}

/** One mapping of the pod, with the structure that it is. */
export interface PodPart {
  readonly map: YamlMap;
  readonly structure: string;
}

/** A value that stands where a field wants another kind of it. */
export interface PodValue {
  readonly structure: string;
  readonly entry: YamlEntry;
  readonly value: YamlValue;
  /** As in `PodField`, of this one value. */
  readonly type: string;
  readonly shape: 'one' | 'list' | 'map';
}

/** Everything of a pod that the table of fields knows. */
function readPod(root: YamlMap, structure: PodDocument['structure']): Pick<PodDocument, 'parts' | 'values'> {
  const parts: PodPart[] = [];
  const values: PodValue[] = [];
  const visitMap = (map: YamlMap, name: string) => {
    const fields = podStructures.get(name);
    if (fields === undefined) return;
    parts.push({ map, structure: name });
    for (const entry of map.entries) {
      const field = fields.get(entry.key);
      if (field === undefined || field.type === '*') continue;
      const { value } = entry;
      const at = { structure: name, entry, type: field.type };
      values.push({ ...at, value, shape: field.shape });
      const inner =
        field.shape === 'one'
          ? [value]
          : field.shape === 'list'
            ? value.kind === 'list'
              ? value.items
              : []
            : value.kind === 'map'
              ? value.entries.map((each) => each.value)
              : [];
      for (const one of inner) {
        if (field.shape !== 'one') values.push({ ...at, value: one, shape: 'one' });
        if (one.kind === 'map') visitMap(one, field.type);
      }
    }
  };
  visitMap(root, structure);
  return { parts, values };
}
