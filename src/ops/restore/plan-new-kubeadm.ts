import { type Message, say } from '../../base/message';
import type { InventoryNode } from '../../model/inventory/inventory';
import { makeFolderStep } from '../commands/folder';
import { nodeAlive } from '../commands/kubectl';
import { serverHealthy } from '../commands/server-health';
import type { Plan, Step } from '../plan';
import type { ClusterState } from '../status/cluster-state';
import { type ClusterSettings, clusterSettings } from './cluster-configuration';
import type { KubeadmServerFacts } from './kubeadm-facts';
import { newKubeadmScript } from './kubeadm-new-script';
import { newKubeadmConcerns } from './new-kubeadm-concerns';
import { authorityFiles, type KubeadmPki, type NewKubeadmParameters } from './new-kubeadm-facts';
import { emptySteps, otherServersSteps } from './other-servers';
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
  const work: FirstServer = { machine: first, nodeName: nameOf(first), bump: own.canBump, pki, settings };
  const steps = [
    ...layDownSteps(work, parameters),
    ...initSteps(work, parameters),
    ...otherServersSteps({
      state,
      asked: first,
      machines: others,
      nameOf,
      joins: machines,
      stamp,
      content: snapshot.content,
      kept: [work.nodeName],
    }),
    ...(others.length === 0 ? [] : [membersStep(host, stamp, nodes.length)]),
  ];
  return { ...base, steps, undo: wayBackSteps(host, others, stamp), wayBack: wayBackWords(host, stamp) };
}

/** The machine that the cluster is made on. */
interface FirstServer {
  readonly machine: InventoryNode;
  readonly nodeName: string;
  /** Whether its program can raise the revision. */
  readonly bump: boolean;
  readonly pki: KubeadmPki;
  readonly settings: ClusterSettings;
}

/** Everything that kubeadm shall find: keys, settings, and the data of etcd for a cluster of one. */
function layDownSteps(
  { machine, nodeName, bump, pki, settings }: FirstServer,
  parameters: NewKubeadmParameters,
): Step[] {
  const { stamp, snapshot } = parameters;
  const host = machine.name;
  const prepare = ['prepare', nodeName, `https://${bracketed(machine.address)}:2380`, bump ? 'bump' : 'as-is'];
  const prepared = say('Make the data of etcd on {0} from the snapshot, for a cluster of one', host);
  return [
    ...scriptSteps(host, stamp, newKubeadmScript({ stamp, dataDir: settings.dataDir })),
    ...snapshotSteps(host, stamp, snapshot),
    ...keySteps(host, pki),
    configurationStep(machine, nodeName, parameters, settings.apiVersion),
    actStep(stamp, ['tool'], host, say('Find the program on {0} that restores', host), 300),
    actStep(stamp, prepare, host, prepared, 1800),
  ];
}

/** kubeadm builds the control plane, which is then compared with the snapshot. */
function initSteps(
  { machine: { name: host }, nodeName, bump }: FirstServer,
  { stamp, snapshot: { content } }: NewKubeadmParameters,
): Step[] {
  const { keys } = content;
  const revision = content.revision + (bump ? bumpedBy : 0);
  const compared = say('See that {0} has the {1} keys of the snapshot at revision {2}', host, keys, revision);
  return [
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
    actStep(stamp, ['compare', String(revision), String(keys)], host, compared, 60),
    {
      id: `ready@${host}`,
      host,
      title: say('See that the Node {0} is ready and gives signs of life', nodeName),
      risk: 'read',
      waitFor: nodeAlive(host, 'kubeadm', nodeName, 180),
    },
  ];
}

function membersStep(host: string, stamp: string, voters: number): Step {
  return {
    id: `members@${host}`,
    host,
    title: say('See that etcd has {0} voting members', voters),
    risk: 'read',
    waitFor: acted(host, stamp, ['is-members', String(voters)], { withinSec: 120 }),
  };
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
