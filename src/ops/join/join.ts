import { say } from '../../base/message';
import type { InventoryNode } from '../../model/inventory/inventory';
import { isNodeName } from '../commands/kubectl';
import type { MemberFacts, MemberRow } from '../etcd-members';
import { memberRows } from '../etcd-members';
import { membersOutlook } from '../outlook';
import type { Concern, Plan, Step } from '../plan';
import { refusedWrites } from '../refused-writes';
import { type ClusterState, statusOf } from '../status/cluster-state';
import { joinConcerns } from './join-concerns';
import { k3sJoinSteps } from './join-k3s';
import { kubeadmJoinSteps } from './join-kubeadm';
import type { JoinParameters, JoinWork } from './join-work';

/**
 * Lets a machine of the inventory join as a server or an agent. What would make it fail late or leave traces is looked at
 * before; a join that fails is taken back, so that the next try begins as this one did.
 */
export function planJoin(state: ClusterState, facts: MemberFacts, parameters: JoinParameters): Plan {
  const { host } = parameters;
  const { cluster } = state;
  const machine = cluster.nodes.find((each) => each.name === host);
  const rows = memberRows(state, facts);
  const asked = askedServer(state, rows, host);
  const isServer = machine?.roles.includes('server') === true;
  const external = parameters.config?.settings.has('datastore-endpoint') === true;
  const blockers: Concern[] = [...refusedWrites(state), ...parameters.concerns.blockers];
  const warnings: Concern[] = [...parameters.concerns.warnings];
  if (machine === undefined || !(isServer || machine.roles.includes('agent'))) {
    blockers.push({
      host,
      message: say('{0} is no server or agent of this cluster', host),
      remedy: say('choose a server or an agent'),
    });
  }
  if (asked === undefined) {
    blockers.push({
      message: say('no server of the cluster answers, so there is nothing to join'),
      remedy: say('bring a server back first'),
    });
  }
  const nodeName = parameters.config?.settings.get('node-name') ?? parameters.facts?.hostName ?? host.toLowerCase();
  if (!isNodeName(nodeName)) {
    blockers.push({
      host,
      message: say('"{0}" cannot be the name of a Node', nodeName),
      remedy: say('give the machine a host name of small letters, digits and "-"'),
    });
  }
  let steps: Step[] = [];
  if (machine !== undefined && asked !== undefined) {
    const withEtcd = isServer && !external && parameters.config?.settings.get('disable-etcd') !== 'true';
    const through = throughOf(state, parameters, asked);
    const work: JoinWork = { state, parameters, machine, nodeName, asked, through, isServer, withEtcd };
    const found = joinConcerns(work, rows);
    blockers.push(...found.blockers);
    warnings.push(...found.warnings);
    if (blockers.length === 0) steps = cluster.distribution === 'k3s' ? k3sJoinSteps(work) : kubeadmJoinSteps(work);
  }
  const voters = rows.filter((each) => !each.learner).length;
  return {
    operation: 'join-node',
    cluster: cluster.name,
    title:
      isServer && !external
        ? say('Join the server {0}: {1} members then vote', host, voters + 1)
        : say('Join {0} to {1}', host, cluster.name),
    blockers,
    warnings,
    outlook: steps.length === 0 ? [] : membersOutlook(state, steps, { joins: isServer && !external ? 1 : 0 }),
    steps,
    wayBack: [
      cluster.distribution === 'k3s'
        ? say(
            'A join that fails is taken back: the member leaves etcd, k3s is stopped and its new data are moved aside',
          )
        : say('A join that fails is taken back with "kubeadm reset", and its member and Node are taken out'),
      say('A joined node leaves with "Remove Node"'),
    ],
    destructive: false,
  };
}

/** The server that leads, else the first that answers; never the machine itself. */
function askedServer(state: ClusterState, rows: readonly MemberRow[], host: string): InventoryNode | undefined {
  const able = state.nodes.filter((each) => {
    const health = statusOf(each)?.etcd?.healthy;
    return (
      each.node.roles.includes('server') &&
      each.report.kind === 'answered' &&
      each.node.name !== host &&
      health !== false
    );
  });
  const running = able.filter(
    (each) =>
      statusOf(each)?.units.some((unit) => ['k3s', 'kubelet'].includes(unit.name) && unit.active === 'active') ?? false,
  );
  const leader = rows.find((each) => each.leads)?.host;
  return (running.find((each) => each.node.name === leader) ?? running[0])?.node;
}

/**
 * k3s joins through what its file says, else through a real server: a virtual address can lead a joining server to
 * itself. kubeadm joins through the endpoint that all nodes use.
 */
function throughOf({ cluster }: ClusterState, { config }: JoinParameters, asked: InventoryNode): string {
  const own = `${asked.address.includes(':') ? `[${asked.address}]` : asked.address}:6443`;
  if (cluster.distribution === 'kubeadm') return cluster.endpoint ?? own;
  const named = /^https:\/\/([^/\s]+?)\/?$/.exec(config?.settings.get('server') ?? '')?.[1];
  if (named === undefined) return own;
  return /:\d+$/.test(named) ? named : `${named}:443`;
}
