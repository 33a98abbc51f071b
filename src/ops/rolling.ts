import { type Message, say } from '../base/message';
import type { InventoryNode } from '../model/inventory/inventory';
import { keptPath } from './commands/config-file';
import { ownTokenStep } from './commands/k3s-token';
import { isNodeName, type KubeNode, nodeOfMachine } from './commands/kubectl';
import { podImagesStep } from './commands/pod-images';
import { stillLearning } from './etcd-members';
import { identityConcerns } from './node-identity';
import { membersOutlook } from './outlook';
import type { Concern, Plan, Step } from './plan';
import { refusedWrites } from './refused-writes';
import { rollingSteps, type UpgradePrograms } from './rolling-steps';
import { saveSteps } from './snapshot';
import { clockWarnings } from './status/clocks';
import { type ClusterState, statusOf } from './status/cluster-state';
import { carriesEtcd, holderLast, leaderLast, stopEffect } from './stop-effect';
import { canGoBack } from './upgrade-back';
import { isRelease, skewConcerns } from './version-skew';

export interface RollingParameters {
  readonly stamp: string;
  /** Names of the nodes in the inventory. */
  readonly hosts: readonly string[];
  /** The Nodes as the API lists them. */
  readonly nodes: readonly KubeNode[];
  readonly drain: boolean;
  /** Absent: only restarted. */
  readonly upgrade?: UpgradePrograms;
}

/**
 * Restarts nodes one after another, with another release when one is given: the servers first, whoever leads or carries
 * the address last of them, then the others. It ends at the first node that does not come back as it was.
 */
export function planRolling(state: ClusterState, parameters: RollingParameters): Plan {
  const { stamp, hosts, upgrade } = parameters;
  const machines = hosts.flatMap((host) => state.cluster.nodes.find((each) => each.name === host) ?? []);
  const order = rollingOrder(state, machines);
  const withServers = machines.some(isServer);
  const goesBack = upgrade !== undefined && canGoBack(releasesOf(machines, parameters), upgrade.release);

  const work = order.map((machine) => judgeMachine(state, machine, parameters));
  const restarts = work.flatMap(({ node, asked, ...judged }, index) =>
    node === undefined || asked === undefined
      ? []
      : rollingSteps({ ...judged, state, node, asked, parameters, first: index === 0, goesBack }),
  );
  const before = upgrade !== undefined && withServers ? snapshotSteps(state, stamp) : [];
  // kubeadm starts every pod of a control plane anew, and could not go back to the old ones either.
  const images = upgrade !== undefined && state.cluster.distribution === 'kubeadm' ? order.filter(isServer) : [];
  const tokens = state.cluster.distribution === 'k3s' ? order.filter(isServer) : [];

  const blockers = [...clusterBlockers(state, parameters, order), ...work.flatMap((each) => each.blockers)];
  const warnings = [...clockWarnings(state), ...work.flatMap((each) => each.warnings)];
  if (upgrade !== undefined && withServers && before.length === 0) {
    warnings.push({
      message: say('no healthy etcd member answered, so no snapshot is taken before the upgrade'),
      remedy: say('with an external datastore, save it with its own tools first'),
    });
  }
  const checks = [...tokens.map((each) => ownTokenStep(each.name)), ...images.map((each) => podImagesStep(each.name))];
  const steps = blockers.length > 0 ? [] : [...before, ...checks, ...restarts];
  return {
    operation: upgrade === undefined ? 'rolling-restart' : 'upgrade',
    cluster: state.cluster.name,
    title: titleOf(
      order.map((each) => each.name),
      upgrade,
    ),
    blockers,
    warnings,
    outlook: membersOutlook(state, steps),
    steps,
    wayBack: upgrade === undefined ? [] : wayBackWords(state, stamp, upgrade, goesBack),
    destructive: false,
  };
}

const isServer = (machine: InventoryNode): boolean => machine.roles.includes('server');

/** Servers first, whoever leads or carries the address last of them, then the agents. */
function rollingOrder(state: ClusterState, machines: readonly InventoryNode[]): readonly InventoryNode[] {
  const servers = machines.filter(isServer).map((each) => each.name);
  return [
    ...holderLast(state, leaderLast(state, servers)).flatMap(
      (host) => machines.find((each) => each.name === host) ?? [],
    ),
    ...machines.filter((each) => !isServer(each) && each.roles.includes('agent')),
  ];
}

const releasesOf = (machines: readonly InventoryNode[], { nodes }: RollingParameters): readonly string[] =>
  machines.flatMap((each) => nodeOfMachine(nodes, each)?.version ?? []);

function titleOf(order: readonly string[], upgrade: UpgradePrograms | undefined): Message {
  const names = order.join(', ');
  if (upgrade === undefined)
    return order.length === 1 ? say('Restart {0}', names) : say('Restart {0}, one after another', names);
  return order.length === 1
    ? say('Upgrade {0} to {1}', names, upgrade.release)
    : say('Upgrade {0} to {1}, one after another', names, upgrade.release);
}

