import { type ClusterModel, controlPlanes, named, settingList } from './cluster-model';
import { isPlaceholder, type Located, parseHostPort } from './located';

/** Where a cluster keeps its state, as the files say: an external database or etcd, without its password. */
export function datastores(model: ClusterModel): readonly Located<string>[] {
  const endpoints = model.k3s.flatMap((node) => node.facts.settings.get('datastore-endpoint')?.values.at(-1) ?? []);
  return [
    ...endpoints.map((each) => ({ ...each, value: withoutPassword(each.value) })),
    ...model.kubeadm.flatMap(({ facts }) => facts.externalEtcd),
  ];
}

/** `mysql://user:secret@tcp(host)/k3s` with the secret left out; what follows `?` may hold one too. */
function withoutPassword(endpoint: string): string {
  return endpoint.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/]*):.*@/i, '$1:•••@').replace(/\?.*$/s, '');
}

/** A host of etcd and the port it is asked at. */
export interface EtcdEndpoint extends Located<string> {
  readonly port: number | undefined;
}

/** The addresses of the etcd that the control plane is told to use, whoever runs it; of k3s, where the datastore is etcd. */
export function etcdEndpoints(model: ClusterModel): readonly EtcdEndpoint[] {
  const ofK3s = model.k3s.flatMap((node) =>
    (node.facts.settings.get('datastore-endpoint')?.values ?? []).flatMap((whole) =>
      /^https?:\/\//.test(whole.value) ? partsOf(whole) : [],
    ),
  );
  const all = [...ofK3s, ...model.kubeadm.flatMap(({ facts }) => facts.externalEtcd)];
  return all.flatMap((each) => {
    const read = parseHostPort(each.value);
    return read === undefined || isPlaceholder(read.host) ? [] : [{ ...each, value: read.host, port: read.port }];
  });
}

/** The parts of a list with commas. A quoted text is taken whole: its places need not be those of its parts. */
function partsOf(whole: Located<string>): readonly Located<string>[] {
  const isPlain = whole.span.end - whole.span.start === whole.value.length;
  let at = whole.span.start;
  return whole.value.split(',').map((part) => {
    const start = at;
    at += part.length + 1;
    return { ...whole, value: part.trim(), span: isPlain ? { start, end: start + part.length } : whole.span };
  });
}

/** A member of etcd: its name, and its address where one is known. */
interface EtcdMember {
  readonly name: string;
  readonly at: Located<string>;
}

/**
 * The members of the cluster's etcd: dedicated hosts, else what `initial-cluster` lists, else the control planes where
 * nothing says that the state is kept elsewhere. With a database outside there are none.
 */
export function etcdMembers(model: ClusterModel): readonly EtcdMember[] {
  const dedicated = model.nodes.filter((node) => node.roles.includes('etcd'));
  if (dedicated.length > 0) return dedicated.map((node) => ({ name: node.name.value, at: node.address }));
  const external = etcdEndpoints(model);
  if (external.length > 0) {
    const hosts = external.filter((each, index) => external.findIndex((one) => one.value === each.value) === index);
    return hosts.map((at) => ({ name: at.value, at }));
  }
  if (datastores(model).length > 0) return [];
  const listed = model.kubeadm.flatMap(({ facts }) => facts.initialCluster);
  if (listed.length > 0)
    return listed.map((at) => ({ name: at.value.split('=')[0] ?? '', at: { ...at, value: peerOf(at.value) } }));
  const without = model.k3s.filter((node) => /^(true|1|t)$/i.test(settingOf(node, 'disable-etcd')));
  return controlPlanes(model).flatMap((plane) => {
    const [address] = plane.addresses;
    if (address === undefined || without.some((node) => node.label === plane.label)) return [];
    return [{ name: plane.label, at: address }];
  });
}

const settingOf = (node: ClusterModel['k3s'][number], key: string) => settingList(node, key)[0]?.value ?? '';

function peerOf(member: string): string {
  const url = member.slice(member.indexOf('=') + 1);
  return parseHostPort(url)?.host ?? url;
}

/** The networks of pods and services. */
export function clusterNetworks(
  model: ClusterModel,
): readonly (Located<string> & { readonly of: 'pods' | 'services' })[] {
  return [
    ...model.k3s.flatMap((node) => [
      ...settingList(node, 'cluster-cidr').map((each) => ({ ...each, of: 'pods' as const })),
      ...settingList(node, 'service-cidr').map((each) => ({ ...each, of: 'services' as const })),
    ]),
    ...model.kubeadm.flatMap(({ facts }) => [
      ...facts.podSubnets.map((each) => ({ ...each, of: 'pods' as const })),
      ...facts.serviceSubnets.map((each) => ({ ...each, of: 'services' as const })),
    ]),
  ];
}

/** The names and addresses that files add to the certificates of the API. */
export function certificateNames(model: ClusterModel): readonly Located<string>[] {
  return [
    ...model.k3s.flatMap((node) => settingList(node, 'tls-san')),
    ...model.kubeadm.flatMap(({ facts }) => facts.certSans?.values ?? []),
  ];
}

/** Peers of `initial-cluster` that are no control plane, where the inventory knows all of those. */
export function strangePeers(model: ClusterModel): readonly Located<string>[] {
  const known = [
    ...controlPlanes(model).flatMap((plane) => plane.addresses),
    ...model.nodes.filter((node) => node.roles.includes('etcd')).flatMap((node) => [node.address, node.name]),
  ];
  return model.kubeadm.flatMap(({ facts }) =>
    facts.initialCluster.filter((each) => !isPlaceholder(each.value) && named(known, peerOf(each.value)) === undefined),
  );
}
