import { say } from '../../base/message';
import type { InventoryNode } from '../../model/inventory/inventory';
import { keptPath } from '../commands/config-file';
import { deleteNode, isNodeName } from '../commands/kubectl';
import { markSeen, withMark } from '../commands/mark';
import { type KubeadmJoinWork, kubeadmJoinSteps } from '../join/join-kubeadm';
import type { Step } from '../plan';
import type { SnapshotContent } from '../snapshot-file/etcd-snapshot';
import type { ClusterState } from '../status/cluster-state';
import { clusterSettings } from './cluster-configuration';
import type { NewMachineFacts } from './new-kubeadm-facts';

/** Servers without a cluster that join those which the snapshot was restored on. */
interface OtherServers {
  readonly state: ClusterState;
  /** A server that has been restored. */
  readonly asked: InventoryNode;
  readonly machines: readonly InventoryNode[];
  readonly nameOf: (machine: InventoryNode) => string;
  /** What each machine told, by its name in the inventory. */
  readonly joins: ReadonlyMap<string, Pick<NewMachineFacts, 'join'>>;
  readonly stamp: string;
  readonly content: SnapshotContent;
  /** The Nodes of servers that have been restored. */
  readonly kept: readonly string[];
}

/** The Nodes of former servers are deleted, and each machine joins as any server joins. */
export function otherServersSteps({
  state,
  asked,
  machines,
  nameOf,
  joins,
  stamp,
  content,
  kept,
}: OtherServers): Step[] {
  const { endpoint } = clusterSettings(content.kubeadm?.clusterConfiguration ?? '');
  return [
    ...forgetSteps(asked.name, stamp, formerNodes(content, kept, machines.map(nameOf))),
    ...(machines.length === 0 ? [] : [authorityHashStep(asked.name)]),
    ...machines.flatMap((machine) =>
      joinSteps({
        state,
        machine,
        asked,
        nodeName: nameOf(machine),
        through: endpoint ?? '',
        isServer: true,
        withEtcd: true,
        parameters: {
          stamp: `${stamp}-${machine.name}`,
          facts: joins.get(machine.name)?.join,
          caHash: authorityHashOutput,
        },
      }),
    ),
  ];
}

/** Nodes that are listed in the snapshot as servers, or under the name that a server gets now: their names must be free. */
function formerNodes(
  { members, kubeadm }: SnapshotContent,
  kept: readonly string[],
  joining: readonly string[],
): readonly string[] {
  const names = new Set([...members.map((each) => each.name), ...joining]);
  return (kubeadm?.nodes ?? []).filter((each) => names.has(each) && !kept.includes(each) && isNodeName(each));
}

function forgetSteps(host: string, stamp: string, names: readonly string[]): Step[] {
  return names.map((node) => ({
    id: `forget-${node}@${host}`,
    host,
    title: say('Delete the Node {0} of a former server', node),
    risk: 'change',
    // A run that is gone on with must not delete the Node that has joined under this name meanwhile.
    run: withMark(deleteNode('kubeadm', node), `forget-${stamp}-${node}`),
    done: markSeen(host, `forget-${stamp}-${node}`),
  }));
}

const hashName = 'ca-hash';
const authorityHashOutput = { output: hashName };
const hashScript =
  'openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform DER | sha256sum | cut -c 1-64';

/** As those who join want it (`--discovery-token-ca-cert-hash`). */
function authorityHashStep(host: string): Step {
  return {
    id: `hash@${host}`,
    host,
    title: say('Read by which hash the authority of the cluster is known'),
    risk: 'read',
    run: { argv: ['sh', '-c', hashScript], root: true, timeoutSec: 20 },
    capture: hashName,
  };
}

/** Those of a join, told apart from those of the next one; what fails in one does not take the first server with it. */
function joinSteps(work: KubeadmJoinWork): Step[] {
  const { machine, asked } = work;
  const own = (id: string) => (id.endsWith(`@${asked.name}`) ? `${id}-for-${machine.name}` : id);
  const rename = (step: Step): Step => {
    const { onFailure } = step;
    const back =
      onFailure === undefined || onFailure === 'way-back'
        ? {}
        : { onFailure: { undoTo: own(onFailure.undoTo), isPart: true as const } };
    const undo = 'undo' in step && step.undo !== undefined ? { undo: step.undo.map(rename) } : {};
    return { ...step, id: own(step.id), ...back, ...undo };
  };
  return kubeadmJoinSteps(work).map(rename);
}

/** $1 is the file that a join lays down with its token. */
const emptyScript = `for f in "$1" /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/manifests/*.yaml /etc/kubernetes/pki/ca.crt /var/lib/etcd/member; do
  [ ! -e "$f" ] || exit 0
done
echo empty`;

/** Machines that were empty before are so again. */
export function emptySteps(machines: readonly InventoryNode[], stamp: string): Step[] {
  const joinFile = ({ name }: InventoryNode) => keptPath(`${stamp}-${name}`, '/join.yaml');
  return machines.toReversed().map((machine) => ({
    id: `back-reset@${machine.name}`,
    host: machine.name,
    title: say('Reset {0} with kubeadm, if it has begun to join', machine.name),
    risk: 'change',
    run: {
      argv: ['sh', '-c', 'rm -f -- "$1" && kubeadm reset -f', 'sh', joinFile(machine)],
      root: true,
      timeoutSec: 240,
    },
    done: {
      host: machine.name,
      command: { argv: ['sh', '-c', emptyScript, 'sh', joinFile(machine)], root: true, timeoutSec: 20 },
      yesWhen: { stdoutMatches: '^empty$' },
      withinSec: 0,
    },
  }));
}
