import { areNeighbours, parseIp, sameIp } from '../../base/address';
import type { Role } from '../inventory/inventory';
import type { InventoryAnalysis, LocatedCluster, Word } from '../inventory/parse-inventory';
import type { ClusterModel, ClusterNode, K3sNode, Placed } from './cluster-model';
import type { BalancerPodFacts, FileFacts, K3sFacts, KeepalivedFacts, RouterFacts } from './facts/file-facts';
import { mergedK3sFacts } from './facts/yaml-facts';
import { homeOf } from './home-folder';
import { joinInstances, type SiblingsOf } from './instances';
import { keepalivedPeers } from './keepalived-peers';
import { isPlaceholder, type Located, parseHostPort } from './located';
import { machineNamedIn, shortPath } from './node-name';
import { isPlausible } from './plausible';

/** An inventory of the workspace and its place. */
export interface PlacedInventory {
  readonly path: string;
  readonly analysis: InventoryAnalysis;
}

/** Keys that only a server has: one of them settles the role of a file nobody else speaks of. */
const serverKeys = [
  'cluster-init',
  'tls-san',
  'datastore-endpoint',
  'cluster-cidr',
  'service-cidr',
  'write-kubeconfig-mode',
  'etcd-snapshot-schedule-cron',
  'etcd-snapshot-retention',
  'secrets-encryption',
  'disable',
  'https-listen-port',
  'flannel-backend',
  'agent-token',
];

/**
 * The clusters that the files describe. Files below an inventory belong to it when it names them or they speak of its
 * nodes; other files are one cluster when they lie together and name a common address. Files of load balancers alone are one
 * where they are the nodes of the same virtual routers. `siblingsOf` tells which files one program reads together.
 */
export function buildClusters(
  read: readonly FileFacts[],
  inventories: readonly PlacedInventory[],
  siblingsOf: SiblingsOf = () => [],
): ClusterModel[] {
  const files = joinInstances(read, siblingsOf);
  const rest = new Set(files);
  const models: ClusterModel[] = [];
  for (const inventory of inventories) {
    const folder = folderOf(inventory.path);
    const below = files.filter((file) => rest.has(file) && nearest(file.path, inventories) === inventory);
    const members = new Map<LocatedCluster, FileFacts[]>();
    for (const file of below) {
      rest.delete(file);
      const cluster = clusterOf(file, inventory.analysis.clusters, folder);
      if (cluster !== undefined) members.set(cluster, [...(members.get(cluster) ?? []), file]);
    }
    for (const cluster of inventory.analysis.clusters)
      models.push(fromInventory(inventory.path, cluster, members.get(cluster) ?? []));
  }
  for (const group of groupsOf([...rest]))
    if (group.length > 1 && isPlausible(group)) models.push(modelOf(group, undefined, undefined, []));
  const placed = new Set(models.flatMap((model) => [...model.paths]));
  for (const peers of keepalivedPeers(files.filter((file) => !placed.has(file.path))))
    models.push(modelOf(peers, undefined, undefined, []));
  return models;
}

function clusterOf(file: FileFacts, clusters: readonly LocatedCluster[], folder: string): LocatedCluster | undefined {
  const named = clusters.find((cluster) =>
    cluster.configs.some(
      (config) => config.file !== undefined && pathsOf(file).includes(joined(folder, config.file.value)),
    ),
  );
  if (named !== undefined) return named;
  const said = mentions(file);
  const akin = clusters.filter((cluster) => {
    const endpoint = parseHostPort(cluster.endpoint?.value ?? '')?.host;
    return (
      (endpoint !== undefined && said.has(endpoint)) ||
      cluster.nodes.some((node) => node.address !== undefined && said.has(node.address.value))
    );
  });
  if (akin.length === 0 && clusters.length === 1) {
    const [only] = clusters;
    // A pod names files and not addresses, a pool only free ones; where there is one cluster they are for this one.
    if (file.kind === 'balancer-pod' || file.kind === 'address-pool') return only;
    if (file.kind === 'kubeconfig') return only !== undefined && isNear(said, only) ? only : undefined;
  }
  return akin.length === 1 ? akin[0] : undefined;
}

/** Whether one of the addresses is in the network of the nodes, as far as a /24 tells: a digit off rather than another cluster. */
function isNear(said: ReadonlySet<string>, cluster: LocatedCluster): boolean {
  const network = (address: string) =>
    parseIp(address)?.family === 4 ? address.slice(0, address.lastIndexOf('.')) : undefined;
  const nodes = cluster.nodes.map((node) => network(node.address?.value ?? ''));
  return [...said].some((address) => network(address) !== undefined && nodes.includes(network(address)));
}

