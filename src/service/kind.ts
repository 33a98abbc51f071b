import type { FileKind } from '../base/file-kind';

/** One way to recognise a file. Path patterns see `/` between folders; `head` is the first 4,096 characters. */
interface Recogniser {
  readonly kind: FileKind;
  readonly path: RegExp;
  /** Absent where the path alone is enough. */
  readonly head?: RegExp;
  /** Looked for in the whole text, for files in which the telling line may stand anywhere. */
  readonly anywhere?: RegExp;
}

const headLength = 4096;

/** Keys at the start of a line that only a configuration of k3s has together with its name. */
const k3sKeys =
  /^(cluster-init|tls-san|write-kubeconfig-mode|datastore-endpoint|flannel-backend|etcd-snapshot-[a-z-]+|disable|server|token|node-(?:ip|label|taint|name)|cluster-cidr)\+?:/m;

/**
 * In order of certainty; the first that fits decides. A name that other programs use too (`*.cfg`, `*.conf`,
 * `config.yaml`) counts only together with what the text says.
 */
const recognisers: readonly Recogniser[] = [
  { kind: 'inventory', path: /(^|\/)haven\.ya?ml$/ },
  { kind: 'kubeadm', path: /\.ya?ml$/, head: /^apiVersion:\s*["']?kubeadm\.k8s\.io\//m },
  { kind: 'k3s', path: /(^|\/)rancher\/k3s\/config\.yaml$/ },
  { kind: 'k3s', path: /(^|\/)rancher\/k3s\/config\.yaml\.d\/[^/]+\.ya?ml$/ },
  // k3s passes these over, which is what there is to say of them.
  {
    kind: 'k3s',
    path: /(^|\/)config\.ya?ml\.d\/(?:[^/]+\.(?:conf|cfg)|[^/]+\/[^/]+\.ya?ml)$/,
    head: k3sKeys,
  },
  {
    kind: 'k3s',
    // RKE2 has a file of the same name and many other keys.
    path: /^(?!.*rke2)(?:.*\/)?(?:(k3s[^/]*|config)\.ya?ml|config\.ya?ml\.d\/[^/]+\.ya?ml|k3s\/[^/]+\.ya?ml)$/,
    head: k3sKeys,
  },
  {
    kind: 'static-pod',
    path: /\.ya?ml$/,
    head: /^kind:\s*["']?Pod\b/m,
    anywhere: /image:\s*["']?\S*(haproxy|keepalived|kube-vip|nginx)/,
  },
  { kind: 'static-pod', path: /\.ya?ml$/, head: /^kind:\s*["']?IPAddressPool\b/m },
  {
    kind: 'kubeconfig',
    path: /(^|\/)(kubeconfig|admin|config|[^/]*kubeconfig[^/]*)(\.ya?ml|\.conf)?$/,
    head: /^kind:\s*Config\b/m,
  },
  // Nagios calls its checks of haproxy like this.
  {
    kind: 'haproxy',
    path: /(^|\/)haproxy[^/]*\.cfg$|\.haproxy$/,
    head: /^(?!(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*define[ \t]+\w+[ \t]*\{)/,
  },
  {
    kind: 'haproxy',
    path: /\.cfg$/,
    head: /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*(global|defaults|frontend|backend|listen|peers|resolvers|userlist)\b[^\n=]*(?:\n|$)/,
  },
  // Zabbix, netdata, supervisor, logrotate and rsyslog have files about keepalived of this name: `key=value`, `key: value`, `[section]`.
  {
    kind: 'keepalived',
    path: /(^|\/)keepalived[^/]*\.conf$/,
    head: /^(?!(?:[ \t]*(?:[#!].*)?\r?\n)*[ \t]*(?:[\w.*-]+[ \t]*[=:]|[[/:<]|if[ \t]|[\w-]+\.))/,
  },
  {
    kind: 'keepalived',
    path: /\.conf$/,
    head: /^[ \t]*(global_defs|vrrp_instance|vrrp_script|vrrp_sync_group|virtual_server)\b[^=;\n]*\{?[ \t]*\r?$/m,
  },
  { kind: 'nginx', path: /\.conf$/, anywhere: /(^|\n|;|\})\s*stream\s*\{[\s\S]*\b(upstream|proxy_pass)\b/ },
  // What the main file includes into its `stream`: `stream.d/api.conf`, `streams-enabled/api.conf`.
  {
    kind: 'nginx',
    path: /(^|\/)streams?(?:[-_.](?:d|conf\.d|enabled|available))?\/[^/]+\.conf$/,
    anywhere: /\bproxy_pass\s+(?!https?:)[^;\s]+\s*;/,
  },
  { kind: 'runbook', path: /\.(sh|bash|md)$/, anywhere: /\b(k3s|kubeadm|etcdctl|haproxy\.cfg|keepalived\.conf)\b/ },
  { kind: 'runbook', path: /\.ya?ml$|(^|\/)user-data$/, head: /^#cloud-config\b/ },
];

/** What the file at `path` is, or undefined when nobody can be sure. */
export function kindOf(path: string, text: string): FileKind | undefined {
  const slashed = path.replaceAll('\\', '/');
  const head = text.slice(0, headLength);
  return recognisers.find(
    (each) => each.path.test(slashed) && (each.head?.test(head) ?? true) && (each.anywhere?.test(text) ?? true),
  )?.kind;
}

/** What a file that an inventory names must be, by its ending and what stands in it. */
export function kindOfNamed(path: string, text: string): FileKind | undefined {
  const known = kindOf(path, text);
  if (known !== undefined) return known;
  if (/\.cfg$/.test(path)) return 'haproxy';
  if (/\.conf$/.test(path)) return /(^|\n|;|\})\s*stream\s*\{/.test(text) ? 'nginx' : 'keepalived';
  if (/\.ya?ml$/.test(path)) return /^(kind|apiVersion):/m.test(text) ? undefined : 'k3s';
  return undefined;
}
