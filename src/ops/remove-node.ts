import { majorityOf } from '../base/majority';
import { say } from '../base/message';
import type { InventoryNode } from '../model/inventory/inventory';
import { isNodeName, type KubeNode, nodeOfMachine } from './commands/kubectl';
import { type MemberFacts, type MemberRow, memberRows, unlisted } from './etcd-members';
import { identityConcerns } from './node-identity';
import { membersOutlook } from './outlook';
import { allConcerns, type Concern, type Concerns, noConcerns, type Plan } from './plan';
import { refusedWrites } from './refused-writes';
import { removeSteps } from './remove-steps';
import { type ClusterState, statusOf } from './status/cluster-state';

interface RemoveParameters {
  readonly stamp: string;
  /** Name of the node in the inventory. */
  readonly host: string;
  readonly nodes: readonly KubeNode[];
  readonly drain: boolean;
  /** Also takes k3s with all its data off the machine. kubeadm's reset always does. */
  readonly uninstall: boolean;
  /** Files of the repository whose load balancer still sends to the node. */
  readonly inBackends: readonly string[];
}

/**
 * Takes a server or agent out of the cluster. The order depends on the number of voters: of three and more, the server is
 * stopped before its Node is deleted, because a running one comes back within a minute; of two, stopping first would take
 * the quorum, so its member goes first while it runs and is kept from starting again. A machine that does not answer is
 * taken out of the lists alone.
 */
export function planRemove(state: ClusterState, facts: MemberFacts, parameters: RemoveParameters): Plan {
  const { host, nodes } = parameters;
  const { cluster } = state;
  const machine = cluster.nodes.find((each) => each.name === host);
  const reached = state.nodes.find((each) => each.node.name === host);
  const node = machine === undefined ? undefined : nodeOfMachine(nodes, machine);
  const rows = memberRows(state, facts);
  const row = rows.find((each) => each.host === host);
  const voters = rows.filter((each) => !each.learner);
  const alive = reached?.report.kind === 'answered';
  const asked = askedFor(state, rows, host);
  const isMember = machine?.roles.includes('server') === true && row !== undefined;

  const { blockers, warnings } = allConcerns([
    { blockers: refusedWrites(state), warnings: [] },
    choiceConcerns(state, parameters, { machine, node, asked }),
    machine?.roles.includes('server') === true ? serverConcerns(state, host, rows) : noConcerns,
    { blockers: [], warnings: leftBehind(state, parameters, { machine, node, alive }) },
  ]);
  const steps =
    machine === undefined || asked === undefined || blockers.length > 0
      ? []
      : removeSteps({
          state,
          machine,
          node: node?.name,
          ownName: ownNodeName(state, nodes, machine, row),
          asked,
          row,
          voters: voters.length,
          alive,
          parameters,
        });
  return {
    operation: 'remove-node',
    cluster: cluster.name,
    title: isMember
      ? say('Remove the server {0}: {1} members stay', host, voters.length - 1)
      : say('Remove {0} from {1}', host, cluster.name),
    blockers,
    warnings,
    outlook: blockers.length > 0 ? [] : membersOutlook(state, steps, { leaves: isMember ? [host] : [] }),
    steps,
    wayBack: [say('A removed node joins again as a new one: "Join Node"')],
    destructive: true,
  };
}

/**
 * What the Node of a machine is called when the API lists none: k3s calls its member after it, with a dash and eight digits
 * behind. A name that another machine's Node has is nobody's to delete.
 */
function ownNodeName(
  state: ClusterState,
  nodes: readonly KubeNode[],
  machine: InventoryNode,
  row: MemberRow | undefined,
): string | undefined {
  const reached = state.nodes.find((each) => each.node.name === machine.name);
  const hostName = (reached === undefined ? undefined : statusOf(reached))?.hostName ?? '';
  const member = row?.name.replace(state.cluster.distribution === 'k3s' ? /-[0-9a-f]{8}$/ : /^$/, '') ?? '';
  const name = [member, hostName, machine.name].find((each) => each !== '')?.toLowerCase() ?? '';
  return isNodeName(name) && nodes.every((each) => each.name !== name) ? name : undefined;
}

/** The machine to remove, as far as it is known. */
interface Leaving {
  readonly machine: InventoryNode | undefined;
  readonly node: KubeNode | undefined;
}

