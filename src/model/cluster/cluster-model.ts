import { sameIp } from '../../base/address';
import { type Place, placeOf, type Related, related, startOf } from '../../base/finding';
import { say } from '../../base/message';
import type { Distribution, Role } from '../inventory/inventory';
import type {
  AddressPoolFacts,
  Backend,
  BalancerPodFacts,
  FileFacts,
  K3sFacts,
  KeepalivedFacts,
  KubeadmFacts,
  KubeconfigFacts,
  KubeVipFacts,
  Listener,
  LoadBalancerFacts,
  Setting,
  VirtualAddress,
} from './facts/file-facts';
import type { HostPort, Located } from './located';
import { machineNamedIn, shortPath } from './node-name';
import { nameKey, serversWithKeys } from './servers-by-host';

/** A machine of the cluster, from the inventory. */
export interface ClusterNode {
  readonly name: Located<string>;
  readonly address: Located<string>;
  readonly roles: readonly Role[];
  /** Where the first of the roles is written. */
  readonly role?: Located<string>;
}

/** A file of the cluster and the nodes it is for; none where nobody says. */
export interface Placed<Facts extends FileFacts> {
  readonly facts: Facts;
  readonly nodes: readonly ClusterNode[];
  /** The static pod that runs the program of this file. */
  readonly pod?: BalancerPodFacts;
}

/** One k3s node as its files describe it. */
export interface K3sNode {
  /** The node's name, or the path of its file. */
  readonly label: string;
  readonly node: ClusterNode | undefined;
  /** Unknown where neither the inventory nor a key tells: a file that only joins may be that of a server or of an agent. */
  readonly role: 'server' | 'agent' | 'unknown';
  readonly facts: K3sFacts;
}

/** What all files of one cluster say together. Every value knows where it is written. */
export interface ClusterModel {
  readonly name: string | undefined;
  readonly distribution: Distribution | undefined;
  /** Where the inventory says which one it is. */
  readonly distributionAt: Located<string> | undefined;
  /** The inventory that lists the nodes. */
  readonly inventory: string | undefined;
  /** Without an inventory the nodes are not known to be all, and neither with one that is broken. */
  readonly knowsAllNodes: boolean;
  readonly nodes: readonly ClusterNode[];
  /** The files that the inventory gives to nodes, each with the names of these. */
  readonly assigned: ReadonlyMap<string, readonly Located<string>[]>;
  /** From the inventory, or kubeadm's controlPlaneEndpoint. */
  readonly endpoint: Located<HostPort> | undefined;
  readonly virtualAddresses: readonly VirtualAddress[];
  readonly k3s: readonly K3sNode[];
  readonly kubeadm: readonly Placed<KubeadmFacts>[];
  readonly loadBalancers: readonly Placed<LoadBalancerFacts>[];
  readonly keepalived: readonly Placed<KeepalivedFacts>[];
  readonly kubeVips: readonly Placed<KubeVipFacts>[];
  readonly pools: readonly AddressPoolFacts[];
  readonly kubeconfigs: readonly KubeconfigFacts[];
  readonly paths: ReadonlySet<string>;
  /** The kinds of files of which one is broken, so that nobody can say what stands in none of them. */
  readonly damagedKinds: ReadonlySet<FileFacts['kind']>;
}

/** Many rules ask the same of a model; a model never changes, so the first answer holds. */
function oncePerModel<Answer>(ask: (model: ClusterModel) => Answer): (model: ClusterModel) => Answer {
  const known = new WeakMap<ClusterModel, { readonly answer: Answer }>();
  return (model) => {
    let found = known.get(model);
    if (found === undefined) {
      found = { answer: ask(model) };
      known.set(model, found);
    }
    return found.answer;
  };
}

/** The port the API server of a k3s node listens on. */
function apiPortOf(node: K3sNode): number {
  const port = Number(settingText(node, 'https-listen-port') ?? 6443);
  return Number.isInteger(port) ? port : 6443;
}

/** The value of a setting with one value. */
export function settingText(node: K3sNode, key: string): string | undefined {
  return node.facts.settings.get(key)?.values.at(-1)?.value;
}

/** Every value of a list setting; k3s splits these at commas too. */
export function settingList(node: K3sNode, key: string): readonly Located<string>[] {
  return (node.facts.settings.get(key)?.values ?? []).flatMap((each) =>
    each.value.split(',').map((part) => ({ ...each, value: part.trim() })),
  );
}

/** Where a setting stands, or the first character of the file when it is not set. */
export function settingPlace(node: K3sNode, key: string): Place {
  const setting = node.facts.settings.get(key);
  return setting === undefined ? startOf(node.facts.path) : keyPlace(setting);
}

/** The key of a setting, of which `placeOf` gives the value. */
export function keyPlace({ path, keySpan }: Setting): Place {
  return { path, span: keySpan };
}

/** The addresses and names a k3s node itself has, as far as the files say. */
export function identitiesOf(node: K3sNode): readonly Located<string>[] {
  const own = ['node-ip', 'node-external-ip', 'advertise-address', 'node-name'].flatMap((key) =>
    settingList(node, key),
  );
  return node.node === undefined ? own : [...own, node.node.address, node.node.name];
}