function fromInventory(path: string, cluster: LocatedCluster, files: readonly FileFacts[]): ClusterModel {
  const locate = (word: Word): Located<string> => ({ value: word.value, path, span: word.span });
  const nodes = cluster.nodes.flatMap((node): ClusterNode[] =>
    node.name === undefined
      ? []
      : [
          {
            name: locate(node.name),
            address: locate(node.address ?? node.name),
            roles: node.roles.map((role) => role.value as Role),
          },
        ],
  );
  return modelOf(files, { path, cluster }, cluster.name?.value, nodes);
}

function modelOf(
  files: readonly FileFacts[],
  inventory: { readonly path: string; readonly cluster: LocatedCluster } | undefined,
  name: string | undefined,
  nodes: readonly ClusterNode[],
): ClusterModel {
  const placed = <Kind extends FileFacts['kind']>(kind: Kind) =>
    files
      .filter((file): file is Extract<FileFacts, { kind: Kind }> => file.kind === kind)
      .map((facts): Placed<Extract<FileFacts, { kind: Kind }>> => ({ facts, nodes: nodesOf(facts, inventory, nodes) }));
  const k3s = withDropIns(placed('k3s')).flatMap(({ facts, nodes: on }) => k3sNodes(facts, on));
  const kubeadm = placed('kubeadm');
  const pods = placed('balancer-pod');
  const keepalived = placed('keepalived')
    .map((each) => inPod(each, 'keepalived', pods))
    .flatMap(forEachHost);
  const loadBalancers = placed('loadbalancer').map((each) => inPod(each, each.facts.program, pods));
  const word = inventory?.cluster.endpoint;
  const value = word === undefined ? undefined : parseHostPort(word.value);
  const endpoint =
    inventory !== undefined && word !== undefined && value !== undefined
      ? { value, path: inventory.path, span: word.span }
      : kubeadm.map((each) => each.facts.controlPlaneEndpoint).find((each) => each !== undefined);
  return {
    name,
    distribution:
      inventory?.cluster.distribution?.value === 'kubeadm' || (inventory === undefined && kubeadm.length > 0)
        ? 'kubeadm'
        : inventory !== undefined || k3s.length > 0
          ? 'k3s'
          : undefined,
    inventory: inventory?.path,
    nodes,
    endpoint,
    virtualAddresses: keepalived.flatMap(({ facts }) => facts.routers.flatMap(allAddresses)),
    k3s,
    kubeadm,
    loadBalancers,
    keepalived,
    kubeVips: placed('kube-vip'),
    pools: placed('address-pool').map((each) => each.facts),
    kubeconfigs: placed('kubeconfig').map((each) => each.facts),
    paths: new Set([...files.flatMap(pathsOf), ...(inventory === undefined ? [] : [inventory.path])]),
  };
}

/** The files in which something is said: a program's main file and those it reads beside it. */
function pathsOf(file: FileFacts): readonly string[] {
  return file.kind === 'loadbalancer' || file.kind === 'keepalived' ? file.paths : [file.path];
}

/** The routers of every host that a file is for. */
function routersOf({ routers, hosts }: KeepalivedFacts): readonly RouterFacts[] {
  return hosts.length === 0 ? routers : hosts.flatMap((host) => host.routers);
}

const allAddresses = (router: RouterFacts) => [...router.virtualAddresses, ...router.excludedAddresses];

/** A file whose lines name hosts is one file for each of them. */
function forEachHost(file: Placed<KeepalivedFacts>): readonly Placed<KeepalivedFacts>[] {
  const { facts, nodes } = file;
  if (facts.hosts.length === 0) return [file];
  const ids = facts.hosts.map((host) => host.id);
  return facts.hosts.map((host) => ({
    ...file,
    facts: { ...facts, routers: host.routers, hosts: [host] },
    nodes: nodes.filter(({ name }) => (host.id === undefined ? !ids.includes(name.value) : name.value === host.id)),
  }));
}

/**
 * A file together with the static pod that mounts it, which says on which nodes it counts when nothing else does. The
 * file of a node need not lie under the same folders here; its name is enough where there is one such pod.
 */
