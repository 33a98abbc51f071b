import { neighbourhoodOf, parseIp } from '../../base/address';
import { mainPath } from '../k3s/analysis';
import type { FileFacts, K3sFacts, KeepalivedFacts } from './facts/file-facts';
import { homeOf } from './home-folder';
import { isCaHash, isJoinToken } from './join-secrets';
import { isPlaceholder, parseHostPort } from './located';
import { mentions } from './mentions';
import { machineFolderOf, machineNamedIn } from './node-name';
import { isPlausible } from './plausible';
import { areClose, differsInOneNumber, isEndpointMissed, isSlip } from './slips';

interface Group {
  readonly home: string;
  /** Addresses and names that its files mention, secrets that they share, and the folders of machines. */
  readonly said: Set<string>;
  readonly files: FileFacts[];
  /** The small networks of its addresses; made when first asked for. */
  networks?: Set<string>;
}

/**
 * The files of each cluster that no inventory tells of: files of one place that name a common address or lie in the
 * folder of one machine, directly or over other files; and those that name nobody else, or one value that nobody else has, where only one cluster is beside them.
 */
export function groupsOf(files: readonly FileFacts[]): readonly (readonly FileFacts[])[] {
  const all = linked(files);
  // A pod that only mounts files names no address, and a pool none of a machine: they belong to the one cluster beside them.
  const groups = new Set(all.filter((group) => !isMute(group)));
  const speaking = byHome(groups);
  for (const mute of all.filter(isMute)) {
    const [only, ...others] = speaking.get(mute.home) ?? [];
    if (others.length === 0) only?.files.push(...mute.files);
  }
  joinLonely(groups);
  joinHalves(groups);
  joinFromAbove(groups);
  return [...groups].map((group) => group.files);
}

function byHome(groups: Iterable<Group>): ReadonlyMap<string, readonly Group[]> {
  const found = new Map<string, Group[]>();
  for (const group of groups) {
    const same = found.get(group.home);
    if (same === undefined) found.set(group.home, [group]);
    else same.push(group);
  }
  return found;
}

function linked(files: readonly FileFacts[]): Group[] {
  const groups = new Set<Group>();
  // Who said a word in a home, so that a file is compared with those alone that have one in common with it.
  const speakers = new Map<string, Map<string, { readonly group: Group; readonly order: number }>>();
  for (const [order, file] of files.entries()) {
    const home = homeOf(file.path);
    const folder = machineFolderOf(file.path);
    const machine = folder === undefined ? [] : [`machine ${folder}`];
    const said = new Set([...mentions(file), ...sharedByK3s(file), ...sharedByKubeadm(file), ...machine]);
    const known = speakers.get(home) ?? new Map<string, { readonly group: Group; readonly order: number }>();
    speakers.set(home, known);
    const found = new Map([...said].flatMap((each) => known.get(each) ?? []).map((each) => [each.order, each]));
    const [first, ...others] = [...found.values()].sort((a, b) => a.order - b.order);
    const joined = first ?? { group: { home, said: new Set<string>(), files: [] }, order };
    groups.add(joined.group);
    absorb(joined.group, { home, said, files: [file] });
    for (const each of said) known.set(each, joined);
    for (const { group } of others) {
      absorb(joined.group, group);
      groups.delete(group);
      for (const each of group.said) known.set(each, joined);
    }
  }
  return [...groups];
}

function absorb(group: Group, other: Group): void {
  for (const each of other.files) group.files.push(each);
  for (const each of other.said) group.said.add(each);
  if (group.networks !== undefined) for (const each of networksOf(other)) group.networks.add(each);
}

function networksOf(group: Group): ReadonlySet<string> {
  group.networks ??= new Set(
    [...group.said].flatMap((each) => {
      const ip = parseIp(each);
      return ip === undefined ? [] : [neighbourhoodOf(ip)];
    }),
  );
  return group.networks;
}

/**
 * What only nodes of one k3s cluster have in common: the place of its state, and a token that nobody takes from an example;
 * and the main file, which the drop-ins beside it are a part of whatever they say.
 */
function sharedByK3s(file: FileFacts): readonly string[] {
  if (file.kind !== 'k3s') return [];
  const value = (key: string) => file.settings.get(key)?.values[0]?.value ?? '';
  const tokens = [value('token'), value('agent-token')].map((each) => each.replace(/^K10[0-9a-f]{64}::(?:\w+:)?/, ''));
  const endpoint = value('datastore-endpoint');
  return [
    `config ${mainPath(file.path)}`,
    ...tokens.filter((each) => isRandom(each)).map((each) => `token ${each}`),
    ...(endpoint === '' || isPlaceholder(endpoint) ? [] : [`datastore ${endpoint}`]),
  ];
}

/**
 * What only nodes that join one kubeadm cluster have in common: the hash of its certificate and the token, both made at random.
 * Those of the documentation are none.
 */
