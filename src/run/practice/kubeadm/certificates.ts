import { createHash } from 'node:crypto';
import type { Cluster, Machine } from '../world';
import { kubeletClient, kubeletFolder, kubernetes, pki } from './layout';

const dayMs = 86_400_000;
/** Ten years, less the moment since they were made. */
const authorityDays = 3649.99;

interface Leaf {
  /** As `kubeadm certs` calls it. */
  readonly id: string;
  /** What `kubeadm certs renew` calls it. */
  readonly words: string;
  readonly path: string;
  readonly subject: string;
  readonly ca: 'ca' | 'etcd-ca' | 'front-proxy-ca';
}

const inFolder = (id: string, words: string, path: string, subject: string, ca: Leaf['ca']): Leaf => ({
  id,
  words: `certificate ${words}`,
  path: `${pki}/${path}.crt`,
  subject,
  ca,
});
const inConfig = (name: string, words: string, subject: string): Leaf => ({
  id: `${name}.conf`,
  words: `certificate embedded in the kubeconfig file for the ${words}`,
  path: `${kubernetes}/${name}.conf`,
  subject,
  ca: 'ca',
});

/** Every certificate that ends within a year, in the order of `kubeadm certs check-expiration`. */
export const leaves: readonly Leaf[] = [
  inConfig('admin', 'admin to use and for kubeadm itself', 'O=kubeadm:cluster-admins,CN=kubernetes-admin'),
  inFolder('apiserver', 'for serving the Kubernetes API', 'apiserver', 'CN=kube-apiserver', 'ca'),
  inFolder(
    'apiserver-etcd-client',
    'the apiserver uses to access etcd',
    'apiserver-etcd-client',
    'CN=kube-apiserver-etcd-client',
    'etcd-ca',
  ),
  inFolder(
    'apiserver-kubelet-client',
    'for the API server to connect to kubelet',
    'apiserver-kubelet-client',
    'O=kubeadm:cluster-admins,CN=kube-apiserver-kubelet-client',
    'ca',
  ),
  inConfig('controller-manager', 'controller manager to use', 'CN=system:kube-controller-manager'),
  inFolder(
    'etcd-healthcheck-client',
    'for liveness probes to healthcheck etcd',
    'etcd/healthcheck-client',
    'CN=kube-etcd-healthcheck-client',
    'etcd-ca',
  ),
  inFolder('etcd-peer', 'for etcd nodes to communicate with each other', 'etcd/peer', 'CN=', 'etcd-ca'),
  inFolder('etcd-server', 'for serving etcd', 'etcd/server', 'CN=', 'etcd-ca'),
  inFolder(
    'front-proxy-client',
    'for the front proxy client',
    'front-proxy-client',
    'CN=front-proxy-client',
    'front-proxy-ca',
  ),
  inConfig('scheduler', 'scheduler manager to use', 'CN=system:kube-scheduler'),
  inConfig('super-admin', 'super-admin', 'O=system:masters,CN=kubernetes-super-admin'),
];

export const authorities = [
  ['ca', 'ca', 'CN=kubernetes'],
  ['etcd-ca', 'etcd/ca', 'CN=etcd-ca'],
  ['front-proxy-ca', 'front-proxy-ca', 'CN=front-proxy-ca'],
] as const;

/** What `openssl pkey` would print of the key of the cluster's authority: the practice cluster has but one. */
const authorityKey = 'practice-authority-key';
/** As `--discovery-token-ca-cert-hash` wants it, without `sha256:`. */
export const authorityHash = createHash('sha256').update(authorityKey).digest('hex');

/** As openssl writes a time. */
function opensslTime(ms: number): string {
  const text = new Date(ms).toUTCString().slice(5);
  return text.replace(/^(\d+) (\w+) (\d+) (\S+) GMT$/, '$2 $1 $4 $3 GMT');
}

let lastSerial = 0;

