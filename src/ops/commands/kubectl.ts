import { sameIp } from '../../base/address';
import type { Distribution } from '../../model/inventory/inventory';
import type { Command, Probe } from '../command';

/** kubectl as the administrator, on a server: k3s carries its own, kubeadm leaves the file that says who one is. */
export function kubectl(distribution: Distribution, args: readonly string[], timeoutSec: number): Command {
  const program: [string, ...string[]] =
    distribution === 'k3s' ? ['k3s', 'kubectl'] : ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];
  return { argv: [...program, ...args], root: true, timeoutSec };
}

const condition = (type: string) => `{.status.conditions[?(@.type=="${type}")].status}`;
const columns = [
  '{.metadata.name}',
  '{.status.addresses[?(@.type=="InternalIP")].address}',
  condition('Ready'),
  condition('EtcdIsVoter'),
  '{.spec.unschedulable}',
  '{.status.nodeInfo.kubeletVersion}',
  '{.metadata.labels.node-role\\.kubernetes\\.io/control-plane}',
];

/** One line for each Node, its columns apart by tabs; a template keeps the answer short where Nodes carry much. */
const nodesTemplate = `{range .items[*]}${columns.join('{"\\t"}')}{"\\n"}{end}`;

/** Asks the API for all Nodes. */
export function listNodes(distribution: Distribution): Command {
  return kubectl(distribution, ['get', 'nodes', '--request-timeout=15s', '-o', `jsonpath=${nodesTemplate}`], 30);
}

/** A Node as the API describes it. */
export interface KubeNode {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ready: boolean;
  /** Said by k3s only: whether its etcd member votes. */
  readonly voter: boolean | undefined;
  readonly cordoned: boolean;
  /** Of the kubelet that runs: `v1.34.1+k3s1`. */
  readonly version: string;
  readonly controlPlane: boolean;
}

export function parseNodes(output: string): KubeNode[] {
  return output.split('\n').flatMap((line) => {
    const [name = '', addresses = '', ready, voter, cordoned, version, ...labels] = line.split('\t');
    if (name === '' || version === undefined) return [];
    return [
      {
        name,
        addresses: addresses.split(' ').filter((each) => each !== ''),
        ready: ready === 'True',
        voter: voter === '' ? undefined : voter === 'True',
        cordoned: cordoned === 'true',
        version,
        // kubeadm gives the label no value, so an empty column does not say that it is not there.
        controlPlane: labels[0] === 'true',
      },
    ];
  });
}

/** The Node of a machine: by its name, or by an address it has. */
export function nodeOfMachine(
  nodes: readonly KubeNode[],
  machine: { readonly name: string; readonly address: string },
): KubeNode | undefined {
  return (
    nodes.find((each) => each.addresses.some((own) => sameIp(own, machine.address))) ??
    nodes.find((each) => each.name === machine.name.toLowerCase())
  );
}

/** Whether a Node's name can stand in a command: what Kubernetes itself allows (RFC 1123 subdomain). */
export function isNodeName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name);
}

const readyTemplate = `jsonpath=${condition('Ready')}`;

/** $1 Node, then kubectl's words. A kubelet renews its lease every 10 s. */
const aliveScript = `node=$1; shift
lease() { "$@" get lease "$node" -n kube-node-lease --request-timeout=10s -o 'jsonpath={.spec.renewTime}'; }
before=$(lease "$@")
[ -n "$before" ] || { echo "the API tells of no sign of life of the Node $node"; exit 1; }
i=0
while [ $i -lt 15 ]; do
  now=$(lease "$@")
  if [ -n "$now" ] && [ "$now" != "$before" ]; then
    [ "$("$@" get node "$node" --request-timeout=10s -o '${readyTemplate}')" = True ] && { echo alive; exit 0; }
    echo "the Node $node is not ready"
    exit 1
  fi
  i=$((i + 1)); sleep 1
done
echo "the kubelet of the Node $node gives no sign of life; does it run, and does the machine still have that name?"
exit 1`;

/**
 * Whether the API calls the Node ready and its kubelet gives a sign of life while we look: Ready alone is said of a
 * machine that has been gone for up to 50 s.
 */
export function nodeAlive(asked: string, distribution: Distribution, node: string, withinSec: number): Probe {
  const { argv } = kubectl(distribution, [], 0);
  return {
    host: asked,
    command: { argv: ['sh', '-c', aliveScript, 'sh', node, ...argv], root: true, timeoutSec: 60 },
    yesWhen: { stdoutMatches: '^alive$' },
    withinSec,
  };
}

/** Moves the pods away and keeps new ones out. Pods of daemon sets stay, and what lies in `emptyDir` is lost. */
export function drainNode(distribution: Distribution, node: string, timeoutSec: number): Command {
  const flags = ['--ignore-daemonsets', '--delete-emptydir-data', `--timeout=${timeoutSec}s`];
  return kubectl(distribution, ['drain', node, ...flags], timeoutSec + 30);
}

export function uncordonNode(distribution: Distribution, node: string): Command {
  return kubectl(distribution, ['uncordon', node, '--request-timeout=20s'], 30);
}

/** kubectl prints `true` for a cordoned Node and nothing for another, so the probe asks for the name as well. */
export function nodeCordoned(asked: string, distribution: Distribution, node: string, cordoned: boolean): Probe {
  const template = 'jsonpath={.metadata.name} {.spec.unschedulable}';
  return {
    host: asked,
    command: kubectl(distribution, ['get', 'node', node, '--request-timeout=10s', '-o', template], 20),
    yesWhen: cordoned ? { stdoutMatches: ' true$' } : { all: [{ stdoutHas: node }, { stdoutLacks: ' true' }] },
    withinSec: 10,
  };
}

/** Whether the Node takes pods, or is not there any more. */
export function nodeFree(asked: string, distribution: Distribution, node: string): Probe {
  const template = 'jsonpath={.metadata.name} {.spec.unschedulable}';
  const args = ['get', 'node', node, '--ignore-not-found', '--request-timeout=10s', '-o', template];
  return {
    host: asked,
    command: kubectl(distribution, args, 20),
    yesWhen: { stdoutLacks: ' true' },
    withinSec: 10,
  };
}

/** Requests through a virtual address fail for seconds after a control plane has left: the deletion is tried again. */
const againScript = `i=0
while ! "$@"; do
  i=$((i + 1)); [ $i -lt 6 ] || exit 1
  sleep 3
done`;

/** Deletes the Node; one that is not there is no error. */
export function deleteNode(distribution: Distribution, node: string): Command {
  const { argv } = kubectl(distribution, ['delete', 'node', node, '--ignore-not-found', '--timeout=60s'], 0);
  return { argv: ['sh', '-c', againScript, 'sh', ...argv], root: true, timeoutSec: 150 };
}

/** $1 Node, then kubectl's words. A list that came at all has a line; silence says nothing about the Node. */
const goneScript = `node=$1; shift
names=$("$@" get nodes --request-timeout=10s -o name) && [ -n "$names" ] || exit 1
case " $(echo $names) " in *" node/$node "*) ;; *) echo gone;; esac`;

export function nodeGone(asked: string, distribution: Distribution, node: string, withinSec: number): Probe {
  const { argv } = kubectl(distribution, [], 0);
  return {
    host: asked,
    command: { argv: ['sh', '-c', goneScript, 'sh', node, ...argv], root: true, timeoutSec: 20 },
    yesWhen: { stdoutMatches: '^gone$' },
    withinSec,
  };
}