function inPod<Facts extends FileFacts>(
  file: Placed<Facts>,
  program: BalancerPodFacts['program'],
  pods: readonly Placed<BalancerPodFacts>[],
): Placed<Facts> {
  const name = file.facts.path.slice(folderOf(file.facts.path).length);
  const mounting = pods.filter(
    ({ facts }) =>
      facts.program === program &&
      facts.mounts.some(({ value }) => value.endsWith(`/${name}`) || file.facts.path.includes(`${value}/`)),
  );
  const [pod] = mounting;
  if (pod === undefined || mounting.length > 1) return file;
  return { facts: file.facts, nodes: file.nodes.length > 0 ? file.nodes : pod.nodes, pod: pod.facts };
}

/** A main file and the drop-ins beside it are one configuration; drop-ins go to the nodes of their main file. */
function withDropIns(files: readonly Placed<K3sFacts>[]): readonly Placed<K3sFacts>[] {
  const groups = new Map<string, Placed<K3sFacts>[]>();
  for (const file of files) {
    const main = file.facts.path.replace(/\.d\/[^/]+$/, '');
    groups.set(main, [...(groups.get(main) ?? []), file]);
  }
  return [...groups.values()].flatMap((group) => {
    const facts = mergedK3sFacts(group.map((each) => each.facts));
    const nodes = group.find((each) => each.nodes.length > 0)?.nodes ?? [];
    return facts === undefined ? [] : [{ facts, nodes }];
  });
}

/** One file may be for several nodes. */
function k3sNodes(facts: K3sFacts, nodes: readonly ClusterNode[]): K3sNode[] {
  const isServer = serverKeys.some((key) => facts.settings.has(key));
  if (nodes.length === 0) {
    const name = facts.settings.get('node-name')?.values[0]?.value;
    const label = name ?? machineNamedIn(facts.path) ?? shortPath(facts.path);
    return [{ label, node: undefined, role: isServer ? 'server' : 'unknown', facts }];
  }
  return nodes.map((node) => ({
    label: node.name.value,
    node,
    role: node.roles.includes('server') || (isServer && !node.roles.includes('agent')) ? 'server' : 'agent',
    facts,
  }));
}

function nodesOf(
  file: FileFacts,
  inventory: { readonly path: string; readonly cluster: LocatedCluster } | undefined,
  nodes: readonly ClusterNode[],
): readonly ClusterNode[] {
  if (inventory === undefined) return [];
  const folder = folderOf(inventory.path);
  // Where the inventory names a main file and its parts, the main file tells.
  const config = pathsOf(file)
    .map((path) =>
      inventory.cluster.configs.find((each) => each.file !== undefined && joined(folder, each.file.value) === path),
    )
    .find((each) => each !== undefined);
  if (config !== undefined) return nodes.filter((node) => config.on.some((name) => name.value === node.name.value));
  const own = ownAddresses(file);
  const byAddress = nodes.filter((node) => own.some((address) => sameIp(address, node.address.value)));
  if (byAddress.length === 1) return byAddress;
  const words = file.path.slice(folder.length).split(/[/._]/);
  return nodes.filter((node) => words.some((word) => word === node.name.value || word.endsWith(`-${node.name.value}`)));
}

/** The addresses by which a file says whose it is. */
function ownAddresses(file: FileFacts): readonly string[] {
  if (file.kind === 'k3s')
    return ['node-ip', 'advertise-address'].flatMap((key) =>
      (file.settings.get(key)?.values ?? []).map((each) => each.value),
    );
  if (file.kind === 'kubeadm') return file.advertiseAddress === undefined ? [] : [file.advertiseAddress.value];
  if (file.kind === 'keepalived' && file.hosts.length < 2)
    return file.routers.flatMap((router) => (router.unicastSource === undefined ? [] : [router.unicastSource.value]));
  return [];
}

