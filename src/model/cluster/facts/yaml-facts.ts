import {
  entryOf,
  itemsOf,
  parseLocatedYaml,
  scalarAt,
  scalarsOf,
  valueAt,
  type YamlScalar,
  type YamlValue,
} from '../../../syntax/located-yaml';
import { isUnreadDropIn } from '../../k3s/analysis';
import { type HostPort, type Located, parseHostPort } from '../located';
import type { EtcdUrl, K3sFacts, KubeadmFacts, KubeconfigFacts, Setting } from './file-facts';

/** Reads a k3s `config.yaml`. Of keys that stand twice the last counts, as k3s reads it; `key+` adds to `key`. */
export function k3sFacts(path: string, text: string): K3sFacts {
  const root = isUnreadDropIn(path) ? undefined : parseLocatedYaml(text)[0]?.root;
  const settings = new Map<string, Setting>();
  if (root?.kind === 'map') {
    for (const entry of root.entries) {
      const key = entry.key.replace(/\+$/, '');
      const setting = { ...settingOf(path, text, key, entry.keySpan, entry.value), appends: entry.key.endsWith('+') };
      const before = entry.key.endsWith('+') ? settings.get(key) : undefined;
      settings.set(key, before === undefined ? setting : { ...setting, values: [...before.values, ...setting.values] });
    }
  }
  return { kind: 'k3s', path, settings, insertAt: text.trimEnd().length };
}

/**
 * The files of one node as k3s reads them: the main file, then the drop-ins by name; a later plain key replaces,
 * `key+` adds (k3s-io/k3s pkg/configfilearg/parser.go). `path` and places stay those of the file that counts.
 */
export function mergedK3sFacts(files: readonly K3sFacts[]): K3sFacts | undefined {
  const [main, ...dropIns] = [...files].sort(
    (a, b) => Number(isDropIn(a.path)) - Number(isDropIn(b.path)) || (a.path < b.path ? -1 : 1),
  );
  if (main === undefined || dropIns.length === 0) return main;
  const settings = new Map(main.settings);
  for (const file of dropIns) {
    for (const [key, setting] of file.settings) {
      const before = settings.get(key);
      settings.set(
        key,
        setting.appends && before !== undefined
          ? { ...setting, values: [...before.values, ...setting.values] }
          : setting,
      );
    }
  }
  return { ...main, settings };
}

function isDropIn(path: string): boolean {
  return /\.d\/[^/]+$/.test(path);
}

/** Reads every kubeadm document of a file. */
export function kubeadmFacts(path: string, text: string): KubeadmFacts {
  const roots = parseLocatedYaml(text).flatMap((document) => (document.root?.kind === 'map' ? [document.root] : []));
  const ofKind = (kind: string) => roots.find((root) => scalarAt(root, 'kind')?.text === kind);
  const cluster = ofKind('ClusterConfiguration');
  const init = ofKind('InitConfiguration');
  const join = ofKind('JoinConfiguration');
  const local = valueAt(init, 'localAPIEndpoint') ?? valueAt(join, 'controlPlane', 'localAPIEndpoint');
  const sans = entryOf(valueAt(cluster, 'apiServer'), 'certSANs');
  const apiServer = entryOf(cluster, 'apiServer');
  const etcdArguments = valueAt(cluster, 'etcd', 'local', 'extraArgs');
  const isEtcdHost =
    argumentNamed(etcdArguments, 'initial-cluster') !== undefined &&
    ['name', 'initial-advertise-peer-urls'].some((name) => argumentNamed(etcdArguments, name) !== undefined) &&
    entryOf(cluster, 'controlPlaneEndpoint') === undefined &&
    entryOf(cluster, 'networking') === undefined;
  const split = (value: YamlValue | undefined) => scalarsOf(value).flatMap((scalar) => commaParts(path, scalar));
  return {
    kind: 'kubeadm',
    path,
    hasClusterConfiguration: cluster !== undefined && !isEtcdHost,
    isEtcdHost,
    clusterSpan: scalarAt(cluster, 'kind')?.span ?? { start: 0, end: 0 },
    controlPlaneEndpoint: hostPort(path, scalarAt(cluster, 'controlPlaneEndpoint')),
    certSans: sans === undefined ? undefined : settingOf(path, text, sans.key, sans.keySpan, sans.value),
    decidesOnAnonymous: ['anonymous-auth', 'authentication-config'].some(
      (name) => argumentNamed(valueAt(cluster, 'apiServer', 'extraArgs'), name) !== undefined,
    ),
    apiServer: apiServer === undefined ? undefined : { value: apiServer.key, path, span: apiServer.keySpan },
    clusterInsertAt: cluster === undefined ? text.length : text.slice(0, cluster.span.end).trimEnd().length,
    advertiseAddress: located(path, scalarAt(local, 'advertiseAddress')),
    bindPort: numberAt(path, scalarAt(local, 'bindPort')),
    nodeName: located(path, scalarAt(init ?? join, 'nodeRegistration', 'name')),
    joins: hostPort(path, scalarAt(join, 'discovery', 'bootstrapToken', 'apiServerEndpoint')),
    isControlPlane:
      !isEtcdHost && (init !== undefined || cluster !== undefined || entryOf(join, 'controlPlane') !== undefined),
    podSubnets: split(valueAt(cluster, 'networking', 'podSubnet')),
    serviceSubnets: split(valueAt(cluster, 'networking', 'serviceSubnet')),
    externalEtcd: split(valueAt(cluster, 'etcd', 'external', 'endpoints')),
    etcdUrls: memberUrls.flatMap((argument) =>
      split(argumentNamed(etcdArguments, argument)).map((each) => ({ ...each, argument })),
    ),
    etcdName: split(argumentNamed(etcdArguments, 'name'))[0],
    nodeIps: split(argumentNamed(valueAt(init ?? join, 'nodeRegistration', 'kubeletExtraArgs'), 'node-ip')),
    initialCluster: split(argumentNamed(etcdArguments, 'initial-cluster')),
    etcdSans: ['serverCertSANs', 'peerCertSANs'].flatMap((key) => split(valueAt(cluster, 'etcd', 'local', key))),
    token: located(path, scalarAt(join, 'discovery', 'bootstrapToken', 'token')),
    caHashes: split(valueAt(join, 'discovery', 'bootstrapToken', 'caCertHashes')),
    madeTokens: itemsOf(valueAt(init, 'bootstrapTokens')).flatMap(
      (each) => located(path, scalarAt(each, 'token')) ?? [],
    ),
    certificateKey: located(path, scalarAt(init, 'certificateKey') ?? scalarAt(join, 'controlPlane', 'certificateKey')),
  };
}