/** The control-plane nodes: what is known of each, its addresses and its port. */
interface ControlPlane {
  readonly label: string;
  readonly path: string;
  readonly addresses: readonly Located<string>[];
  readonly port: number;
  /** Where the port is set, if a file does. */
  readonly portAt: Pick<Located<unknown>, 'path' | 'span'> | undefined;
  readonly node: ClusterNode | undefined;
}

/** Every control-plane node that the inventory or a file names, each once. */
export const controlPlanes = oncePerModel((model): readonly ControlPlane[] => {
  const found: ControlPlane[] = [];
  const covered = new Set<ClusterNode>();
  for (const each of model.k3s) {
    if (each.role !== 'server') continue;
    if (each.node !== undefined) covered.add(each.node);
    const addresses = identitiesOf(each);
    const portAt = each.facts.settings.get('https-listen-port')?.values.at(-1);
    found.push({ label: each.label, path: each.facts.path, addresses, port: apiPortOf(each), portAt, node: each.node });
  }
  for (const { facts, nodes } of model.kubeadm) {
    const address = facts.advertiseAddress;
    if (!facts.isControlPlane || (address === undefined && nodes.length === 0)) continue;
    for (const node of nodes) covered.add(node);
    const addresses = [
      ...(address === undefined ? [] : [address]),
      ...(nodes.length === 1 ? nodes.flatMap((node) => [node.address, node.name]) : []),
      ...(facts.nodeName === undefined ? [] : [facts.nodeName]),
    ];
    const label = nodes[0]?.name.value ?? facts.nodeName?.value ?? machineNamedIn(facts.path) ?? shortPath(facts.path);
    const portAt = facts.bindPort;
    found.push({ label, path: facts.path, addresses, port: portAt?.value ?? 6443, portAt, node: nodes[0] });
  }
  for (const node of model.nodes) {
    if (covered.has(node) || !node.roles.includes('server')) continue;
    const addresses = [node.address, node.name];
    const port = commonPort(found);
    found.push({ label: node.name.value, path: node.name.path, addresses, port, portAt: undefined, node });
  }
  return found;
});

/** Where the first control-plane node is described, for a finding about all of them. */
export function describedAt(model: ClusterModel): readonly Related[] {
  const at = controlPlanes(model)[0]?.addresses[0];
  return at === undefined ? [] : [related(at, say('the node is described here'))];
}

/** A server without a file of its own listens where the others do. */
function commonPort(known: readonly ControlPlane[]): number {
  const ports = new Set(known.map((each) => each.port));
  const [only] = ports;
  return ports.size === 1 && only !== undefined ? only : 6443;
}

/** The addresses under which clients reach the API: the endpoint, and every virtual address of the cluster. */
export const frontDoors = oncePerModel((model): readonly Located<string>[] => {
  const doors: Located<string>[] = [];
  if (model.endpoint !== undefined) doors.push({ ...model.endpoint, value: model.endpoint.value.host });
  for (const address of model.virtualAddresses) {
    if (!doors.some((door) => door.value === address.value)) doors.push(address);
  }
  for (const { facts } of model.kubeVips) {
    const { address } = facts;
    if (address !== undefined && !doors.some((door) => door.value === address.value)) doors.push(address);
  }
  return doors;
});

/** Whether `name` is one of the addresses or names in `places`, however an address is written. */
export function named(places: readonly Located<string>[], name: string): Located<string> | undefined {
  return places.find((each) => each.value.toLowerCase() === name.toLowerCase() || sameIp(each.value, name));
}

/** A backend that leads to the API servers, and the listeners in front of it. */
interface ApiBackend {
  readonly balancer: Placed<LoadBalancerFacts>;
  readonly backend: Backend;
  readonly listeners: readonly Listener[];
}

/** The backends of which a server line is a control-plane node at its port, and no fewer than half are such nodes. */
export const apiBackends = oncePerModel((model): readonly ApiBackend[] => {
  const planes = new Map<string, ControlPlane>();
  for (const plane of controlPlanes(model))
    for (const { value } of plane.addresses) {
      const key = nameKey(value);
      if (!planes.has(key)) planes.set(key, plane);
    }
  const found: ApiBackend[] = [];
  for (const balancer of model.loadBalancers) {
    const atPlanes = serversWithKeys(balancer.facts, new Set(planes.keys()));
    for (const backend of new Set(atPlanes.map((each) => each.backend))) {
      const owners = backend.servers.map((server) => planes.get(nameKey(server.host)));
      const right = owners.filter((owner, index) => owner !== undefined && owner.port === backend.servers[index]?.port);
      const known = owners.filter((owner) => owner !== undefined);
      if (right.length === 0 || known.length * 2 < owners.length) continue;
      const listeners = balancer.facts.listeners.filter((listener) =>
        (balancer.facts.routes.get(listener.proxy) ?? []).includes(backend.name),
      );
      found.push({ balancer, backend, listeners });
    }
  }
  return found;
});

/** A port under which the API is reached at the front door. */
interface DoorPort extends Place {
  readonly port: number;
}

/** The ports at the front doors: what load balancers listen on for the API, and the port kube-vip serves. */
export function doorPorts(model: ClusterModel): readonly DoorPort[] {
  const listeners = apiBackends(model).flatMap((each) => each.listeners);
  const kubeVips = model.kubeVips.flatMap(({ facts }) =>
    facts.port === undefined ? [] : [{ port: facts.port.value, ...placeOf(facts.port) }],
  );
  return [...listeners, ...kubeVips];
}
