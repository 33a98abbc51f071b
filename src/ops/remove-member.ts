import { sameIp } from '../base/address';
import { majorityOf } from '../base/majority';
import { say } from '../base/message';
import type { Distribution } from '../model/inventory/inventory';
import { hexId } from './commands/etcd-gateway';
import { removeMember } from './commands/etcd-peer';
import { httpGet } from './commands/http-get';
import { deleteNode, isNodeName, type KubeNode, nodeGone } from './commands/kubectl';
import { type MemberFacts, type MemberRow, memberGone, memberRows, nameOfMember, unlisted } from './etcd-members';
import { membersOutlook } from './outlook';
import type { Concern, Plan, Step } from './plan';
import { type ClusterState, statusOf } from './status/cluster-state';

interface RemoveMemberParameters {
  /** Decimal text. */
  readonly id: string;
  readonly nodes: readonly KubeNode[];
}

/**
 * Takes a dead member out of the list, so that it stops counting. One that answers is refused here: a node that runs is
 * removed by "Remove Node", which knows in which order. With k3s the Node goes first, or its controller would not know of it.
 */
export function planRemoveMember(state: ClusterState, facts: MemberFacts, { id, nodes }: RemoveMemberParameters): Plan {
  const { distribution } = state.cluster;
  const rows = memberRows(state, facts);
  const row = rows.find((each) => each.id === id);
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const from = speaker(rows, id);
  const name = row === undefined ? hexId(id) : nameOfMember(row);
  if (rows.length === 0 || from === undefined) blockers.push(unlisted);
  else if (row === undefined) {
    blockers.push({ message: say('there is no member {0}', hexId(id)), remedy: say('refresh the cluster') });
  } else if (row.facts !== undefined || isHealthy(state, row)) {
    blockers.push({
      message: say('the member {0} answers: it is alive', name),
      remedy: say('use "Remove Node" for a node that shall go'),
      ...(row.host !== undefined && { host: row.host }),
    });
  }
  const voters = rows.filter((each) => !each.learner).length;
  const alive = rows.filter((each) => each.facts !== undefined && !each.learner).length;
  const after = row?.learner === true ? voters : voters - 1;
  const needed = majorityOf(after);
  if (row !== undefined && alive < majorityOf(voters)) {
    blockers.push({
      message: say(
        'only {0} of {1} members answer, and etcd changes its list only with {2}',
        alive,
        voters,
        majorityOf(voters),
      ),
      remedy: say('bring members back, or restore from a snapshot'),
    });
  }
  if (after > 0 && after % 2 === 0) {
    warnings.push({
      message: say('{0} members bear no more failures than {1}', after, after - 1),
      remedy: say('join another server soon'),
    });
  }
  const remain = { alive, after, needed };
  const steps =
    row === undefined || from === undefined
      ? []
      : stepsFor(distribution, row, from, nodeFor(nodes, row, state), remain);
  return {
    operation: 'remove-member',
    cluster: state.cluster.name,
    title: say('Take the dead member {0} out of etcd', name),
    blockers,
    warnings,
    outlook: membersOutlook(state, blockers.length > 0 ? [] : steps),
    steps: blockers.length > 0 ? [] : steps,
    wayBack: [say('A removed member does not come back by itself: the server joins again as a new one')],
    destructive: true,
  };
}

/** `from` is asked to change the list; `node` is the Node of the member, where there is one. */
function stepsFor(
  distribution: Distribution,
  row: MemberRow,
  from: string,
  node: string | undefined,
  { alive, after, needed }: { readonly alive: number; readonly after: number; readonly needed: number },
): Step[] {
  const { id } = row;
  const name = nameOfMember(row);
  const steps: Step[] = [
    {
      id: `silent@${from}`,
      host: from,
      title: say('See that {0} hears nothing from {1}: one that only we cannot reach is no dead one', from, name),
      risk: 'read',
      run: { argv: ['sh', '-c', silentScript, 'sh', hexId(id), name], root: true, timeoutSec: 20 },
    },
  ];
  if (distribution === 'k3s' && node !== undefined) {
    steps.push({
      id: `delete-node-${node}@${from}`,
      host: from,
      title: say('Delete the Node {0}, so that k3s forgets its member and its password', node),
      risk: 'destroy',
      run: deleteNode('k3s', node),
      done: nodeGone(from, 'k3s', node, 60),
    });
  }
  steps.push({
    id: `remove-member-${hexId(id)}@${from}`,
    host: from,
    title: say(
      'Take the member {0} out of etcd ({1} of {2} that remain answer, {3} are needed)',
      name,
      alive,
      after,
      needed,
    ),
    risk: 'destroy',
    run: removeMember(distribution, id),
    done: memberGone(from, distribution, id),
  });
  return steps;
}

/** Its node tells so by another door, where the one to its list of members could not be used: there is no curl, say. */
function isHealthy(state: ClusterState, { host }: MemberRow): boolean {
  const node = state.nodes.find((each) => each.node.name === host);
  return node !== undefined && statusOf(node)?.etcd?.healthy === true;
}

/**
 * $1 the member in hexadecimal, $2 its name. A member counts the peers it is connected with, and takes one that is silent for
 * five seconds off (etcd, server/etcdserver/api/rafthttp/peer_status.go; seen with 3.4).
 */
const silentScript = `${httpGet(8)}
told=$(get http://127.0.0.1:2381/metrics)
case $told in *etcd_*) ;; *) echo "etcd of $(hostname) does not say with whom it is connected, so $2 may be alive" >&2; exit 1;; esac
heard=$(printf '%s\\n' "$told" | grep "^etcd_network_active_peers{.*Remote=\\"$1\\"")
case $? in 0|1) ;; *) exit 1;; esac
case $heard in *' 1') echo "the member $2 is alive: $(hostname) is connected with it" >&2; exit 1;; esac`;

function nodeFor(nodes: readonly KubeNode[], row: MemberRow | undefined, state: ClusterState): string | undefined {
  if (row === undefined) return undefined;
  const address = state.cluster.nodes.find((each) => each.name === row.host)?.address;
  const byMember = /^(.*)-[0-9a-f]{8}$/.exec(row.name)?.[1] ?? row.name;
  const found = nodes.find(
    (each) => (address !== undefined && each.addresses.some((own) => sameIp(own, address))) || each.name === byMember,
  );
  return found !== undefined && isNodeName(found.name) ? found.name : undefined;
}

/** The node that is asked to change the list: one that answered, is a voter, and is not the one that goes. */
function speaker(rows: readonly MemberRow[], gone: string): string | undefined {
  const able = rows.filter((row) => row.facts !== undefined && !row.learner && row.id !== gone);
  return (able.find((row) => row.leads) ?? able[0])?.host;
}
