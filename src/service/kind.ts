import type { FileKind } from '../base/file-kind';

/** One way to recognise a file. Path patterns see `/` between folders; `head` is the first 4,096 characters. */
interface Recogniser {
  readonly kind: FileKind;
  readonly path: RegExp;
  /** Absent where the path alone is enough. */
  readonly head?: RegExp;
}

const headLength = 4096;

/**
 * In order of certainty; the first that fits decides. A name that other programs use too (`*.cfg`, `*.conf`,
 * `config.yaml`) counts only together with what the text says.
 */
const recognisers: readonly Recogniser[] = [
  { kind: 'inventory', path: /(^|\/)haven\.ya?ml$/ },
  { kind: 'kubeadm', path: /\.ya?ml$/, head: /^apiVersion:\s*["']?kubeadm\.k8s\.io\//m },
  { kind: 'k3s', path: /(^|\/)rancher\/k3s\/config\.yaml$/ },
  { kind: 'k3s', path: /(^|\/)rancher\/k3s\/config\.yaml\.d\/[^/]+\.ya?ml$/ },
  {
    kind: 'k3s',
    path: /(^|\/)(k3s[^/]*|config)\.ya?ml$|(^|\/)k3s\/[^/]+\.ya?ml$/,
    head: /^(cluster-init|tls-san|write-kubeconfig-mode|datastore-endpoint|flannel-backend|etcd-snapshot-[a-z-]+|disable|server|token|node-(?:ip|label|taint|name)|cluster-cidr)\+?:/m,
  },
  { kind: 'haproxy', path: /(^|\/)haproxy[^/]*\.cfg$|\.haproxy$/ },
  {
    kind: 'haproxy',
    path: /\.cfg$/,
    head: /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(global|defaults|frontend|backend|listen|peers|resolvers|userlist)\b[^\n=]*\r?$/,
  },
  { kind: 'keepalived', path: /(^|\/)keepalived[^/]*\.conf$/ },
  {
    kind: 'keepalived',
    path: /\.conf$/,
    head: /^[ \t]*(global_defs|vrrp_instance|vrrp_script|vrrp_sync_group|virtual_server)\b[^=;\n]*\{?[ \t]*\r?$/m,
  },
  { kind: 'nginx', path: /(^|\/)nginx[^/]*\.conf$/, head: /(^|\n|;|\})\s*stream\s*\{/ },
];

/** What the file at `path` is, or undefined when nobody can be sure. */
export function kindOf(path: string, text: string): FileKind | undefined {
  const slashed = path.replaceAll('\\', '/');
  const head = text.slice(0, headLength);
  return recognisers.find((each) => each.path.test(slashed) && (each.head === undefined || each.head.test(head)))?.kind;
}