/** What each member of etcd says of itself. */
const memberUrls: readonly EtcdUrl[] = [
  'listen-peer-urls',
  'listen-client-urls',
  'advertise-client-urls',
  'initial-advertise-peer-urls',
];

/** The value of an argument: v1beta4 has a list of names and values, v1beta3 a map. */
function argumentNamed(value: YamlValue | undefined, name: string): YamlValue | undefined {
  if (value?.kind === 'map') return valueAt(value, name);
  return valueAt(
    itemsOf(value).find((each) => scalarAt(each, 'name')?.text === name),
    'value',
  );
}

/** Reads the servers of a kubeconfig. */
export function kubeconfigFacts(path: string, text: string): KubeconfigFacts {
  const root = parseLocatedYaml(text)[0]?.root;
  const servers = itemsOf(valueAt(root, 'clusters')).flatMap((each) => {
    const scalar = scalarAt(each, 'cluster', 'server');
    const server = hostPort(path, scalar);
    if (server === undefined) return [];
    return [/^http:/i.test(scalar?.text ?? '') ? { ...server, isPlain: true as const } : server];
  });
  return { kind: 'kubeconfig', path, servers };
}

function settingOf(path: string, text: string, key: string, keySpan: Setting['keySpan'], value: YamlValue): Setting {
  const values = scalarsOf(value).map((scalar) => ({ value: scalar.text, path, span: scalar.span }));
  const first = value.kind === 'list' ? value.items[0]?.span.start : undefined;
  const lead = first === undefined ? '' : text.slice(text.lastIndexOf('\n', first - 1) + 1, first);
  return {
    key,
    keySpan,
    path,
    appends: false,
    itemIndent: /^[ \t]*(?=-)/.exec(lead)?.[0] ?? '  ',
    span: value.span,
    isList: value.kind === 'list',
    flow: value.kind !== 'scalar' && value.flow,
    values,
  };
}

/** The text of a scalar and its place. */
export function located(path: string, scalar: YamlScalar | undefined): Located<string> | undefined {
  return scalar === undefined ? undefined : { value: scalar.text, path, span: scalar.span };
}

function hostPort(path: string, scalar: YamlScalar | undefined): Located<HostPort> | undefined {
  const value = scalar === undefined ? undefined : parseHostPort(scalar.text);
  return scalar === undefined || value === undefined ? undefined : { value, path, span: scalar.span };
}

/** A scalar that is a whole number, and its place. */
export function numberAt(path: string, scalar: YamlScalar | undefined): Located<number> | undefined {
  const value = Number(scalar?.text);
  return scalar === undefined || !Number.isInteger(value) ? undefined : { value, path, span: scalar.span };
}

/** The parts of a comma-separated text, each with its own span where the source shows them one to one. */
function commaParts(path: string, scalar: YamlScalar): Located<string>[] {
  const shift = scalar.quoted ? 1 : 0;
  let at = 0;
  return scalar.text.split(',').map((part) => {
    const lead = part.length - part.trimStart().length;
    const start = scalar.span.start + shift + at + lead;
    at += part.length + 1;
    return { value: part.trim(), path, span: { start, end: start + part.trim().length } };
  });
}
