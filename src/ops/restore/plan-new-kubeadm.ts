import { type Message, say } from '../../base/message';
import type { InventoryNode } from '../../model/inventory/inventory';
import { keptPath } from '../commands/config-file';
import { makeFolderStep } from '../commands/folder';
import { deleteNode, isNodeName, nodeAlive } from '../commands/kubectl';
import { markSeen, withMark } from '../commands/mark';
import { serverHealthy } from '../commands/server-health';
import { type KubeadmJoinWork, kubeadmJoinSteps } from '../join/join-kubeadm';
import type { Plan, Step } from '../plan';
import type { SnapshotContent } from '../snapshot-file/etcd-snapshot';
import type { ClusterState } from '../status/cluster-state';
import { clusterSettings } from './cluster-configuration';
import type { KubeadmServerFacts } from './kubeadm-facts';
import { newKubeadmScript } from './kubeadm-new-script';
import { newKubeadmConcerns } from './new-kubeadm-concerns';
import { authorityFiles, type KubeadmPki, type NewKubeadmParameters } from './new-kubeadm-facts';
import { act, acted } from './restore-act';
import { restoreFolder, restoreScriptPath } from './restore-place';
import { actStep, backStep, restorePlan, scriptSteps, snapshotSteps } from './shared-steps';
import { bumpedBy } from './tool-acts';

/** kubeadm took 8 s where its images were there; without them they are pulled first. */
const initSec = 1200;
const startSec = 300;

/**
 * Makes a kubeadm cluster again on machines that have none: the first one gets the keys of the cluster and, in the place of
 * etcd's data, those of the snapshot for a cluster of one; kubeadm builds the control plane around them. The Nodes of machines
 * that are gone are deleted, and the other servers join as any server joins. Nothing is on these machines that could be lost, so
 * the way back is that they are empty again.
 */
export function planNewKubeadmRestore(
  state: ClusterState,
  facts: readonly KubeadmServerFacts[],
  parameters: NewKubeadmParameters,
): Plan {
  const { stamp, snapshot, pki, machines } = parameters;
  const { kubeadm } = snapshot.content;
  const settings = clusterSettings(kubeadm?.clusterConfiguration ?? '');
  const concerns = newKubeadmConcerns(state, facts, parameters, settings);
  const base = restorePlan(state, snapshot, concerns);
  const nodes = facts.flatMap(({ host }) => state.cluster.nodes.filter((each) => each.name === host));
  const [first, ...others] = nodes;
  const own = facts[0];
  if (first === undefined || own === undefined || pki === undefined || concerns.blockers.length > 0)
    return { ...base, steps: [], wayBack: [] };

  const host = first.name;
  const nameOf = (node: InventoryNode) => machines.get(node.name)?.join?.hostName ?? node.name.toLowerCase();
  const name = nameOf(first);
  const { keys } = snapshot.content;
  const revision = snapshot.content.revision + (own.canBump ? bumpedBy : 0);
  const url = `https://${bracketed(first.address)}:2380`;
  const change = (verb: string, title: Message, timeoutSec: number, ...words: string[]) =>
    actStep(stamp, [verb, ...words], host, title, timeoutSec);
  const steps: Step[] = [
    ...scriptSteps(host, stamp, newKubeadmScript({ stamp, dataDir: settings.dataDir })),
    ...snapshotSteps(host, stamp, snapshot),
    ...keySteps(host, pki),
    configurationStep(first, name, parameters, settings.apiVersion),
    change('tool', say('Find the program on {0} that restores', host), 300),
    change(
      'prepare',
      say('Make the data of etcd on {0} from the snapshot, for a cluster of one', host),
      1800,
      name,
      url,
      own.canBump ? 'bump' : 'as-is',
    ),
    {
      id: `init@${host}`,
      host,
      title: say('Let kubeadm build the control plane of {0} around them', host),
      risk: 'change',
      run: act(stamp, ['init', String(initSec)], initSec + 60),
      done: acted(host, stamp, ['is-init']),
    },
    {
      id: `works@${host}`,
      host,
      title: say('Wait until {0} does its work', host),
      risk: 'read',
      waitFor: serverHealthy(host, 'kubeadm', true, startSec),
    },
    change(
      'compare',
      say('See that {0} has the {1} keys of the snapshot at revision {2}', host, keys, revision),
      60,
      String(revision),
      String(keys),
    ),
    {
      id: `ready@${host}`,
      host,
      title: say('See that the Node {0} is ready and gives signs of life', name),
      risk: 'read',
      waitFor: nodeAlive(host, 'kubeadm', name, 180),
    },
    ...forgetSteps(host, stamp, formerNodes(snapshot.content, [name], others.map(nameOf))),
    ...(others.length === 0 ? [] : [authorityHashStep(host)]),
    ...others.flatMap((machine) =>
      joinSteps({
        state,
        machine,
        asked: first,
        nodeName: nameOf(machine),
        through: settings.endpoint ?? '',
        isServer: true,
        withEtcd: true,
        parameters: {
          stamp: `${stamp}-${machine.name}`,
          facts: machines.get(machine.name)?.join,
          caHash: authorityHashOutput,
        },
      }),
    ),
    ...(others.length === 0
      ? []
      : [
          {
            id: `members@${host}`,
            host,
            title: say('See that etcd has {0} voting members', nodes.length),
            risk: 'read' as const,
            waitFor: acted(host, stamp, ['is-members', String(nodes.length)], { withinSec: 120 }),
          },
        ]),
  ];
  return { ...base, steps, undo: wayBackSteps(host, others, stamp), wayBack: wayBackWords(host, stamp) };
}

