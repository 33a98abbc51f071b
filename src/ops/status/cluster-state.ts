import { sameIp } from '../../base/address';
import { majorityOf } from '../../base/majority';
import type { InventoryCluster, InventoryNode } from '../../model/inventory/inventory';
import type { EtcdMember, EtcdStatus, NodeStatus } from './node-status';

/** What is known of a node now: its status, why it could not be asked, or nothing yet. */
export type NodeReport =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'answered'; readonly status: NodeStatus }
  | {
      readonly kind: 'silent';
      readonly reason: string;
      /** It answered, and nobody logged in: its host key was not trusted, or it did not let the user in. */
      readonly refusal?: 'host-key' | 'login';
    };

export type Health = 'up' | 'degraded' | 'down' | 'unknown';

export interface NodeState {
  readonly node: InventoryNode;
  readonly report: NodeReport;
  /** `unknown` for one that was not asked, and for one that answered and has none of the services that its roles need. */
  readonly health: Health;
}

/** The voters of etcd and what they can bear. */
interface QuorumState {
  readonly members: readonly EtcdMember[];
  readonly voters: number;
  readonly healthyVoters: number;
  readonly needed: number;
  /**
   * A member that calls itself healthy has a leader, so quorum holds even where others do not answer us. It is lost when
   * every member that was heard says so and nobody is left to ask.
   */
  readonly verdict: 'holds' | 'lost' | 'unknown';
  /** Healthy voters that may still be lost, counting only those that were seen healthy. */
  readonly failuresLeft: number;
  /** Name of the node whose etcd leads. */
  readonly leader: string | undefined;
}

interface VipState {
  readonly address: string;
  /** Names of the nodes that carry the address: one when all is well. */
  readonly holders: readonly string[];
}

/** A cluster as its nodes described it. */
export interface ClusterState {
  readonly cluster: InventoryCluster;
  readonly nodes: readonly NodeState[];
  readonly vips: readonly VipState[];
  /** Absent while no node has told of an etcd. */
  readonly quorum: QuorumState | undefined;
}

/** Puts the reports of the nodes together. `vips` are the virtual addresses that the files of the cluster give. */
export function clusterState(
  cluster: InventoryCluster,
  reports: ReadonlyMap<string, NodeReport>,
  vips: readonly string[],
): ClusterState {
  const nodes = cluster.nodes.map((node): NodeState => {
    const report = reports.get(node.name) ?? { kind: 'unknown' };
    return { node, report, health: healthOf(node, report, cluster) };
  });
  return {
    cluster,
    nodes,
    vips: vips.map((address) => ({
      address,
      holders: nodes
        .filter((each) => statusOf(each)?.addresses.some((own) => sameIp(own, address)))
        .map((each) => each.node.name),
    })),
    quorum: quorumOf(nodes),
  };
}

/** The status of a node that answered. */
export function statusOf(state: NodeState): NodeStatus | undefined {
  return state.report.kind === 'answered' ? state.report.status : undefined;
}

/** Whether etcd runs on a node by its roles, as far as etcd is inside the cluster. */
export function isMember(node: InventoryNode): boolean {
  return node.roles.includes('server') || node.roles.includes('etcd');
}

/** Units that a role cannot do without, where the host has them. */
function unitsOf(node: InventoryNode, cluster: Pick<InventoryCluster, 'distribution'>): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const role of node.roles) {
    if (role === 'server') wanted.add(cluster.distribution === 'k3s' ? 'k3s' : 'kubelet');
    if (role === 'agent') wanted.add(cluster.distribution === 'k3s' ? 'k3s-agent' : 'kubelet');
    if (role === 'etcd') wanted.add('etcd');
    if (role === 'loadbalancer') for (const unit of ['haproxy', 'nginx', 'keepalived']) wanted.add(unit);
  }
  return wanted;
}

