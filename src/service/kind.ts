import type { FileKind } from '../base/file-kind';

/** One way to recognise a file. Path patterns see `/` between folders; `head` is the first 4,096 characters. */
interface Recogniser {
  readonly kind: FileKind;
  readonly path: RegExp;
  /** Absent where the path alone is enough. */
  readonly head?: RegExp;
  /** What must not stand in the head. */
  readonly unless?: RegExp;
  /** Looked for in the whole text, for files in which the telling line may stand anywhere. */
  readonly anywhere?: RegExp;
  /** Looked for behind the first place of `anywhere`: one pattern for both would look from each place to the end. */
  readonly behind?: RegExp;
}

const headLength = 4096;

/** Keys at the start of a line that only a configuration of k3s has together with its name. */
const k3sKeys =
  /^(cluster-init|tls-san|write-kubeconfig-mode|datastore-endpoint|flannel-backend|etcd-snapshot-[a-z-]+|disable|server|token|node-(?:ip|label|taint|name)|cluster-cidr)\+?:/m;

/**
 * The same where the path says no more than `config.yaml`: `server`, `token` and `disable` are words of many programs, so
 * what stands behind them has to be of k3s.
 */
const k3sLines =
  /^(?:(?:cluster-init|tls-san|write-kubeconfig-mode|datastore-endpoint|flannel-backend|etcd-snapshot-[a-z-]+|node-(?:ip|label|taint|name)|cluster-cidr)\+?:|server\+?:[ \t]*["']?(?:https:\/\/|[^\s"']+:6443\b)|disable\+?:[ \t\r\n["'-]*(?:traefik|servicelb|local-storage|metrics-server|coredns)\b)/m;

/** The block of nginx. Blanks before it are those of its own line, or a text of empty lines is looked through from each. */
const stream = /(?:^|[\n;}])[^\S\n]*stream\s*\{/;

/** RKE2 has a file of the same name: its servers listen on port 9345, and it installs the CNI. */
const rke2Lines = /^(?:server\+?:[^\n]*:9345\b|(?:cni|profile)\+?:)/m;

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
    path: /^(?!.*rke2)(?:.*\/)?(?:k3s[^/]*\.ya?ml|config\.ya?ml\.d\/[^/]+\.ya?ml|k3s\/[^/]+\.ya?ml|[^/]*k3s[^/]*\/config\.ya?ml)$/,
    head: k3sKeys,
  },
  {
    kind: 'k3s',
    path: /^(?!.*rke2)(?:.*\/)?config\.ya?ml$/,
    head: k3sLines,
    unless: rke2Lines,
  },
  // Flat folders: `server1-config.yaml`, `config-agent-2.yaml`. `server` alone is a word of many agents.
  {
    kind: 'k3s',
    path: /^(?!.*rke2)(?:.*\/)?(?:config[-_.](?:server|agent|master|worker|node|cp)[-_.]?\d*|(?:server|agent|master|worker|node|cp)[-_.]?\d*[-_.]config)\.ya?ml$/,
    head: /^(?:cluster-init|tls-san|write-kubeconfig-mode|datastore-endpoint|flannel-backend|etcd-snapshot-[a-z-]+|node-ip|cluster-cidr)\+?:/m,
    unless: /^(?:server\+?:[^\n]*:9345\b|(?:cni|profile|apiVersion|kind)\+?:)/m,
  },
  {
    kind: 'static-pod',
    path: /\.ya?ml$/,
    // `pod` and `Pods` are slips, of which the rules tell.
    head: /^kind:\s*["']?[Pp]ods?\b/m,
    anywhere:
      /image:\s*["']?\S{0,300}(haproxy|keepalived|kube-vip|nginx|kube-apiserver|kube-controller-manager|kube-scheduler|\/etcd:)/,
  },
  {
    kind: 'static-pod',
    path: /\.ya?ml$/,
    anywhere: /^kind:\s*["']?DaemonSet\b/m,
    behind: /image:\s*["']?\S{0,300}\/kube-vip[:@]/,
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
  { kind: 'nginx', path: /\.conf$/, anywhere: stream, behind: /\b(upstream|proxy_pass)\b/ },
  // What the main file includes into its `stream`: `stream.d/api.conf`, `streams-enabled/api.conf`.
  {
    kind: 'nginx',
    path: /(^|\/)streams?(?:[-_.](?:d|conf\.d|enabled|available))?\/[^/]+\.conf$/,
    anywhere: /\bproxy_pass\s+(?!https?:)[^;\s]+\s*;/,
  },
  {
    kind: 'runbook',
    path: /\.(sh|bash|md)$/,
    anywhere: /\b(k3s|kubeadm|etcdctl|etcdutl|haproxy\.cfg|keepalived\.conf|nginx\.conf)\b/,
  },
  {
    kind: 'runbook',
    path: /\.ya?ml$|(^|\/)[^/]*user[-_]?data[^/]*$/,
    head: /^(?:## template:.*\r?\n)?#cloud-config\b/,
  },
  // What else cloud-init takes: several parts in MIME, and a script.
  {
    kind: 'runbook',
    path: /(^|\/)[^/]*user[-_]?data(?:\.(?:mime|txt|bin))?$/,
    head: /^(?:Content-Type:\s*multipart\/|MIME-Version:|#!\s*\/)/i,
    anywhere: /\b(k3s|kubeadm|etcdctl|etcdutl|haproxy\.cfg|keepalived\.conf|nginx\.conf)\b/,
  },
];

/** What the file at `path` is, or undefined when nobody can be sure. */
export function kindOf(path: string, text: string): FileKind | undefined {
  const slashed = path.replaceAll('\\', '/');
  const head = text.slice(0, headLength);
  return recognisers.find(
    (each) =>
      each.path.test(slashed) && (each.head?.test(head) ?? true) && !each.unless?.test(head) && holds(each, text),
  )?.kind;
}

function holds({ anywhere, behind }: Recogniser, text: string): boolean {
  if (anywhere === undefined) return true;
  const at = text.search(anywhere);
  return at >= 0 && (behind === undefined || behind.test(text.slice(at)));
}

/** What a file that an inventory names must be, by its ending and what stands in it. */
export function kindOfNamed(path: string, text: string): FileKind | undefined {
  const known = kindOf(path, text);
  if (known !== undefined) return known;
  if (/\.cfg$/.test(path)) return 'haproxy';
  if (/\.conf$/.test(path)) return stream.test(text) ? 'nginx' : 'keepalived';
  if (/\.ya?ml$/.test(path)) return /^(kind|apiVersion):/m.test(text) ? undefined : 'k3s';
  return undefined;
}