/** What stands against the whole run, whichever node it comes to. */
function clusterBlockers(
  state: ClusterState,
  parameters: RollingParameters,
  order: readonly InventoryNode[],
): readonly Concern[] {
  const { nodes, upgrade } = parameters;
  const found: Concern[] = [...refusedWrites(state)];
  if (order.length === 0) {
    found.push({ message: say('there is no server or agent among the chosen nodes'), remedy: say('choose one') });
  }
  if (nodes.length === 0) {
    found.push({
      message: say('the API did not list its Nodes, so nobody can be drained or seen to be ready'),
      remedy: say('bring the API back first'),
    });
  }
  if (upgrade !== undefined) found.push(...upgradeConcerns(state, parameters, upgrade));
  if (order.some(isServer) && state.quorum?.members.some((each) => each.learner) === true) {
    found.push(stillLearning);
  }
  return found;
}

/** One machine of the run: what it is to the cluster, and what stands against its restart. */
function judgeMachine(state: ClusterState, machine: InventoryNode, { nodes, drain }: RollingParameters) {
  const host = machine.name;
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const reached = state.nodes.find((each) => each.node.name === host);
  if (reached?.report.kind !== 'answered') {
    blockers.push({
      host,
      message: say('the node did not answer'),
      remedy: say('refresh the cluster, or leave the node out'),
    });
  }
  const node = nodeOfMachine(nodes, machine);
  if (nodes.length > 0 && (node === undefined || !isNodeName(node.name))) {
    blockers.push({
      host,
      message: say('the API knows no Node of this name or address'),
      remedy: say('see "kubectl get nodes -o wide"'),
    });
  }
  if (node !== undefined) {
    const identity = identityConcerns(state, nodes, machine, node);
    blockers.push(...identity.blockers);
    warnings.push(...identity.warnings);
  }
  if (node !== undefined && !node.ready) {
    blockers.push({
      host,
      message: say('the Node {0} is not ready now', node.name),
      remedy: say('mend it first, or leave it out'),
    });
  }
  const asked = askedServer(state, host);
  if (asked === undefined) {
    blockers.push({ host, message: say('no server answers that could be asked while {0} restarts', host) });
  }
  const stop = stopEffect(state, host);
  if (stop.blocker !== undefined) blockers.push(stop.blocker);
  if (stop.warning !== undefined) warnings.push(stop.warning);
  if (node?.cordoned === true && asked !== undefined && drain) {
    warnings.push({ host, message: say('the Node {0} is cordoned now and stays so', node.name) });
  }
  const etcd = reached !== undefined && carriesEtcd(reached);
  return { machine, node, asked, etcd, stop, blockers, warnings };
}

function wayBackWords(
  { cluster }: ClusterState,
  stamp: string,
  { release }: UpgradePrograms,
  goesBack: boolean,
): readonly Message[] {
  const kept = say('The programs that were there are kept in {0} on each node', keptPath(stamp, ''));
  if (goesBack) {
    return [
      kept,
      say(
        'As long as they are there, the run can be taken back, also when it is done: the old programs read what {0} has written',
        release,
      ),
    ];
  }
  return [
    kept,
    say('It cannot be taken back by the old programs: over a minor release the data may have changed'),
    cluster.distribution === 'k3s'
      ? say(
          'Back over a minor release: stop all servers, put the old program back, restore the snapshot {0}',
          snapshotName(stamp),
        )
      : say(
          'kubeadm keeps the old manifests and etcd data in /etc/kubernetes/tmp and goes back by itself when a component does not start',
        ),
  ];
}

/** The server that answers questions while `host` is away. */
function askedServer(state: ClusterState, host: string): string | undefined {
  const able = state.nodes.filter((each) => each.node.roles.includes('server') && each.report.kind === 'answered');
  return (able.find((each) => each.node.name !== host) ?? able[0])?.node.name;
}

const snapshotName = (stamp: string): string => `before-upgrade-${stamp}`;

function snapshotSteps(state: ClusterState, stamp: string): Step[] {
  const member = state.nodes.find((each) => {
    const etcd = statusOf(each)?.etcd;
    return etcd?.healthy === true && !etcd.learner;
  });
  if (member === undefined) return [];
  return saveSteps(state, member.node.name, snapshotName(stamp), 'here');
}

function upgradeConcerns(
  state: ClusterState,
  { hosts, nodes }: RollingParameters,
  upgrade: UpgradePrograms,
): Concern[] {
  const { distribution } = state.cluster;
  const found: Concern[] = [];
  if (!isRelease(upgrade.release, distribution)) {
    found.push({
      message: say('"{0}" is no release', upgrade.release),
      remedy: distribution === 'k3s' ? say('write it as in v1.34.1+k3s1') : say('write it as in v1.34.1'),
    });
    return found;
  }
  if (distribution === 'kubeadm' && upgrade.files.size === 0) {
    found.push({
      message: say('the programs of {0} are needed: kubeadm, kubelet and kubectl', upgrade.release),
      remedy: say('choose the folder that holds them'),
    });
  }
  if (distribution === 'k3s' && upgrade.files.size === 0 && !upgrade.online) {
    found.push({
      message: say('the program k3s of {0} is needed', upgrade.release),
      remedy: say('choose the file, or let the nodes download it'),
    });
  }
  const byHost = (roles: 'server' | 'all', only: readonly string[]) =>
    new Set(
      state.cluster.nodes.flatMap((machine) => {
        if (!only.includes(machine.name) || (roles === 'server' && !machine.roles.includes('server'))) return [];
        return nodeOfMachine(nodes, machine)?.name ?? [];
      }),
    );
  const every = state.cluster.nodes.map((each) => each.name);
  found.push(
    ...skewConcerns(upgrade.release, nodes, {
      distribution,
      servers: byHost('server', every),
      upgraded: byHost('all', hosts),
    }),
  );
  return found;
}
