import { neighbourhoodOf, parseIp, sameIp } from '../../base/address';
import type { Role } from '../inventory/inventory';
import type { InventoryAnalysis, LocatedCluster, Word } from '../inventory/parse-inventory';
import { mainPath } from '../k3s/analysis';
import type { ClusterModel, ClusterNode, K3sNode, Placed } from './cluster-model';
import type { BalancerPodFacts, FileFacts, K3sFacts, KeepalivedFacts } from './facts/file-facts';
import { mergedK3sFacts } from './facts/yaml-facts';
import { groupsOf } from './group-files';
import { joinInstances, type SiblingsOf } from './instances';
import { keepalivedPeers } from './keepalived-peers';
import { type HostPort, type Located, parseHostPort } from './located';
import { allAddresses, mentions } from './mentions';
import { machineFolderOf, machineNamedIn, shortPath } from './node-name';
import { isPlausible } from './plausible';
import { isEndpointMissed, isSlip } from './slips';

/** An inventory of the workspace and its place. */
export interface PlacedInventory {
  readonly path: string;
  readonly analysis: InventoryAnalysis;
}

/** Keys that only a server has: one of them settles the role of a file nobody else speaks of. */
export const serverKeys = [
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
    const k3sFiles = new Map(below.flatMap((file) => (file.kind === 'k3s' ? [[file.path, file] as const] : [])));
    const members = new Map<LocatedCluster, FileFacts[]>();
    for (const file of below) {
      rest.delete(file);
      const { clusters } = inventory.analysis;
      const main = file.kind === 'k3s' ? k3sFiles.get(mainPath(file.path)) : undefined;
      // A drop-in need not name anything of the cluster.
      const cluster = clusterOf(file, clusters, folder) ?? (main && clusterOf(main, clusters, folder));
      if (cluster !== undefined) members.set(cluster, [...(members.get(cluster) ?? []), file]);
    }
    const [only, ...more] = inventory.analysis.clusters;
    if (only !== undefined && more.length === 0) {
      const own = members.get(only) ?? [];
      const named = new Set(own.flatMap((file) => [...mentions(file)]));
      // A certificate may have the name by which a kubeconfig asks, although the inventory has not.
      const asking = below.filter(
        (file) =>
          file.kind === 'kubeconfig' && !own.includes(file) && [...mentions(file)].some((each) => isKnown(each, named)),
      );
      if (asking.length > 0) members.set(only, [...own, ...asking]);
    }
    for (const cluster of inventory.analysis.clusters)
      models.push(fromInventory(inventory, cluster, members.get(cluster) ?? []));
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
    if (file.kind === 'kubeconfig' && only !== undefined)
      return isNear(said, only) || file.servers.some(({ value }) => isEndpointElsewhere(value, only))
        ? only
        : undefined;
  }
  return akin.length === 1 ? akin[0] : undefined;
}

/** Whether one of the addresses is in the network of the nodes, as far as a /24 or /64 tells: a digit off rather than another cluster. */
function isNear(said: ReadonlySet<string>, cluster: LocatedCluster): boolean {
  const network = (address: string) => {
    const ip = parseIp(address);
    return ip === undefined ? undefined : neighbourhoodOf(ip);
  };
  const nodes = cluster.nodes.map((node) => network(node.address?.value ?? ''));
  return [...said].some((address) => network(address) !== undefined && nodes.includes(network(address)));
}

/** Whether a name is one of these, or one of them with a slip. */
function isKnown(name: string, names: ReadonlySet<string>): boolean {
  return names.has(name) || [...names].some((each) => isSlip(each, name));
}

/** Whether a kubeconfig leads to the address and port of the endpoint but for one number of the address. */
function isEndpointElsewhere(server: HostPort, cluster: LocatedCluster): boolean {
  const endpoint = parseHostPort(cluster.endpoint?.value ?? '');
  return endpoint !== undefined && isEndpointMissed(endpoint, server);
}

