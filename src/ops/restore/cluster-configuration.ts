/** What a restore onto new machines must know of a `ClusterConfiguration`, as kubeadm itself has written it. */
export interface ClusterSettings {
  readonly apiVersion: string;
  /** `host:port` through which everybody finds the API; undefined in a cluster that was made without one. */
  readonly endpoint: string | undefined;
  /** `v1.34.1`. */
  readonly release: string;
  readonly dataDir: string;
  readonly certificatesDir: string;
  readonly hasExternalEtcd: boolean;
  /** Files and folders of the host that the control plane mounts, and that nobody makes where they are missing. */
  readonly hostPaths: readonly string[];
}

/** Reads the document: kubeadm writes every key that matters here on a line of its own, without quotes around plain values. */
export function clusterSettings(text: string): ClusterSettings {
  const value = (key: string) => new RegExp(`^ *${key}: *["']?([^"'\\n]+?)["']?$`, 'm').exec(text)?.[1];
  const mounts = text.split(/^ *- hostPath: */m).slice(1);
  return {
    apiVersion: /^apiVersion: *(kubeadm\.k8s\.io\/v\w+)$/m.exec(text)?.[1] ?? 'kubeadm.k8s.io/v1beta4',
    endpoint: value('controlPlaneEndpoint'),
    release: value('kubernetesVersion') ?? '',
    dataDir: value('dataDir') ?? '/var/lib/etcd',
    certificatesDir: value('certificatesDir') ?? '/etc/kubernetes/pki',
    hasExternalEtcd: /^ {2}external:/m.test(text),
    hostPaths: mounts.flatMap((each) => {
      const [first = '', ...rest] = each.split('\n');
      const path = /^["']?(\/[^"']*?)["']?$/.exec(first)?.[1];
      // The document goes on with a key of its own where the list ends.
      const own = rest.slice(0, rest.findIndex((line) => /^\S/.test(line)) + 1 || undefined).join('\n');
      const type = /^ *pathType: *(\w+)$/m.exec(own)?.[1] ?? '';
      return path === undefined || type.endsWith('OrCreate') ? [] : [path];
    }),
  };
}
