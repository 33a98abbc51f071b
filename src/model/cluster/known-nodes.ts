import type { Role } from '../inventory/inventory';
import { type ClusterModel, controlPlanes, named, settingList } from './cluster-model';
import type { FileFacts } from './facts/file-facts';
import type { Located } from './located';
import { machineNamedIn } from './node-name';

/** A machine of a cluster as its files tell of it, and where they do. */
interface KnownNode {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly addresses: readonly Located<string>[];
  /** The files that are for this machine alone. */
  readonly files: readonly string[];
}

/**
 * The machines of a cluster: those of the inventory, else what node names, file and folder names and the files
 * themselves say. Without an inventory nobody knows whether these are all.
 */
export function knownNodes(model: ClusterModel): readonly KnownNode[] {
  const nodes = new Map<string, { roles: Set<Role>; addresses: Located<string>[]; files: Set<string> }>();
  const add = (name: string, role: Role | undefined, addresses: readonly Located<string>[], file?: string) => {
    const node = nodes.get(name) ?? { roles: new Set(), addresses: [], files: new Set() };
    nodes.set(name, node);
    if (role !== undefined) node.roles.add(role);
    for (const each of addresses)
      if (each.value !== name && named(node.addresses, each.value) === undefined) node.addresses.push(each);
    if (file !== undefined) node.files.add(file);
  };
  for (const node of model.nodes) {
    add(node.name.value, undefined, [node.address]);
    for (const role of node.roles) add(node.name.value, role, []);
  }
  const ownFile = (path: string) => (model.inventory !== undefined && path === model.inventory ? undefined : path);
  for (const plane of controlPlanes(model)) add(plane.label, 'server', plane.addresses, ownFile(plane.path));
  for (const each of model.k3s)
    if (each.role !== 'server')
      add(each.label, each.role === 'agent' ? 'agent' : undefined, settingList(each, 'node-ip'), each.facts.path);
  for (const { facts, nodes: on } of [...model.loadBalancers, ...model.keepalived]) {
    const names = on.length > 0 ? on.map((node) => node.name.value) : [machineNamedIn(facts.path)];
    for (const name of names)
      if (name !== undefined)
        add(name, model.inventory === undefined ? 'loadbalancer' : undefined, ownAddresses(facts), facts.path);
  }
  return [...nodes].map(([name, { roles, addresses, files }]) => ({
    name,
    roles: [...roles],
    addresses,
    files: [...files],
  }));
}

function ownAddresses(facts: FileFacts): readonly Located<string>[] {
  if (facts.kind !== 'keepalived') return [];
  return facts.routers.flatMap((router) => (router.unicastSource === undefined ? [] : [router.unicastSource]));
}