/** Every address and name of the cluster that a file mentions. */
export function mentions(file: FileFacts): ReadonlySet<string> {
  const found: string[] = [];
  switch (file.kind) {
    case 'loadbalancer':
      for (const backend of file.backends) found.push(...backend.servers.map((server) => server.host));
      found.push(...file.listeners.flatMap((each) => (each.host === undefined ? [] : [each.host])));
      break;
    case 'keepalived':
      for (const router of routersOf(file)) {
        found.push(...allAddresses(router).map((each) => each.value));
        found.push(...router.unicastPeers.map((each) => each.value));
        if (router.unicastSource !== undefined) found.push(router.unicastSource.value);
      }
      break;
    case 'k3s':
      for (const key of ['tls-san', 'node-ip', 'node-external-ip', 'advertise-address'])
        found.push(...(file.settings.get(key)?.values ?? []).map((each) => each.value));
      found.push(parseHostPort(file.settings.get('server')?.values[0]?.value ?? '')?.host ?? '');
      break;
    case 'kubeadm':
      found.push(file.controlPlaneEndpoint?.value.host ?? '', file.joins?.value.host ?? '');
      found.push(file.advertiseAddress?.value ?? '', ...(file.certSans?.values ?? []).map((each) => each.value));
      break;
    case 'kubeconfig':
      found.push(...file.servers.map((each) => each.value.host));
      break;
    case 'kube-vip':
      found.push(file.address?.value ?? '');
      break;
  }
  return new Set(found.filter((each) => !isPlaceholder(each) && !/^(127\.|0\.0\.0\.0$|::1?$|localhost$)/.test(each)));
}

/** Files of one place that name a common address, directly or over other files. */
function groupsOf(files: readonly FileFacts[]): FileFacts[][] {
  const groups: { home: string; said: Set<string>; files: FileFacts[] }[] = [];
  for (const file of files) {
    const home = homeOf(file.path);
    const said = new Set(mentions(file));
    const joins = groups.filter((group) => group.home === home && [...said].some((each) => group.said.has(each)));
    const [first] = joins;
    if (first === undefined) groups.push({ home, said, files: [file] });
    else {
      first.files.push(file);
      for (const each of said) first.said.add(each);
      for (const other of joins.slice(1)) {
        first.files.push(...other.files);
        for (const each of other.said) first.said.add(each);
        groups.splice(groups.indexOf(other), 1);
      }
    }
  }
  // A pod that only mounts files names no address, and a pool none of a machine: they belong to the one cluster beside them.
  const isMute = (group: (typeof groups)[number]) =>
    group.files.every((file) => file.kind === 'balancer-pod' || file.kind === 'address-pool');
  for (const mute of groups.filter(isMute)) {
    const beside = groups.filter((group) => group.home === mute.home && !isMute(group));
    if (beside.length === 1) beside[0]?.files.push(...mute.files);
  }
  const speaking = groups.filter((group) => !isMute(group));
  const lonely = speaking.filter((group) => group.files.every(namesOnlyItself));
  for (const each of lonely) {
    const beside = speaking.filter((group) => group.home === each.home && !lonely.includes(group));
    const [only] = beside;
    if (beside.length === 1 && only !== undefined && areNear(each.said, only.said)) {
      only.files.push(...each.files);
      speaking.splice(speaking.indexOf(each), 1);
    }
  }
  return speaking.map((group) => group.files);
}

/** A file of a node that says neither whom it joins nor under which names it is reached: of whichever cluster is beside it. */
function namesOnlyItself(file: FileFacts): boolean {
  if (file.kind === 'kubeadm')
    return !file.hasClusterConfiguration && file.joins === undefined && file.advertiseAddress !== undefined;
  if (file.kind !== 'k3s') return false;
  return !['server', 'tls-san', 'datastore-endpoint'].some((key) => file.settings.has(key));
}

/** Whether an address of the one is in a small network with one of the other. */
function areNear(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  const parsed = [...others].flatMap((each) => parseIp(each) ?? []);
  return [...some].some((each) => {
    const ip = parseIp(each);
    return ip !== undefined && parsed.some((other) => areNeighbours(other, ip));
  });
}

/** The inventory in the folder of `path` or the nearest above it. */
export function nearest<Placed extends { readonly path: string }>(
  path: string,
  inventories: readonly Placed[],
): Placed | undefined {
  let best: Placed | undefined;
  for (const each of inventories) {
    const folder = folderOf(each.path);
    if (path.startsWith(folder) && (best === undefined || folder.length > folderOf(best.path).length)) best = each;
  }
  return best;
}

/** The folder of a path with its closing slash; empty for a bare name. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** `file` seen from `folder`, with `.` and `..` resolved as text. */
export function joined(folder: string, file: string): string {
  const whole = file.startsWith('/') ? file : folder + file;
  // Asked for every file and every line of an inventory, and most paths have nothing to resolve.
  if (!/(?:^|\/)\.\.?(?:\/|$)/.test(whole)) return whole;
  const parts: string[] = [];
  for (const part of whole.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