function sharedByKubeadm(file: FileFacts): readonly string[] {
  if (file.kind !== 'kubeadm') return [];
  const tokens = [...(file.token === undefined ? [] : [file.token]), ...file.madeTokens];
  return [
    ...file.caHashes.flatMap(({ value }) => (isCaHash(value) ? [value] : [])),
    ...tokens.flatMap(({ value }) => (isJoinToken(value) ? [`token ${value}`] : [])),
  ];
}

/** Long, with digits here and there and no word that tells what belongs there. */
function isRandom(token: string): boolean {
  return token.length >= 16 && /\d.*\d.*\d/.test(token) && !/token|secret|password|example|change|[$<{ ]/i.test(token);
}

function isMute(group: Group): boolean {
  return group.files.every((file) => file.kind === 'balancer-pod' || file.kind === 'address-pool');
}

/** Files that may be of whichever cluster is beside them go to the only one, where its addresses or names fit. */
function joinLonely(groups: Set<Group>): void {
  const all = [...groups];
  const lonely = all.filter((group) => group.files.every(mayBeOfAny));
  const left = new Set(all);
  for (const each of lonely) left.delete(each);
  const others = byHome(left);
  for (const each of lonely) {
    const [only, ...more] = others.get(each.home) ?? [];
    if (only === undefined || more.length > 0) continue;
    const fits = (file: FileFacts) =>
      isBalancedByName(file, only) ||
      isMissingAddress(file, only) ||
      isMissingServer(file, only) ||
      isPeer(file, only) ||
      isAgentOf(file, only) ||
      isEndpointElsewhere(file, only);
    const isNear =
      areNear(each, only) &&
      !each.files.some((file) => file.kind === 'keepalived' || (file.kind === 'k3s' && isAgent(file)));
    if (!isNear && !each.files.every(fits)) continue;
    absorb(only, each);
    groups.delete(each);
  }
}

/** A file that says neither whom it joins nor under which names it is reached, or nothing but where the API is. */
function mayBeOfAny(file: FileFacts): boolean {
  if (file.kind === 'kubeconfig') return file.servers.length === 1;
  if (file.kind === 'kube-vip') return true;
  if (file.kind === 'kubeadm')
    return !file.hasClusterConfiguration && file.joins === undefined && file.advertiseAddress !== undefined;
  if (file.kind === 'keepalived') return file.routers.length > 0 && machineNamedIn(file.path) !== undefined;
  if (file.kind !== 'k3s') return false;
  if (isAgent(file)) return true;
  return !['server', 'tls-san', 'datastore-endpoint'].some((key) => file.settings.has(key));
}

/** A node that only joins, and says where it is itself. */
function isAgent(file: K3sFacts): boolean {
  return file.settings.has('server') && file.settings.has('node-ip') && !file.settings.has('tls-san');
}

/** Whether an agent of the group's network joins what is nearly an address or name of the group. */
function isAgentOf(file: FileFacts, group: Group): boolean {
  if (
    file.kind !== 'k3s' ||
    !isAgent(file) ||
    !areNear({ home: '', said: new Set(mentions(file)), files: [file] }, group)
  )
    return false;
  const host = parseHostPort(file.settings.get('server')?.values[0]?.value ?? '')?.host ?? '';
  return [...group.said].some((each) => areClose(host, each) || isSlip(host, each));
}

/**
 * Whether keepalived of another machine in the group has the same virtual routers, with addresses that are near or differ in one
 * number. That names and numbers are the same says nothing alone: all take those of the first example.
 */
function isPeer(file: FileFacts, group: Group): boolean {
  if (file.kind !== 'keepalived') return false;
  const names = (each: KeepalivedFacts) =>
    each.routers.map(({ name, virtualRouterId }) => `${name.value} ${virtualRouterId?.value}`).join();
  const addresses = (each: KeepalivedFacts) => each.routers.flatMap((router) => router.virtualAddresses);
  return group.files.some(
    (each) =>
      each.kind === 'keepalived' &&
      names(each) === names(file) &&
      machineNamedIn(each.path) !== undefined &&
      machineNamedIn(each.path) !== machineNamedIn(file.path) &&
      addresses(each).some(({ value }) => addresses(file).some((other) => areClose(value, other.value))),
  );
}

/** Whether an address of the one is in a small network with one of the other. */
function areNear(one: Group, other: Group): boolean {
  const networks = networksOf(other);
  return [...networksOf(one)].some((each) => networks.has(each));
}

/**
 * Whether a load balancer of the group has a server of the name of this node, and the files of other nodes are in the
 * group by the addresses of theirs: then it is this one's address that is odd.
 */
function isBalancedByName(file: FileFacts, group: Group): boolean {
  if (file.kind !== 'kubeadm') return false;
  const names = [file.nodeName?.value, machineNamedIn(file.path)];
  const servers = group.files.flatMap((each) =>
    each.kind === 'loadbalancer' ? each.backends.flatMap((backend) => backend.servers) : [],
  );
  const others = group.files.filter(
    (each) => each.kind === 'kubeadm' && servers.some((server) => server.host === each.advertiseAddress?.value),
  );
  return others.length > 0 && servers.some((server) => names.includes(server.name));
}

/** Whether it holds the address of a control plane, and the group is one of which nothing else does. */
function isMissingAddress(file: FileFacts, group: Group): boolean {
  const parts = partsOf(group);
  return file.kind === 'kube-vip' && parts.has('founder') && !parts.has('address');
}

/**
 * Whether a load balancer of the group sends to control planes of it and to one address more, and that is the one of this
 * control plane but for one number.
 */
function isMissingServer(file: FileFacts, group: Group): boolean {
  const own = file.kind === 'kubeadm' && file.isControlPlane ? file.advertiseAddress?.value : undefined;
  if (own === undefined) return false;
  const planes = group.files.flatMap((each) => (each.kind === 'kubeadm' ? (each.advertiseAddress?.value ?? []) : []));
  return group.files.some(
    (each) =>
      each.kind === 'loadbalancer' &&
      each.backends.some(({ servers }) => {
        const [odd, ...others] = servers.filter(({ host }) => !planes.includes(host));
        return odd !== undefined && others.length === 0 && servers.length > 2 && differsInOneNumber(odd.host, own);
      }),
  );
}

/** Whether a kubeconfig leads to the address and port of the group but for one number of the address. */
function isEndpointElsewhere(file: FileFacts, group: Group): boolean {
  const server = file.kind === 'kubeconfig' ? file.servers[0]?.value : undefined;
  if (server === undefined) return false;
  const endpoints = group.files.flatMap((each) => {
    if (each.kind === 'k3s') return parseHostPort(each.settings.get('server')?.values[0]?.value ?? '') ?? [];
    return each.kind === 'kubeadm' ? [each.controlPlaneEndpoint, each.joins].flatMap((one) => one?.value ?? []) : [];
  });
  return endpoints.some((endpoint) => isEndpointMissed(endpoint, server));
}

/**
 * Two groups of one place and network that are whole only together, one with the load balancer and one without, are one
 * cluster with a wrong address between them; a single file may as well be an example that lies about.
 */
function joinHalves(groups: Set<Group>): void {
  for (const [first, second, third] of byHome(groups).values()) {
    if (first === undefined || second === undefined || third !== undefined) continue;
    if (!isHalf(first, second) || !isHalf(second, first)) continue;
    const isMissing = (one: Group, other: Group) => one.files.some((file) => isMissingServer(file, other));
    if (!areNear(first, second) && !isMissing(first, second) && !isMissing(second, first)) continue;
    if ([...partsOf(first)].some((part) => partsOf(second).has(part))) continue;
    if (!isPlausible([...first.files, ...second.files])) continue;
    absorb(first, second);
    groups.delete(second);
  }
}

/** Several files, or the one that founds a cluster where the other group has only nodes that join. */
function isHalf(group: Group, other: Group): boolean {
  if (group.files.length > 1) return true;
  return partsOf(group).has('founder') && other.files.some((file) => file.kind === 'kubeadm' && file.isControlPlane);
}

/**
 * A kubeconfig alone in its folder goes to the one cluster in the folders below, where it leads to a name or address of that one, or
 * to its endpoint with a slip.
 */
function joinFromAbove(groups: Set<Group>): void {
  for (const above of [...groups]) {
    const [file, ...more] = above.files;
    if (file?.kind !== 'kubeconfig' || file.servers.length !== 1 || more.length > 0) continue;
    const others = [...groups].filter((each) => each !== above && `${each.home}/`.startsWith(slashed(above.home)));
    const [only, ...rest] = others.filter((each) => each.files.length > 1);
    if (only === undefined || rest.length > 0 || others.some((each) => each.home === above.home)) continue;
    if (![...above.said].some((each) => only.said.has(each)) && !isEndpointElsewhere(file, only)) continue;
    absorb(only, above);
    groups.delete(above);
  }
}

const slashed = (folder: string) => (folder === '' ? '' : `${folder}/`);

/** The parts of which a cluster has one. */
function partsOf(group: Group): ReadonlySet<string> {
  const parts = new Set<string>();
  for (const file of group.files) {
    if (file.kind === 'loadbalancer') parts.add('balancer');
    else if (file.kind === 'keepalived' || file.kind === 'kube-vip') parts.add('address');
    else if (file.kind === 'kubeconfig') parts.add('kubeconfig');
    else if (file.kind === 'kubeadm' && file.hasClusterConfiguration) parts.add('founder');
    else if (file.kind === 'k3s' && (file.settings.has('cluster-init') || file.settings.has('tls-san')))
      parts.add('founder');
  }
  return parts;
}