function fromInventory(
  { path, analysis }: PlacedInventory,
  cluster: LocatedCluster,
  files: readonly FileFacts[],
): ClusterModel {
  const isDamaged = analysis.document.problems.length > 0;
  const locate = (word: Word): Located<string> => ({ value: word.value, path, span: word.span });
  const nodes = cluster.nodes.flatMap((node): ClusterNode[] =>
    node.name === undefined
      ? []
      : [
          {
            name: locate(node.name),
            address: locate(node.address ?? node.name),
            roles: node.roles.map((role) => role.value as Role),
            ...(node.roles[0] === undefined ? {} : { role: locate(node.roles[0]) }),
          },
        ],
  );
  return modelOf(files, { path, cluster, isDamaged }, cluster.name?.value, nodes);
}

function modelOf(
  files: readonly FileFacts[],
  inventory: { readonly path: string; readonly cluster: LocatedCluster; readonly isDamaged: boolean } | undefined,
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
  const distribution = inventory?.cluster.distribution;
  const endpoint =
    inventory !== undefined && word !== undefined && value !== undefined
      ? { value, path: inventory.path, span: word.span }
      : kubeadm.map((each) => each.facts.controlPlaneEndpoint).find((each) => each !== undefined);
  return {
    name,
    distribution:
      distribution?.value === 'kubeadm' || (inventory === undefined && kubeadm.length > 0)
        ? 'kubeadm'
        : inventory !== undefined || k3s.length > 0
          ? 'k3s'
          : undefined,
    distributionAt:
      distribution === undefined || inventory === undefined
        ? undefined
        : { value: distribution.value, path: inventory.path, span: distribution.span },
    inventory: inventory?.path,
    knowsAllNodes: inventory !== undefined && !inventory.isDamaged,
    nodes,
    assigned: assignedBy(inventory),
    endpoint,
    virtualAddresses: keepalived.flatMap(({ facts }) => facts.routers.flatMap(allAddresses)),
    k3s,
    kubeadm,
    loadBalancers,
    keepalived,
    kubeVips: placed('kube-vip'),
    pools: placed('address-pool').map((each) => each.facts),
    kubeconfigs: placed('kubeconfig').map((each) => each.facts),
    damagedKinds: new Set(files.flatMap((file) => (file.isDamaged === true ? [file.kind] : []))),
    paths: new Set([...files.flatMap(pathsOf), ...(inventory === undefined ? [] : [inventory.path])]),
  };
}

/** The files in which something is said: a program's main file and those it reads beside it. */
function pathsOf(file: FileFacts): readonly string[] {
  return file.kind === 'loadbalancer' || file.kind === 'keepalived' ? file.paths : [file.path];
}

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
 * file of a node need not lie under the same folders here; its name is enough where there is one such pod, or one in the folder of
 * its machine.
 */
function inPod<Facts extends FileFacts>(
  file: Placed<Facts>,
  program: BalancerPodFacts['program'],
  pods: readonly Placed<BalancerPodFacts>[],
): Placed<Facts> {
  const name = file.facts.path.slice(folderOf(file.facts.path).length);
  const all = pods.filter(
    ({ facts }) =>
      facts.program === program &&
      facts.mounts.some(({ value }) => value.endsWith(`/${name}`) || file.facts.path.includes(`${value}/`)),
  );
  const machine = machineFolderOf(file.facts.path);
  const ofMachine = all.filter(({ facts }) => machine !== undefined && machineFolderOf(facts.path) === machine);
  const mounting = all.length > 1 ? ofMachine : all;
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

/** The names of nodes beside each file of an inventory. */
function assignedBy(
  inventory: { readonly path: string; readonly cluster: LocatedCluster } | undefined,
): ReadonlyMap<string, readonly Located<string>[]> {
  if (inventory === undefined) return new Map();
  const { path, cluster } = inventory;
  return new Map(
    cluster.configs.flatMap(({ file, on }) =>
      file === undefined
        ? []
        : [[joined(folderOf(path), file.value), on.map(({ value, span }) => ({ value, path, span }))] as const],
    ),
  );
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

/** The inventory in the folder of `path` or the nearest above it. */
function nearest<Placed extends { readonly path: string }>(
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
