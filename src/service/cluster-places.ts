import { sameIp } from '../base/address';
import { touches } from '../base/span';
import { type ClusterModel, settingList } from '../model/cluster/cluster-model';
import { type HostPort, type Located, parseHostPort } from '../model/cluster/located';
import type { FileSpan } from './language';

/** A place in a cluster's files that names a machine, an address or a token. */
interface Mention {
  readonly kind: 'host' | 'token';
  readonly value: string;
  readonly port?: number | undefined;
  readonly at: Pick<Located<unknown>, 'path' | 'span'>;
  /** What has the address or gives the name, not what sends to it. */
  readonly isDefinition: boolean;
}

/** Where the machine, address or token under the cursor comes from: a node, a virtual address, who listens for it. */
export function definitionsInCluster(model: ClusterModel, path: string, offset: number): readonly FileSpan[] {
  const all = mentionsOf(model);
  const here = mentionAt(all, path, offset);
  if (here === undefined) return [];
  const others = all.filter((each) => each !== here && isSame(each, here));
  const found = others.filter((each) => each.isDefinition);
  return placesOf([...found, ...listenersFor(model, here)]);
}

/** Every place of the cluster that names the same, the one under the cursor included. */
export function referencesInCluster(model: ClusterModel, path: string, offset: number): readonly FileSpan[] {
  const all = mentionsOf(model);
  const here = mentionAt(all, path, offset);
  return here === undefined ? [] : placesOf(all.filter((each) => isSame(each, here)));
}

function mentionAt(all: readonly Mention[], path: string, offset: number): Mention | undefined {
  return all.find(({ at }) => at.path === path && touches(at.span, offset));
}

function isSame(a: Mention, b: Mention): boolean {
  if (a.kind !== b.kind) return false;
  return a.kind === 'token'
    ? a.value === b.value
    : a.value.toLowerCase() === b.value.toLowerCase() || sameIp(a.value, b.value);
}

function placesOf(mentions: readonly { readonly at: Mention['at'] }[]): readonly FileSpan[] {
  const seen = new Set<string>();
  return mentions.flatMap(({ at: { path, span } }) => {
    const key = `${span.start} ${path}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ path, span }];
  });
}

/** The load balancers that answer at a host and port: those of the cluster where the host is its way in. */
function listenersFor(model: ClusterModel, { value, port, isDefinition }: Mention): readonly Pick<Mention, 'at'>[] {
  if (isDefinition || port === undefined) return [];
  const isDoor =
    model.virtualAddresses.some((each) => sameIp(each.value, value)) || model.endpoint?.value.host === value;
  return model.loadBalancers.flatMap(({ facts }) =>
    facts.listeners.flatMap((each) =>
      each.port === port && (each.host === undefined ? isDoor : sameIp(each.host, value)) ? [{ at: each }] : [],
    ),
  );
}

function mentionsOf(model: ClusterModel): readonly Mention[] {
  const found: Mention[] = [];
  const name = (isDefinition: boolean, ...places: readonly (Located<string> | undefined)[]) => {
    for (const at of places) if (at !== undefined) found.push({ kind: 'host', value: at.value, at, isDefinition });
  };
  const reach = (...places: readonly (Located<HostPort> | undefined)[]) => {
    for (const at of places)
      if (at !== undefined)
        found.push({ kind: 'host', value: at.value.host, port: at.value.port, at, isDefinition: false });
  };
  const token = (at: Located<string> | undefined, isDefinition: boolean) => {
    if (at !== undefined) found.push({ kind: 'token', value: at.value, at, isDefinition });
  };
  for (const node of model.nodes) name(true, node.address, node.name);
  name(true, ...model.virtualAddresses, ...model.kubeVips.map(({ facts }) => facts.address));
  reach(model.endpoint);
  for (const node of model.k3s) {
    for (const key of ['node-ip', 'node-external-ip', 'advertise-address', 'node-name'])
      name(true, ...settingList(node, key));
    name(false, ...settingList(node, 'tls-san'));
    const servers = node.facts.settings.get('server')?.values ?? [];
    for (const each of servers) {
      const value = parseHostPort(each.value);
      if (value !== undefined) reach({ ...each, value });
    }
    const isFirst = node.role === 'server' && servers.length === 0;
    for (const key of ['token', 'agent-token'])
      for (const each of node.facts.settings.get(key)?.values ?? []) token(each, isFirst);
  }
  for (const { facts } of model.kubeadm) {
    name(true, facts.advertiseAddress, facts.nodeName);
    name(false, ...(facts.certSans?.values ?? []));
    reach(facts.controlPlaneEndpoint, facts.joins);
    token(facts.token, facts.joins === undefined);
  }
  for (const { servers } of model.kubeconfigs) reach(...servers);
  for (const { facts } of model.loadBalancers)
    for (const { servers } of facts.backends)
      for (const { host, port, path, span } of servers) reach({ value: { host, port }, path, span });
  for (const { facts } of model.keepalived)
    for (const router of facts.routers) {
      name(true, ...router.virtualAddresses, ...router.excludedAddresses);
      name(false, router.unicastSource, ...router.unicastPeers);
    }
  return found;
}