/** Whether it is a machine that can be removed, and whether anybody is there to take it out of the lists. */
function choiceConcerns(
  state: ClusterState,
  { host, nodes }: RemoveParameters,
  { machine, node, asked }: Leaving & { readonly asked: string | undefined },
): Concerns {
  const blockers: Concern[] = [];
  if (machine === undefined || !(machine.roles.includes('server') || machine.roles.includes('agent'))) {
    blockers.push({
      host,
      message: say('{0} is no server or agent of this cluster', host),
      remedy: say('choose a server or an agent'),
    });
  }
  if (asked === undefined) {
    blockers.push({
      message: say('no other server answers, so nobody could take {0} out', host),
      remedy: say('bring another server back, or restore from a snapshot'),
    });
  }
  if (node !== undefined && !isNodeName(node.name)) {
    blockers.push({ message: say('"{0}" cannot be the name of a Node', node.name) });
  }
  if (machine === undefined || node === undefined) return { blockers, warnings: [] };
  return allConcerns([{ blockers, warnings: [] }, identityConcerns(state, nodes, machine, node)]);
}

/** What the other servers and their etcd are without this one. */
function serverConcerns({ cluster }: ClusterState, host: string, rows: readonly MemberRow[]): Concerns {
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  if (cluster.nodes.filter((each) => each.roles.includes('server')).length === 1) {
    blockers.push({
      host,
      message: say('{0} is the only server: without it there is no cluster', host),
      remedy: say('join another server first'),
    });
  }
  if (rows.length === 0) blockers.push(unlisted);
  const row = rows.find((each) => each.host === host);
  if (row === undefined) return { blockers, warnings };

  const voters = rows.filter((each) => !each.learner);
  const answering = voters.filter((each) => each.facts !== undefined && each.host !== host).length;
  const after = voters.length - (row.learner ? 0 : 1);
  const needed = majorityOf(after);
  if (after > 0 && answering < needed) {
    blockers.push({
      host,
      message: say('without {0}, {1} of {2} members would answer, and {3} are needed', host, answering, after, needed),
      remedy: say('take the dead members out first, or bring them back'),
    });
  }
  if (after > 0 && after % 2 === 0) {
    warnings.push({
      message: say('{0} members bear no more failures than {1}', after, after - 1),
      remedy: say('join another server soon'),
    });
  }
  if (after === 1) warnings.push({ message: say('one member bears no failure at all') });
  return { blockers, warnings };
}

/** What goes on after the machine has left: in files, on the machine itself, and on the virtual address. */
function leftBehind(
  state: ClusterState,
  { host, inBackends }: RemoveParameters,
  { machine, node, alive }: Leaving & { readonly alive: boolean },
): readonly Concern[] {
  const { cluster } = state;
  const isServer = machine?.roles.includes('server') === true;
  const isBalancer = machine?.roles.includes('loadbalancer') === true;
  const found: Concern[] = [];
  if (!alive && machine !== undefined) {
    found.push({
      host,
      message: say('{0} does not answer: it is only taken out of the lists', host),
      remedy: say('see that it never starts again with its old data'),
    });
  }
  for (const file of inBackends) {
    found.push({
      message: say('{0} still sends to {1}', file, host),
      remedy: say('take it out there and push the file'),
    });
  }
  if (isBalancer) {
    found.push({ host, message: say('{0} is a load balancer too: haproxy and keepalived stay on it', host) });
  }
  const reached = state.nodes.find((each) => each.node.name === host);
  const units = reached === undefined ? undefined : statusOf(reached)?.units;
  const hasKeepalived = units?.some((each) => each.name === 'keepalived' && each.active === 'active') === true;
  // A load balancer is there to carry the address; a server that leaves would carry it where nothing answers.
  if (hasKeepalived && machine !== undefined && !isBalancer && state.vips.length > 0) {
    const addresses = state.vips.map((each) => each.address).join(', ');
    found.push({
      host,
      message: say('keepalived stays on {0} and may carry {1} where no API server is any more', host, addresses),
      remedy: say('take the node out of keepalived on all nodes, and stop it there, before you remove it'),
    });
  }
  if (node?.controlPlane === false && isServer && cluster.distribution === 'k3s') {
    found.push({ host, message: say('the Node {0} does not carry the label of a server', node.name) });
  }
  return found;
}

/** A server that answers and stays: best the one that leads. */
function askedFor(state: ClusterState, rows: readonly MemberRow[], host: string): string | undefined {
  const able = state.nodes.filter(
    (each) => each.node.roles.includes('server') && each.report.kind === 'answered' && each.node.name !== host,
  );
  const leader = rows.find((each) => each.leads)?.host;
  return (able.find((each) => each.node.name === leader) ?? able[0])?.node.name;
}
