/** What a cluster of kubeadm says of itself in its own objects, as far as a snapshot of it can be read. */
export interface KubeadmContent {
  /** The document `ClusterConfiguration` in `kube-system/kubeadm-config`. */
  readonly clusterConfiguration?: string;
  /** The document `KubeletConfiguration` in `kube-system/kubelet-config`. */
  readonly kubeletConfiguration?: string;
  /** The certificates that everybody who joins trusts, as PEM: `kube-public/cluster-info`. */
  readonly authorities?: string;
  /** Names of the Nodes. */
  readonly nodes: readonly string[];
}

/** Where kube-apiserver keeps what is read here, unless it is given another `--etcd-prefix`. */
export const kubeadmKeys = {
  cluster: '/registry/configmaps/kube-system/kubeadm-config',
  kubelet: '/registry/configmaps/kube-system/kubelet-config',
  info: '/registry/configmaps/kube-public/cluster-info',
} as const;

const nodeFolder = '/registry/minions/';
const text = new TextDecoder();

/** Reads the objects of kubeadm among the keys of a store; undefined where the cluster is not one of kubeadm. */
export function kubeadmContent(
  names: readonly string[],
  values: ReadonlyMap<string, Uint8Array>,
): KubeadmContent | undefined {
  if (!values.has(kubeadmKeys.cluster)) return undefined;
  const entry = (key: string, name: string) => configMapEntry(values.get(key), name);
  const cluster = entry(kubeadmKeys.cluster, 'ClusterConfiguration');
  const kubelet = entry(kubeadmKeys.kubelet, 'kubelet');
  const data = /^ *certificate-authority-data: *(\S+)/m.exec(entry(kubeadmKeys.info, 'kubeconfig') ?? '')?.[1];
  const authorities = data === undefined ? undefined : decoded(data);
  return {
    ...(cluster !== undefined && { clusterConfiguration: cluster }),
    ...(kubelet !== undefined && { kubeletConfiguration: kubelet }),
    ...(authorities !== undefined && { authorities }),
    nodes: names.filter((name) => name.startsWith(nodeFolder)).map((name) => name.slice(nodeFolder.length)),
  };
}

function decoded(base64: string): string | undefined {
  try {
    return atob(base64);
  } catch {
    return undefined;
  }
}

/**
 * An entry of a ConfigMap as kube-apiserver stores it: in protobuf behind `k8s` and a zero byte, where an entry of the map is a
 * message with its key in field 1 and its value in field 2 (k8s.io/api/core/v1/generated.proto), or in JSON. One that is
 * encrypted at rest cannot be read.
 */
export function configMapEntry(stored: Uint8Array | undefined, name: string): string | undefined {
  if (stored === undefined) return undefined;
  if (stored[0] === 0x7b) {
    try {
      const { data } = JSON.parse(text.decode(stored)) as { readonly data?: Readonly<Record<string, unknown>> };
      const value = data?.[name];
      return typeof value === 'string' ? value : undefined;
    } catch {
      return undefined;
    }
  }
  if (text.decode(stored.subarray(0, 4)) !== 'k8s\0') return undefined;
  const needle = [0x0a, name.length, ...new TextEncoder().encode(name), 0x12];
  for (let at = stored.indexOf(0x0a); at >= 0; at = stored.indexOf(0x0a, at + 1)) {
    if (!needle.every((byte, i) => stored[at + i] === byte)) continue;
    const length = varint(stored, at + needle.length);
    if (length !== undefined) return text.decode(stored.subarray(length.end, length.end + length.value));
  }
  return undefined;
}

/** A number of protobuf at `at`, and where it ends; undefined when the bytes end before. */
export function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return undefined;
}
