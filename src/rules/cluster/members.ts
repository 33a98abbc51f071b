import { parseIp } from '../../base/address';
import { type Finding, placeOf, related } from '../../base/finding';
import { majorityOf } from '../../base/majority';
import { say } from '../../base/message';
import {
  type ClusterModel,
  type ClusterNode,
  controlPlanes,
  frontDoors,
  named,
  settingList,
} from '../../model/cluster/cluster-model';
import { isPlaceholder, type Located, parseHostPort } from '../../model/cluster/located';
import { areClose, isSlip } from '../../model/cluster/slips';
import { roles } from '../../model/inventory/inventory';
import { rule } from '../rule';
import { connections } from './endpoint';

const evenServers = rule<ClusterModel>({
  id: 'inventory/even-servers',
  severity: 'warning',
  summary: 'An even number of etcd members survives no more failures than one member less.',

  *check(model) {
    const voters = votersOf(model);
    const last = voters.at(-1)?.name;
    if (voters.length < 2 || voters.length % 2 === 1 || last === undefined) return;
    // etcd needs a majority, floor(n/2)+1 members, for every write (etcd FAQ).
    const survives = Math.floor((voters.length - 1) / 2);
    yield {
      ...placeOf(last),
      message: say(
        '{0} members survive the loss of {1}, as {2} do; use an odd number',
        voters.length,
        survives,
        voters.length - 1,
      ),
    };
  },
});

/**
 * The members of etcd, as far as the inventory lists them: the hosts for etcd alone, or else the servers. None where a node
 * has no role or one that nobody knows, as it may be meant for a member: the count would be a guess.
 */
export function votersOf(model: ClusterModel): readonly ClusterNode[] {
  const isUnread = (node: ClusterNode) => node.roles.length === 0 || node.roles.some((role) => !roles.includes(role));
  if (model.nodes.some(isUnread)) return [];
  const external =
    model.k3s.some((node) => node.facts.settings.has('datastore-endpoint')) ||
    model.kubeadm.some(({ facts }) => facts.externalEtcd.length > 0);
  const dedicated = model.nodes.filter((node) => node.roles.includes('etcd'));
  // An external datastore has members of its own, which no file here lists.
  if (external && dedicated.length === 0) return [];
  return dedicated.length > 0 ? dedicated : model.nodes.filter((node) => node.roles.includes('server'));
}

const manyServers = rule<ClusterModel>({
  id: 'inventory/many-servers',
  severity: 'hint',
  summary: 'More than seven etcd members make every write slower and are hardly ever needed.',

  *check(model) {
    const voters = votersOf(model);
    const eighth = voters[7]?.name;
    if (eighth === undefined) return;
    yield {
      ...placeOf(eighth),
      message: say(
        'etcd with {0} members writes to {1} of them each time; seven are enough',
        voters.length,
        majorityOf(voters.length),
      ),
    };
  },
});

const unknownSan = rule<ClusterModel>({
  id: 'cluster/unknown-san',
  severity: 'hint',
  summary: 'A certificate name is an address that no file of the cluster knows.',

  *check(model) {
    yield* slips(model);
    const isAlone = model.inventory === undefined;
    if (isAlone) yield* insteadOfEndpoint(model);
    const peers = model.kubeadm.flatMap(({ facts }) => facts.initialCluster);
    // Without an inventory only etcd's own list tells where its members are.
    if (isAlone && peers.length === 0) return;
    const known = [
      ...(isAlone ? peers.flatMap((each) => hostOf(each) ?? []) : []),
      ...frontDoors(model),
      ...controlPlanes(model).flatMap((plane) => plane.addresses),
      ...model.nodes.map((node) => node.address),
    ];
    const [anchor] = known;
    if (anchor === undefined) return;
    const listed = [
      ...(isAlone ? [] : model.k3s.flatMap((node) => settingList(node, 'tls-san'))),
      ...model.kubeadm.flatMap(({ facts }) => [...(isAlone ? [] : (facts.certSans?.values ?? [])), ...facts.etcdSans]),
    ];
    for (const san of listed) {
      if (isPlaceholder(san.value) || parseIp(san.value) === undefined || /^127\.|^::1$/.test(san.value)) continue;
      if (named(known, san.value) !== undefined) continue;
      yield {
        ...placeOf(san),
        message: say('"{0}" is no address of a node, load balancer or virtual address of this cluster', san.value),
        related: [related(anchor, say('the address is named here'))],
      };
    }
  },
});

/** Names of a certificate that are a name by which the API is reached, with a slip. */
function* slips(model: ClusterModel): Iterable<Finding> {
  const asked = [...frontDoors(model), ...connections(model).map((each) => ({ ...each, value: each.value.host }))];
  const listed = [
    ...model.k3s.flatMap((node) => settingList(node, 'tls-san')),
    ...model.kubeadm.flatMap(({ facts }) => facts.certSans?.values ?? []),
  ];
  for (const san of listed) {
    const meant = named(asked, san.value) === undefined && asked.find((each) => isSlip(each.value, san.value));
    if (meant === undefined || meant === false) continue;
    yield {
      ...placeOf(san),
      message: say('"{0}" and "{1}" are nearly the same: one of the two is likely mistyped', san.value, meant.value),
      related: [related(meant, say('the address is named here'))],
    };
  }
}

/** The one address in a list of certSANs that nobody knows, where the endpoint of the same network is missing in the list. */
function* insteadOfEndpoint(model: ClusterModel): Iterable<Finding> {
  const known = [...frontDoors(model), ...controlPlanes(model).flatMap((plane) => plane.addresses)];
  for (const { facts } of model.kubeadm) {
    const [endpoint, sans] = [facts.controlPlaneEndpoint, facts.certSans?.values ?? []];
    if (
      endpoint === undefined ||
      parseIp(endpoint.value.host) === undefined ||
      named(sans, endpoint.value.host) !== undefined
    )
      continue;
    const [odd, ...more] = sans.filter(
      ({ value }) => parseIp(value) !== undefined && !/^127\.|^::1$/.test(value) && named(known, value) === undefined,
    );
    if (odd === undefined || more.length > 0 || !areClose(odd.value, endpoint.value.host)) continue;
    yield {
      ...placeOf(odd),
      message: say(
        'no file of this cluster has "{0}", and the endpoint "{1}" is not in the list',
        odd.value,
        endpoint.value.host,
      ),
      related: [related(endpoint, say('the endpoint is set here'))],
    };
  }
}

/** The host of a member in `initial-cluster`. */
function hostOf(member: Located<string>): Located<string> | undefined {
  const host = parseHostPort(member.value.slice(member.value.indexOf('=') + 1))?.host;
  return host === undefined ? undefined : { ...member, value: host };
}

export const memberRules = [evenServers, manyServers, unknownSan];