/** A certificate is what openssl would print of it, with a serial number that no other one has. */
function certificate(subject: string, nowMs: number, days: number, names: readonly string[] = []): string {
  const serial = (nowMs * 1000 + (lastSerial++ % 1000)).toString(16).toUpperCase();
  const lines = [`subject=${subject}`, `serial=${serial}`, `notAfter=${opensslTime(nowMs + days * dayMs)}`];
  if (names.length > 0) lines.push(`names=${names.map(altName).join(', ')}`);
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n`;
}

const altName = (name: string) => (/^[\d.]+$|:/.test(name) ? `IP Address:${name}` : `DNS:${name}`);

/** Names of the certificate that the API server of this machine shows, DNS names first, as kubeadm lists them. */
export function apiServerNames(node: string, address: string, asked: readonly string[]) {
  const isAddress = (name: string) => /^[\d.]+$/.test(name);
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const own = asked.filter((each) => !isAddress(each));
  return {
    dns: [...new Set([node, ...own, ...service])].sort(),
    addresses: [...new Set(['10.96.0.1', address, ...asked.filter(isAddress)])],
  };
}

export const etcdNames = (node: string, address: string) => ({
  dns: [node, 'localhost'].sort(),
  addresses: [address, '127.0.0.1', '::1'],
});

function namesOf(leaf: Leaf, node: string, address: string, asked: readonly string[]): readonly string[] {
  if (leaf.id !== 'apiserver' && leaf.id !== 'etcd-peer' && leaf.id !== 'etcd-server') return [];
  const { dns, addresses } = leaf.id === 'apiserver' ? apiServerNames(node, address, asked) : etcdNames(node, address);
  return [...dns, ...addresses];
}

/** A kubeconfig; the controller manager, the scheduler and kubelet ask the API server of their own node. */
function kubeconfig(server: string, user: string, data: string): string {
  return [
    'apiVersion: v1',
    'clusters:',
    '- cluster:',
    '    certificate-authority-data: cHJhY3RpY2UK',
    `    server: ${server}`,
    '  name: kubernetes',
    'contexts:',
    '- context:',
    '    cluster: kubernetes',
    `    user: ${user}`,
    `  name: ${user}@kubernetes`,
    `current-context: ${user}@kubernetes`,
    'kind: Config',
    'users:',
    `- name: ${user}`,
    '  user:',
    data,
    '',
  ].join('\n');
}

const userOf = (subject: string) => subject.slice(subject.lastIndexOf('CN=') + 3);

/** Writes one certificate with its key, or the kubeconfig that holds it. */
function writeLeaf(
  { files, cluster }: Machine,
  leaf: Leaf,
  options: {
    readonly node: string;
    readonly address: string;
    readonly asked: readonly string[];
    readonly server: string;
    readonly days?: number;
  },
): void {
  const { node, address, asked, server, days = 365 } = options;
  const subject = leaf.subject === 'CN=' ? `CN=${node}` : leaf.subject;
  const text = certificate(subject, cluster.now(), days, namesOf(leaf, node, address, asked));
  if (leaf.path.endsWith('.conf')) {
    const own = leaf.id === 'admin.conf' || leaf.id === 'super-admin.conf' ? server : `https://${address}:6443`;
    const data = `    client-certificate-data: ${Buffer.from(text).toString('base64')}\n    client-key-data: cHJhY3RpY2UK`;
    files.place(leaf.path, kubeconfig(own, userOf(subject), data), 0o600);
    return;
  }
  files.place(leaf.path, text);
  files.place(leaf.path.replace(/crt$/, 'key'), 'practice\n', 0o600);
}

/** The certificates of the authorities by path, made once for each cluster. */
const madeAuthorities = new WeakMap<Cluster, ReadonlyMap<string, string>>();

export function authorityText(cluster: Cluster, path: string): string {
  const made =
    madeAuthorities.get(cluster) ??
    new Map(
      authorities.map(([, each, subject]) => [
        each,
        `${certificate(subject, cluster.now(), authorityDays)}key=${authorityKey}\n`,
      ]),
    );
  madeAuthorities.set(cluster, made);
  return made.get(path) ?? '';
}

/** The authorities and the keys of service accounts: what `upload-certs` carries from node to node. */
export function placeAuthorities({ files, cluster }: Machine, isFirst: boolean): void {
  for (const [, path] of authorities) {
    files.place(`${pki}/${path}.crt`, authorityText(cluster, path));
    files.place(`${pki}/${path}.key`, 'practice\n', 0o600);
  }
  files.place(`${pki}/sa.key`, 'practice\n', 0o600);
  files.place(`${pki}/sa.pub`, 'practice\n', isFirst ? 0o600 : 0o644);
}

