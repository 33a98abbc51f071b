import type { Distribution, InventoryCluster, Role } from '../../src/model/inventory/inventory';
import type { EtcdFacts } from '../../src/ops/commands/etcd-gateway';
import type { KubeNode } from '../../src/ops/commands/kubectl';
import { type ClusterState, clusterState, type NodeReport } from '../../src/ops/status/cluster-state';
import type { NodeStatus } from '../../src/ops/status/node-status';

/** A node of a made-up cluster: what it is, and what it says of its etcd. */
export interface FleetNode {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly etcd?: 'leader' | 'voter' | 'sick' | 'learner';
  readonly silent?: true;
  readonly holds?: true;
}

export const vip = '10.0.0.100';

/** Three servers, an agent and two load balancers; all is well with them. */
export const wholeFleet: readonly FleetNode[] = [
  { name: 'cp1', roles: ['server'], etcd: 'leader' },
  { name: 'cp2', roles: ['server'], etcd: 'voter' },
  { name: 'cp3', roles: ['server'], etcd: 'voter' },
  { name: 'w1', roles: ['agent'] },
  { name: 'lb1', roles: ['loadbalancer'], holds: true },
  { name: 'lb2', roles: ['loadbalancer'] },
];

function fleetCluster(nodes: readonly FleetNode[], distribution: Distribution): InventoryCluster {
  return {
    name: 'prod',
    distribution,
    endpoint: `${vip}:6443`,
    versions: {},
    configs: [],
    nodes: nodes.map(({ name, roles }, i) => ({ name, address: `10.0.0.${11 + i}`, roles, ssh: {} })),
  };
}

/** The state of a cluster of these nodes. */
export function fleetState(nodes: readonly FleetNode[] = wholeFleet, distribution: Distribution = 'k3s'): ClusterState {
  const cluster = fleetCluster(nodes, distribution);
  const members = nodes
    .filter((each) => each.etcd !== undefined || each.roles.includes('server'))
    .map(({ name, etcd }, i) => ({ id: String(101 + i), name: `${name}-0000000${i}`, learner: etcd === 'learner' }));
  const reports = new Map<string, NodeReport>(
    nodes.map((node, i) => {
      if (node.silent === true) return [node.name, { kind: 'silent', reason: 'it does not answer' }];
      const { etcd } = node;
      const status: NodeStatus = {
        hostName: node.name,
        addresses: [`10.0.0.${11 + i}`, ...(node.holds === true ? [vip] : [])],
        units: [],
        snapshots: [],
        certificates: [],
        configs: [],
        ...(etcd !== undefined && {
          etcd: {
            healthy: etcd !== 'sick',
            leader: etcd === 'leader',
            learner: etcd === 'learner',
            members,
            alarms: [],
          },
        }),
      };
      return [node.name, { kind: 'answered', status }];
    }),
  );
  return clusterState(cluster, reports, [vip]);
}

/** What the members of a fleet say of themselves: those that are silent or sick say nothing. */
export function memberFactsOf(nodes: readonly FleetNode[]): Map<string, EtcdFacts> {
  const servers = nodes.filter((each) => each.roles.includes('server'));
  const id = (name: string) => String(101 + servers.findIndex((each) => each.name === name));
  const members = servers.map((each, i) => ({
    id: id(each.name),
    name: `${each.name}-0000000${i}`,
    peerUrls: [`https://10.0.0.${11 + nodes.indexOf(each)}:2380`],
    learner: each.etcd === 'learner',
  }));
  const leader = servers.find((each) => each.etcd === 'leader');
  return new Map(
    servers
      .filter((each) => each.silent !== true && each.etcd !== 'sick' && each.etcd !== undefined)
      .map((each) => [
        each.name,
        {
          clusterId: '1',
          memberId: id(each.name),
          members,
          leaderId: leader === undefined ? '0' : id(leader.name),
          version: '3.6.5',
          revision: '791',
          databaseBytes: 200_000_000,
          usedBytes: 20_000_000,
          errors: [],
          alarms: [],
        },
      ]),
  );
}

export function kubeNodesOf(nodes: readonly FleetNode[], version = 'v1.34.1+k3s1'): KubeNode[] {
  return nodes.flatMap(({ name, roles, silent }, i) => {
    if (!roles.includes('server') && !roles.includes('agent')) return [];
    const controlPlane = roles.includes('server');
    return [
      {
        name,
        addresses: [`10.0.0.${11 + i}`],
        ready: silent !== true,
        voter: undefined,
        cordoned: false,
        version,
        controlPlane,
      },
    ];
  });
}