/** How a node is by its report; see {@link NodeState.health}. */
export function healthOf(node: InventoryNode, report: NodeReport, cluster: InventoryCluster): Health {
  if (report.kind === 'unknown') return 'unknown';
  if (report.kind === 'silent') return 'down';
  const units = unitsFor(node, report.status, cluster);
  const stopped = units.filter((unit) => isStopped(unit, units));
  if (stopped.length > 0) return stopped.length === units.length ? 'down' : 'degraded';
  const { etcd } = report.status;
  // Nothing that the node is for was found there: it is not installed, has another name, or systemd could not be asked.
  if (etcd?.healthy !== true && isBare(node, units)) return etcd === undefined ? 'unknown' : 'degraded';
  return etcd?.healthy === false || (etcd?.alarms.length ?? 0) > 0 ? 'degraded' : 'up';
}

function unitsFor(node: InventoryNode, { units }: NodeStatus, cluster: InventoryCluster): NodeStatus['units'] {
  const wanted = unitsOf(node, cluster);
  return units.filter((unit) => wanted.has(unit.name));
}

/** A load balancer runs haproxy or nginx: a unit that was never started is not a fault beside one that runs. */
function isStopped({ name, active }: NodeStatus['units'][number], units: NodeStatus['units']): boolean {
  return active !== 'active' && (active !== 'inactive' || !isSpare(name, units));
}

/** The units that the roles of a node cannot do without and that do not run there. */
export function stoppedUnits(state: NodeState, cluster: InventoryCluster): NodeStatus['units'] {
  const status = statusOf(state);
  const units = status === undefined ? [] : unitsFor(state.node, status, cluster);
  return units.filter((unit) => isStopped(unit, units));
}

function isBare({ roles }: InventoryNode, units: NodeStatus['units']): boolean {
  const ofCluster = roles.some((each) => each !== 'loadbalancer');
  return !units.some(({ name }) => !ofCluster || !['haproxy', 'nginx', 'keepalived'].includes(name));
}

function isSpare(name: string, units: NodeStatus['units']): boolean {
  const proxies = ['haproxy', 'nginx'];
  return proxies.includes(name) && units.some((unit) => proxies.includes(unit.name) && unit.active === 'active');
}

/**
 * The longest member list of a healthy node counts: a node that lost its peers may still tell an old one. Where nobody
 * could list the members, the nodes that should carry one are counted.
 */
function quorumOf(nodes: readonly NodeState[]): QuorumState | undefined {
  const carrying = nodes.flatMap((each) => {
    const etcd = statusOf(each)?.etcd;
    return etcd === undefined ? [] : [{ name: each.node.name, etcd }];
  });
  if (carrying.length === 0) return undefined;
  const told = carrying
    .filter(({ etcd }) => etcd.healthy)
    .map(({ etcd }) => etcd)
    .sort((a, b) => b.members.length - a.members.length)[0];
  const members =
    told !== undefined && told.members.length > 0
      ? told.members
      : nodes
          .filter(({ node }) => isMember(node))
          .map((each) => ({ id: '', name: each.node.name, learner: statusOf(each)?.etcd?.learner ?? false }));
  const voters = members.filter((each) => !each.learner).length;
  // After a restore beside running peers there are two clusters, each healthy in itself: one cannot stand in for the other.
  const isForeign = ({ clusterId }: EtcdStatus) =>
    clusterId !== undefined && told?.clusterId !== undefined && clusterId !== told.clusterId;
  const healthyVoters = carrying.filter(({ etcd }) => etcd.healthy && !etcd.learner && !isForeign(etcd)).length;
  const needed = majorityOf(voters);
  const unheard = nodes.some(({ node, report }) => report.kind === 'unknown' && isMember(node));
  return {
    members,
    voters,
    healthyVoters,
    needed,
    verdict: healthyVoters > 0 ? 'holds' : unheard ? 'unknown' : 'lost',
    failuresLeft: Math.max(0, healthyVoters - needed),
    leader: carrying.find(({ etcd }) => etcd.leader)?.name,
  };
}

/** Whether a member of this name lives on the node: kubeadm calls it as the node, k3s adds eight hexadecimal digits. */
export function isMemberOf(member: string, node: string): boolean {
  return member === node || /^(.*)-[0-9a-f]{8}$/.exec(member)?.[1] === node;
}