/** The certificate of the cluster alone: what a worker gets. */
export function placeAuthority({ files, cluster }: Machine): void {
  files.place(`${pki}/ca.crt`, authorityText(cluster, 'ca'));
}

/** Every certificate and kubeconfig of a control plane; kubelet's own comes when it meets the API. */
export function makeLeaves(
  machine: Machine,
  options: {
    readonly node: string;
    readonly asked: readonly string[];
    readonly endpoint: string;
    readonly isFirst: boolean;
    readonly days?: number;
  },
): void {
  const { node, asked, endpoint, isFirst, days } = options;
  for (const leaf of leaves) {
    if (leaf.id === 'super-admin.conf' && !isFirst) continue;
    const { address } = machine;
    writeLeaf(machine, leaf, {
      node,
      address,
      asked,
      server: `https://${endpoint}`,
      ...(days !== undefined && { days }),
    });
  }
}

/** What kubelet writes when the API has signed its certificate. */
export function makeKubeletFiles(
  { files, cluster, address }: Machine,
  node: string,
  endpoint: string,
  isServer: boolean,
): void {
  const server = isServer ? `https://${address}:6443` : `https://${endpoint}`;
  const data = `    client-certificate: ${kubeletClient}\n    client-key: ${kubeletClient}`;
  files.place(`${kubernetes}/kubelet.conf`, kubeconfig(server, 'default-auth', data), 0o600);
  files.makeFolders(`${kubeletFolder}/pki`);
  const time = new Date(cluster.now()).toISOString().slice(0, 19).replace(/[T:]/g, '-');
  const path = `${kubeletFolder}/pki/kubelet-client-${time}.pem`;
  files.place(path, certificate(`O=system:nodes,CN=system:node:${node}`, cluster.now(), 365), 0o600);
  if (files.getLink(kubeletClient) !== undefined) files.remove(kubeletClient);
  files.link(path, kubeletClient);
  files.place(`${kubeletFolder}/pki/kubelet.crt`, certificate(`CN=${node}@1`, cluster.now(), 365));
  files.place(`${kubeletFolder}/pki/kubelet.key`, 'practice\n', 0o600);
}

/** The name under which kubelet speaks to the API, from its certificate; nothing before it has joined. */
export function nodeNameOf({ files }: Machine): string | undefined {
  return /CN=system:node:(\S+)/.exec(files.textOr(kubeletClient, ''))?.[1];
}

/** The text of the certificate that a file holds, be it a kubeconfig. */
export function certificateIn({ files }: Machine, path: string): string {
  const text = files.textOr(path, '');
  const data = /^ *client-certificate-data: *(\S+)/m.exec(text)?.[1];
  return data === undefined ? text : Buffer.from(data, 'base64').toString('utf8');
}

/** When a certificate ends, in milliseconds since 1970. */
export function endOf(text: string): number {
  return Date.parse(/^notAfter=(.+)$/m.exec(text)?.[1] ?? '');
}

/** Makes a certificate anew for the names that the present one has: renewal never changes them. */
export function renewLeaf(machine: Machine, leaf: Leaf): boolean {
  const { files } = machine;
  if (!files.has(leaf.path)) return false;
  const old = certificateIn(machine, leaf.path);
  const subject = /^subject=(.*)$/m.exec(old)?.[1] ?? leaf.subject;
  const names = /^names=(.*)$/m.exec(old)?.[1];
  const text = certificate(subject, machine.now(), 365) + (names === undefined ? '' : `names=${names}\n`);
  if (leaf.path.endsWith('.conf')) {
    const data = Buffer.from(text).toString('base64');
    files.place(leaf.path, files.text(leaf.path).replace(/^( *client-certificate-data:).*$/m, `$1 ${data}`), 0o600);
  } else files.place(leaf.path, text);
  return true;
}

/** Whether everything that etcd and the API server read is there. */
export function hasCertificates({ files }: Machine): boolean {
  return leaves
    .filter((each) => each.path.startsWith(pki))
    .every((each) => files.has(each.path) && files.has(each.path.replace(/crt$/, 'key')));
}
