import type { YamlEntry, YamlMap, YamlScalar, YamlValue } from '../../syntax/located-yaml';
import { documentOf, type KubeadmAnalysis, type KubeadmDocument } from './analysis';
import { isNull, mergedEntries } from './content';

/** The last entry of a name in a mapping, merged ones included; the later one counts, as for kubeadm init. */
export function fieldOf(value: YamlValue | undefined, name: string): YamlEntry | undefined {
  return value?.kind === 'map' ? mergedEntries(value).findLast((entry) => entry.key === name) : undefined;
}

/** The entry that a path of fields leads to; undefined where it or its value is missing or null. */
export function entryAt(root: YamlValue | undefined, ...path: readonly string[]): YamlEntry | undefined {
  let value = root;
  let entry: YamlEntry | undefined;
  for (const name of path) {
    entry = fieldOf(value, name);
    if (entry === undefined || isNull(entry.value)) return undefined;
    value = entry.value;
  }
  return entry;
}

/** The structure that a path of fields leads to. */
export function mapAt(root: YamlValue | undefined, ...path: readonly string[]): YamlMap | undefined {
  const value = entryAt(root, ...path)?.value;
  return value?.kind === 'map' ? value : undefined;
}

/** The text that a path of fields leads to; undefined where it is empty. */
export function textAt(root: YamlValue | undefined, ...path: readonly string[]): YamlScalar | undefined {
  const value = entryAt(root, ...path)?.value;
  return value?.kind === 'scalar' && value.text !== '' ? value : undefined;
}

/** The documents of one kind that kubeadm reads. */
export function rootOf({ documents }: KubeadmAnalysis, kind: string): YamlValue | undefined {
  return documentOf(documents, kind)?.root;
}

/** One argument of a component. */
interface ComponentArgument {
  readonly component: string;
  readonly name: string;
  readonly nameSpan: { readonly start: number; readonly end: number };
  readonly value: YamlScalar | undefined;
  readonly document: KubeadmDocument;
}

const components: readonly (readonly [kind: string, component: string, ...path: string[]])[] = [
  ['ClusterConfiguration', 'kube-apiserver', 'apiServer', 'extraArgs'],
  ['ClusterConfiguration', 'kube-controller-manager', 'controllerManager', 'extraArgs'],
  ['ClusterConfiguration', 'kube-scheduler', 'scheduler', 'extraArgs'],
  ['ClusterConfiguration', 'etcd', 'etcd', 'local', 'extraArgs'],
  ['InitConfiguration', 'kubelet', 'nodeRegistration', 'kubeletExtraArgs'],
  ['JoinConfiguration', 'kubelet', 'nodeRegistration', 'kubeletExtraArgs'],
];

/** Every argument the file gives to a component, in the form of its API version. */
export function argumentsOf({ documents }: KubeadmAnalysis): readonly ComponentArgument[] {
  return documents.flatMap((document) =>
    components.flatMap(([kind, component, ...path]): ComponentArgument[] => {
      if (document.api === undefined || document.kind?.text !== kind) return [];
      const value = entryAt(document.root, ...path)?.value;
      if (value?.kind === 'map' && document.api === 'v1beta3')
        return mergedEntries(value).map((entry) => ({
          component,
          name: entry.key,
          nameSpan: entry.keySpan,
          value: entry.value.kind === 'scalar' ? entry.value : undefined,
          document,
        }));
      if (value?.kind !== 'list' || document.api !== 'v1beta4') return [];
      return value.items.flatMap((item): ComponentArgument[] => {
        const name = textAt(item, 'name');
        return name === undefined
          ? []
          : [{ component, name: name.text, nameSpan: name.span, value: textAt(item, 'value'), document }];
      });
    }),
  );
}

/** Whether kubeadm reads the documents of the kubelet and of kube-proxy: it does beside its own that set up a cluster. */
export function readsComponents({ documents }: KubeadmAnalysis): boolean {
  return documents.some(
    (each) => /^(?:Init|Cluster)Configuration$/.test(each.kind?.text ?? '') && each.api !== undefined,
  );
}
