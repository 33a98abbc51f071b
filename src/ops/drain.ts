import { say } from '../base/message';
import { isNodeName, type KubeNode, nodeCordoned, nodeOfMachine } from './commands/kubectl';
import { type DrainWork, drainStep, uncordonStep } from './drain-steps';
import { identityConcerns } from './node-identity';
import type { Concern, Plan, Step } from './plan';
import { refusedWrites } from './refused-writes';
import type { ClusterState } from './status/cluster-state';

interface DrainParameters {
  readonly stamp: string;
  /** Names of the nodes in the inventory. */
  readonly hosts: readonly string[];
  /** The Nodes as the API lists them. */
  readonly nodes: readonly KubeNode[];
}

/** Moves the pods of nodes elsewhere, one node after another, and keeps new ones away until the nodes are uncordoned. */
export function planDrain(state: ClusterState, parameters: DrainParameters): Plan {
  const { stamp, hosts, nodes } = parameters;
  const { works, blockers, warnings } = worksOf(state, parameters);
  const drained = new Set(works.map((each) => each.node));
  if (works.length > 0 && !nodes.some((each) => each.ready && !each.cordoned && !drained.has(each.name))) {
    blockers.push({
      message: say('no other Node is ready and takes pods, so they have nowhere to go'),
      remedy: say('drain fewer nodes, or uncordon one first'),
    });
  }
  for (const { host, node } of works) {
    const known = nodes.find((each) => each.name === node);
    if (known?.ready === false) {
      warnings.push({
        host,
        message: say('the Node {0} is not ready now', node),
        remedy: say('its pods end only when its kubelet answers; the drain may run out of time'),
      });
    }
    if (known?.cordoned === true) {
      warnings.push({ host, message: say('the Node {0} is cordoned already', node) });
    }
  }
  warnings.push({ message: say('what pods keep in emptyDir volumes on these nodes is lost') });
  const steps = works.flatMap((work): Step[] => [
    { ...drainStep(work, `drain-${stamp}-${work.host}`), onFailure: { undoTo: `drain@${work.host}` } },
    {
      id: `cordoned@${work.host}`,
      host: work.asked,
      title: say('See that {0} takes no new pods', work.node),
      risk: 'read',
      waitFor: nodeCordoned(work.asked, work.distribution, work.node, true),
    },
  ]);
  return {
    operation: 'drain',
    cluster: state.cluster.name,
    title: say('Drain {0}', hosts.join(', ')),
    blockers,
    warnings: blockers.length > 0 ? [] : warnings,
    steps: blockers.length > 0 ? [] : steps,
    wayBack: [say('"Haven: Uncordon Node" lets them take pods again; pods that have moved stay where they are')],
    destructive: false,
  };
}

/** Lets nodes take pods again. */
export function planUncordon(state: ClusterState, parameters: DrainParameters): Plan {
  const { works, blockers, warnings } = worksOf(state, parameters);
  return {
    operation: 'uncordon',
    cluster: state.cluster.name,
    title: say('Let {0} take pods again', parameters.hosts.join(', ')),
    blockers,
    warnings,
    steps: blockers.length > 0 ? [] : works.map((each) => uncordonStep(each)),
    wayBack: [say('"Haven: Drain Node" keeps pods away again')],
    destructive: false,
  };
}

function worksOf(
  state: ClusterState,
  { hosts, nodes }: DrainParameters,
): { readonly works: readonly DrainWork[]; readonly blockers: Concern[]; readonly warnings: Concern[] } {
  const { cluster, nodes: states } = state;
  const blockers = refusedWrites(state);
  const warnings: Concern[] = [];
  const asked = states.find((each) => each.node.roles.includes('server') && each.report.kind === 'answered');
  if (asked === undefined || nodes.length === 0) {
    blockers.push({
      message: say('the API did not list its Nodes, so nobody can be drained or seen to be ready'),
      remedy: say('bring the API back first'),
    });
  }
  if (hosts.length === 0) {
    blockers.push({
      message: say('there is no server or agent among the chosen nodes'),
      remedy: say('choose one'),
    });
  }
  const works = hosts.flatMap((host): DrainWork[] => {
    const machine = cluster.nodes.find((each) => each.name === host);
    const node = machine === undefined ? undefined : nodeOfMachine(nodes, machine);
    if (machine !== undefined && node !== undefined && isNodeName(node.name) && asked !== undefined) {
      const identity = identityConcerns(state, nodes, machine, node);
      blockers.push(...identity.blockers);
      warnings.push(...identity.warnings);
      return [{ host, asked: asked.node.name, distribution: cluster.distribution, node: node.name }];
    }
    if (nodes.length > 0) {
      blockers.push({
        host,
        message: say('the API knows no Node of this name or address'),
        remedy: say('see "kubectl get nodes -o wide"'),
      });
    }
    return [];
  });
  return { works, blockers, warnings };
}
