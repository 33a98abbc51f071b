import { kubeadmKeys } from '../../../ops/snapshot-file/kubeadm-objects';
import type { EtcdStore } from '../etcd/store';

const folder = '/registry';
export const uploadedKey = `${folder}/secrets/kube-system/kubeadm-certs`;

/** What kubeadm keeps in `kube-system/kubeadm-config`. */
export function clusterConfiguration(endpoint: string, release: string, names: readonly string[]): string {
  return [
    'apiServer:',
    '  certSANs:',
    ...names.map((each) => `  - ${each}`),
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'caCertificateValidityPeriod: 87600h0m0s',
    'certificateValidityPeriod: 8760h0m0s',
    'certificatesDir: /etc/kubernetes/pki',
    'clusterName: kubernetes',
    `controlPlaneEndpoint: ${endpoint}`,
    'controllerManager: {}',
    'dns: {}',
    'encryptionAlgorithm: RSA-2048',
    'etcd:',
    '  local:',
    '    dataDir: /var/lib/etcd',
    'imageRepository: registry.k8s.io',
    'kind: ClusterConfiguration',
    `kubernetesVersion: ${release}`,
    'networking:',
    '  dnsDomain: cluster.local',
    '  podSubnet: 10.244.0.0/16',
    '  serviceSubnet: 10.96.0.0/12',
    'proxy: {}',
    'scheduler: {}',
    '',
  ].join('\n');
}

/** A ConfigMap as an API server stores it that is told to write JSON (`--storage-media-type`). */
function putMap(store: EtcdStore, key: string, data: Readonly<Record<string, string>>): void {
  const [namespace, name] = key.split('/').slice(-2);
  store.put(key, JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace }, data }));
}

/** The entries of a ConfigMap; what a test or a person has put there as plain text counts as one. */
export function mapData(text: string): Readonly<Record<string, string>> {
  return text.startsWith('{') ? (JSON.parse(text) as { data: Record<string, string> }).data : { v: text };
}

export function putClusterConfiguration(store: EtcdStore, text: string): void {
  putMap(store, kubeadmKeys.cluster, { ClusterConfiguration: text });
}

export function putKubeletConfiguration(store: EtcdStore, text: string): void {
  putMap(store, kubeadmKeys.kubelet, { kubelet: text });
}

/** What a machine that joins is told before it trusts anybody: the authority, and where the API is. */
export function putClusterInfo(store: EtcdStore, endpoint: string, authority: string): void {
  const data = Buffer.from(authority).toString('base64');
  const lines = ['apiVersion: v1', 'clusters:', '- cluster:', `    certificate-authority-data: ${data}`];
  putMap(store, kubeadmKeys.info, { kubeconfig: [...lines, `    server: https://${endpoint}`, ''].join('\n') });
}

/** The settings of the whole cluster, read from its own ConfigMap. */
export function clusterSettings(store: EtcdStore) {
  const text = mapData(store.get(kubeadmKeys.cluster) ?? '').ClusterConfiguration ?? '';
  const value = (key: string) => new RegExp(`^${key}: *(\\S+)$`, 'm').exec(text)?.[1] ?? '';
  const names = /^ {2}certSANs:\n((?: {2}- .*\n)*)/m.exec(text)?.[1] ?? '';
  return {
    text,
    endpoint: value('controlPlaneEndpoint'),
    release: value('kubernetesVersion'),
    names: [...names.matchAll(/- (\S+)/g)].map((each) => each[1] ?? ''),
  };
}

/** A token with which machines join, as it lies in a Secret. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  readonly expiresMs: number;
  /** One that only says when the uploaded certificates end is good for nothing else. */
  readonly isProxy: boolean;
  readonly description: string;
}

const tokenKey = (id: string) => `${folder}/secrets/kube-system/bootstrap-token-${id}`;

export function putToken(store: EtcdStore, token: BootstrapToken): void {
  store.put(tokenKey(token.id), JSON.stringify(token));
}

export function deleteToken(store: EtcdStore, id: string): boolean {
  const key = tokenKey(id);
  if (store.get(key) === undefined) return false;
  store.delete(key);
  return true;
}

/** The tokens that are good now; others were cleaned away when their time was over, and what they owned with them. */
export function tokensOf(store: EtcdStore, nowMs: number): BootstrapToken[] {
  return store.below(tokenKey('')).flatMap((key) => {
    const token = JSON.parse(store.get(key) ?? '{}') as BootstrapToken;
    return token.expiresMs > nowMs ? [token] : [];
  });
}

/** The key under which the certificates lie ready, while they do: two hours. */
export function uploadedCertificates(store: EtcdStore, nowMs: number): { readonly key: string } | undefined {
  const text = store.get(uploadedKey);
  if (text === undefined) return undefined;
  const { key, owner } = JSON.parse(text) as { readonly key: string; readonly owner: string };
  return tokensOf(store, nowMs).some((each) => each.id === owner) ? { key } : undefined;
}

/** Takes away the tokens whose time is over, and with its owner what it owned. */
export function cleanTokens(store: EtcdStore, nowMs: number): void {
  const keys = store.below(tokenKey(''));
  if (keys.length === 0) return;
  const good = new Set(tokensOf(store, nowMs).map((each) => tokenKey(each.id)));
  for (const key of keys.filter((each) => !good.has(each))) store.delete(key);
  if (store.get(uploadedKey) !== undefined && uploadedCertificates(store, nowMs) === undefined)
    store.delete(uploadedKey);
}