const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address);

/** Keys are sent from where they lie on this machine; certificates may be read by everybody, keys by root alone. */
function keySteps(host: string, { files }: KubeadmPki): Step[] {
  const folder = '/etc/kubernetes/pki';
  const there = authorityFiles.filter((each) => files.has(each));
  return [
    makeFolderStep(host, `${folder}/etcd`, '0755'),
    ...there.flatMap((path): Step[] => {
      const file = files.get(path);
      if (file === undefined) return [];
      const { localPath, sha256, bytes } = file;
      return [
        {
          id: `${path}@${host}`,
          host,
          title: say('Lay {0} of the cluster down on {1}', path, host),
          risk: 'change',
          upload: {
            content: { file: localPath, sha256, bytes },
            path: `${folder}/${path}`,
            mode: path.endsWith('.crt') ? '0644' : '0600',
            root: true,
          },
        },
      ];
    }),
  ];
}

/** The cluster's own settings, from the snapshot, with what is this machine's in front. */
function configurationStep(
  { name: host, address }: InventoryNode,
  node: string,
  { stamp, snapshot }: NewKubeadmParameters,
  apiVersion: string,
): Step {
  const { clusterConfiguration = '', kubeletConfiguration } = snapshot.content.kubeadm ?? {};
  const own = [
    `apiVersion: ${apiVersion}`,
    'kind: InitConfiguration',
    'localAPIEndpoint:',
    `  advertiseAddress: "${address}"`,
    'nodeRegistration:',
    `  name: "${node}"`,
    '',
  ].join('\n');
  const documents = [own, clusterConfiguration, ...(kubeletConfiguration === undefined ? [] : [kubeletConfiguration])];
  return {
    id: `settings@${host}`,
    host,
    title: say('Lay down on {0} how the cluster was set up, as the snapshot has it', host),
    risk: 'change',
    upload: {
      content: { text: [documents.map((each) => (each.endsWith('\n') ? each : `${each}\n`)).join('---\n')] },
      path: `${restoreFolder(stamp)}/kubeadm.yaml`,
      mode: '0600',
      root: true,
    },
  };
}

/** Nodes that are listed in the snapshot as servers, or under the name that a server gets now: their names must be free. */
export function formerNodes(
  { members, kubeadm }: SnapshotContent,
  kept: readonly string[],
  joining: readonly string[],
): readonly string[] {
  const names = new Set([...members.map((each) => each.name), ...joining]);
  return (kubeadm?.nodes ?? []).filter((each) => names.has(each) && !kept.includes(each) && isNodeName(each));
}

export function forgetSteps(host: string, stamp: string, names: readonly string[]): Step[] {
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
export const authorityHashOutput = { output: hashName };
const hashScript =
  'openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform DER | sha256sum | cut -c 1-64';

/** As those who join want it (`--discovery-token-ca-cert-hash`). */
export function authorityHashStep(host: string): Step {
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
export function joinSteps(work: KubeadmJoinWork): Step[] {
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

/** The servers that joined go first: kubeadm takes their members out while the first one is there to be asked. */
function wayBackSteps(host: string, others: readonly InventoryNode[], stamp: string): Step[] {
  return [
    ...emptySteps(others, stamp),
    backStep(
      stamp,
      'back-reset',
      host,
      say('Put the data of etcd on {0} aside and reset it with kubeadm, if the restore has come to it', host),
      600,
    ),
  ];
}

function wayBackWords(host: string, stamp: string): Message[] {
  return [
    say('The machines are empty again then: nothing was on them before'),
    say(
      'What the restored cluster has written since stays on {0} as {1}, until somebody removes it',
      host,
      `${restoreFolder(stamp)}/restored-member`,
    ),
    say(
      'Without Haven: "kubeadm reset -f" on the servers that joined, then {0} on {1}',
      `sh ${restoreScriptPath(stamp)} back-reset`,
      host,
    ),
  ];
}
