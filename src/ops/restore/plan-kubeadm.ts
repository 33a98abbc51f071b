import { type Message, say } from '../../base/message';
import type { Command } from '../command';
import { markSeen, withMark } from '../commands/mark';
import { imagesTitle } from '../commands/pod-images';
import { serverHealthy } from '../commands/server-health';
import { havenSnapshotFolder, saveKubeadmSnapshot, snapshotIsWhole } from '../commands/snapshot';
import { outageOutlook } from '../outlook';
import { allConcerns, type Concern, type Concerns, noConcerns, type Plan, type Step } from '../plan';
import { type ClusterState, statusOf } from '../status/cluster-state';
import { clusterSettings } from './cluster-configuration';
import { isBare, type KubeadmServerFacts } from './kubeadm-facts';
import { kubeadmRestoreScript } from './kubeadm-script';
import { emptyMachineConcerns } from './new-kubeadm-concerns';
import type { NewMachineFacts } from './new-kubeadm-facts';
import { emptySteps, otherServersSteps } from './other-servers';
import { acted } from './restore-act';
import { restoreScriptPath } from './restore-place';
import type { RestoreSnapshot } from './restore-snapshot';
import {
  actStep,
  backStep,
  canSave,
  type RestoreParameters,
  restorePlan,
  scriptSteps,
  snapshotSteps,
} from './shared-steps';
import { silentServers } from './silent-servers';
import { strayMembers } from './stray-members';
import { bumpedBy } from './tool-acts';

/** `newcomers` are servers that have no cluster, with what they told: they join when the others are back. */
interface KubeadmRestoreParameters extends RestoreParameters {
  readonly newcomers?: ReadonlyMap<string, Omit<NewMachineFacts, 'answering' | 'unknown'>>;
}

/** Full start of etcd on three members took 15 s, because of its check of the peers' data; once it was 44 s. */
const etcdSec = 180;
/** API servers were back 5 s later; kubelets that retry have made it 97 s. */
const startSec = 300;

/**
 * Puts a kubeadm cluster with stacked etcd back to a snapshot: every member gets the same data under a new cluster token.
 * The new data are made on all nodes first; then the control plane is stopped on all, the data change places on all, etcd
 * starts on all and is compared with the snapshot before an API server writes to it.
 */
export function planKubeadmRestore(
  state: ClusterState,
  all: readonly KubeadmServerFacts[],
  parameters: KubeadmRestoreParameters,
): Plan {
  const { stamp, snapshot, absent, newcomers = new Map() } = parameters;
  const empty = all.filter((each) => isBare(each) && newcomers.has(each.host) && !absent.includes(each.host));
  const facts = all.filter(
    (each) => !empty.includes(each) && !(newcomers.has(each.host) && absent.includes(each.host)),
  );
  const concerns = allConcerns([
    checksOf(state, facts, snapshot, absent, empty),
    newcomerConcerns(state, empty, { snapshot, newcomers }),
  ]);
  const base = restorePlan(state, snapshot, concerns);
  const [first] = facts;
  if (first === undefined || concerns.blockers.length > 0) return { ...base, steps: [], wayBack: [] };

  const hosts = facts.map((each) => each.host);
  const bump = facts.every((each) => each.canBump);
  const steps = [
    ...safetySnapshot(state, first, stamp),
    ...prepareSteps(facts, { stamp, snapshot, bump }),
    ...swapSteps(hosts, stamp),
    ...etcdSteps(hosts, first.host, { stamp, snapshot, bump }),
    ...startSteps(hosts, stamp),
    ...(bump ? [] : kubelets([...hosts, ...workersOf(state)], `kubelet-${stamp}`)),
    ...newcomerSteps(state, first.host, facts, empty, { stamp, snapshot, newcomers }),
  ];
  const joined = state.cluster.nodes.filter(({ name }) => empty.some((each) => each.host === name));
  return {
    ...base,
    outlook: outageOutlook(steps, {
      from: 'out',
      to: 'start',
      measured: say(
        'in a lab that took 50 s, and the way back 49 s; pods of the API server use up their 30 s when they are stopped',
      ),
    }),
    steps,
    // They go first: kubeadm takes their members out while the others are there to be asked.
    undo: [...emptySteps(joined, stamp), ...wayBackSteps(state, hosts, stamp)],
    wayBack: wayBackWords(first, stamp),
  };
}

/** What the steps of one restore share; `bump` where every node's program can raise the revision. */
interface KubeadmRestoreWork {
  readonly stamp: string;
  readonly snapshot: RestoreSnapshot;
  readonly bump: boolean;
}

/** Waits until the question of an act is answered with yes. */
const waitStep = (stamp: string, name: string, host: string, title: Message, withinSec: number): Step => ({
  id: `${name}@${host}`,
  host,
  title,
  risk: 'read',
  waitFor: acted(host, stamp, [`is-${name}`], { withinSec }),
});

/** Everything that can be done while the cluster still runs: the script, the snapshot and the data made of it. */
function prepareSteps(facts: readonly KubeadmServerFacts[], { stamp, snapshot, bump }: KubeadmRestoreWork): Step[] {
  const members = facts
    .map(({ flags }) => `${flags.get('name')}=${flags.get('initial-advertise-peer-urls')}`)
    .join(',');
  const prepare = ['prepare', members, bump ? 'bump' : 'as-is'];
  return [
    ...facts.flatMap(({ host, dataDir }) => [
      ...scriptSteps(host, stamp, kubeadmRestoreScript({ stamp, dataDir })),
      ...snapshotSteps(host, stamp, snapshot),
    ]),
    ...facts.map(({ host }) => actStep(stamp, ['images'], host, imagesTitle(host), 900)),
    ...facts.flatMap(({ host }) => [
      actStep(stamp, ['tool'], host, say('Find the program on {0} that restores', host), 180),
      actStep(stamp, prepare, host, say('Make the restored data of {0} beside those in use', host), 1800),
    ]),
  ];
}

/**
 * Stops the control plane on all before the data change places on any. All are told to stop before the first one is waited for:
 * one after the other, three took 93 s.
 */
function swapSteps(hosts: readonly string[], stamp: string): Step[] {
  return [
    ...hosts.map((host) => actStep(stamp, ['out'], host, say('Take the control plane of {0} from kubelet', host), 30)),
    ...hosts.map((host) =>
      actStep(stamp, ['stop'], host, say('Stop the control plane on {0}, a reboot included', host), 240),
    ),
    ...hosts.map((host) => ({
      ...waitStep(stamp, 'stop', host, say('See that the control plane of {0} is stopped', host), 0),
      id: `stopped@${host}`,
    })),
    ...hosts.map((host): Step => {
      const title = say('Put the data of etcd on {0} aside and the restored ones in their place', host);
      return { ...actStep(stamp, ['swap'], host, title, 60), risk: 'destroy' };
    }),
  ];
}

/** etcd alone, compared with the snapshot while no API server writes to it. */
function etcdSteps(
  hosts: readonly string[],
  first: string,
  { stamp, snapshot: { content }, bump }: KubeadmRestoreWork,
): Step[] {
  const { keys } = content;
  const revision = content.revision + (bump ? bumpedBy : 0);
  const compared = say(
    'See that etcd has {0} members and the {1} keys of the snapshot at revision {2}',
    hosts.length,
    keys,
    revision,
  );
  const compare = ['compare', String(revision), String(keys), String(hosts.length)];
  return [
    ...hosts.map((host) => actStep(stamp, ['etcd'], host, say('Let etcd on {0} start', host), 30)),
    ...hosts.map((host) => waitStep(stamp, 'healthy', host, say('Wait until etcd on {0} has a leader', host), etcdSec)),
    actStep(stamp, compare, first, compared, 60),
  ];
}

function startSteps(hosts: readonly string[], stamp: string): Step[] {
  return [
    ...hosts.map((host) =>
      actStep(stamp, ['start'], host, say('Let the rest of the control plane on {0} start', host), 30),
    ),
    ...hosts.map((host) => waitStep(stamp, 'works', host, say('Wait until the API on {0} is ready', host), startSec)),
  ];
}

/** What stands against machines that have no cluster and shall join the restored one. */
function newcomerConcerns(
  state: ClusterState,
  empty: readonly KubeadmServerFacts[],
  { snapshot, newcomers }: Required<Pick<KubeadmRestoreParameters, 'snapshot' | 'newcomers'>>,
): Concerns {
  if (empty.length === 0) return noConcerns;
  const blockers: Concern[] = [];
  const { clusterConfiguration } = snapshot.content.kubeadm ?? {};
  const settings = clusterSettings(clusterConfiguration ?? '');
  if (clusterConfiguration === undefined) {
    blockers.push({
      message: say('the snapshot does not say how kubeadm set the cluster up: its kubeadm-config cannot be read'),
      remedy: say('say that the new machines are absent, and let them join when the cluster is back'),
    });
  }
  if (settings.release === '') return { blockers, warnings: [] };
  const machines = empty.map((each) => emptyMachineConcerns(state, each, newcomers.get(each.host), settings.release));
  const endpoint: Concern[] =
    settings.endpoint !== undefined
      ? []
      : [
          {
            message: say('the cluster was made without controlPlaneEndpoint, so no second server can join it'),
            remedy: say('leave one server in the inventory'),
          },
        ];
  return allConcerns([{ blockers, warnings: [] }, ...machines, { blockers: endpoint, warnings: [] }]);
}

/** Empty machines join what the others have restored, which also have the keys of the cluster. */
function newcomerSteps(
  state: ClusterState,
  host: string,
  facts: readonly KubeadmServerFacts[],
  empty: readonly KubeadmServerFacts[],
  { stamp, snapshot, newcomers }: Required<Pick<KubeadmRestoreParameters, 'stamp' | 'snapshot' | 'newcomers'>>,
): Step[] {
  const asked = state.cluster.nodes.find((each) => each.name === host);
  const machines = state.cluster.nodes.filter(({ name }) => empty.some((each) => each.host === name));
  if (asked === undefined || machines.length === 0) return [];
  return otherServersSteps({
    state,
    asked,
    machines,
    nameOf: ({ name }) => newcomers.get(name)?.join?.hostName ?? name.toLowerCase(),
    joins: newcomers,
    stamp,
    content: snapshot.content,
    kept: facts.map((each) => each.flags.get('name') ?? ''),
  });
}

function checksOf(
  state: ClusterState,
  facts: readonly KubeadmServerFacts[],
  snapshot: RestoreSnapshot,
  absent: readonly string[],
  empty: readonly KubeadmServerFacts[],
) {
  const silent = silentServers(state, [...facts, ...empty], absent);
  const strays = strayMembers(state);
  const stranger = strangerConcerns(facts, snapshot);
  const blockers: Concern[] = [...silent.blockers, ...strays.blockers, ...stranger.blockers];
  const warnings: Concern[] = [...silent.warnings, ...strays.warnings, ...stranger.warnings];
  for (const each of facts) blockers.push(...nodeBlockers(each, snapshot));
  for (const { host } of facts) {
    const node = state.nodes.find((each) => each.node.name === host);
    const kubelet = (node && statusOf(node))?.units.find((each) => each.name === 'kubelet');
    // It stops the pods when their manifests go, and starts those of the restored data: without it neither happens.
    if (kubelet !== undefined && kubelet.active !== 'active')
      blockers.push({
        host,
        message: say('kubelet does not run there'),
        remedy: say('start it first, or see in its journal why it ends'),
      });
  }
  if (state.quorum?.verdict === 'holds') {
    warnings.push({ message: say('the cluster works: everything written since the snapshot will be gone') });
  }
  if (snapshot.content.tokenHashes.length > 0) {
    blockers.push({
      message: say('the snapshot is one of k3s'),
      remedy: say('choose a snapshot of this cluster'),
    });
  }
  for (const { host, lacking } of facts.filter((each) => each.lacking.length > 0)) {
    warnings.push({
      host,
      message: say('its control plane starts again only with {0}, which is not on the node', lacking.join(', ')),
      remedy: say(
        'the run fetches it before anything is stopped, or ends there; without a registry, bring it with "ctr -n k8s.io images import FILE"',
      ),
    });
  }
  if (!facts.every((each) => each.canBump)) {
    warnings.push({
      message: say(
        'the programs there cannot raise the revision, so that what watches the API holds on to newer states',
      ),
      remedy: say('kubelets are restarted at the end; restart what else watches, like the network plugin'),
    });
  }
  return { blockers, warnings };
}

/** The certificates in a text, so that two texts compare. */
const certificatesIn = (pem: string): string[] =>
  pem.split(/-----[A-Z ]+-----/).flatMap((each) => each.replace(/\s+/g, '') || []);

/**
 * Whether the snapshot is one of another cluster: it trusts another authority than the servers have. An authority may have been
 * replaced since, so only one whose members had none of these addresses either is refused.
 */
function strangerConcerns(facts: readonly KubeadmServerFacts[], { content }: RestoreSnapshot): Concerns {
  const trusted = new Set(certificatesIn(content.kubeadm?.authorities ?? ''));
  const [odd] = facts.filter(
    ({ authority = '' }) => authority !== '' && !certificatesIn(authority).some((each) => trusted.has(each)),
  );
  if (trusted.size === 0 || odd === undefined) return noConcerns;
  const urls = content.members.flatMap((each) => each.peerUrls);
  const isHome = facts.some(({ flags }) => urls.includes(flags.get('initial-advertise-peer-urls') ?? ''));
  const found: Concern = {
    host: odd.host,
    message: say(
      'the authority in {0} is not the one that the cluster in the snapshot trusts',
      '/etc/kubernetes/pki/ca.crt',
    ),
    remedy: say('choose a snapshot of this cluster'),
  };
  return urls.length > 0 && !isHome ? { blockers: [found], warnings: [] } : { blockers: [], warnings: [found] };
}

const folderOf = (path = '') => path.replace(/\/+$/, '');

function nodeBlockers(each: KubeadmServerFacts, snapshot: RestoreSnapshot): Concern[] {
  const { host, flags, etcdServers, dataDir } = each;
  const found: Concern[] = [];
  const isStacked = etcdServers.every((url) => /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(url));
  if (flags.size === 0 && etcdServers.length > 0 && !isStacked) {
    return [
      {
        host,
        message: say('its etcd is outside: {0}', etcdServers.join(', ')),
        remedy: say('restore it there with etcdutl while all API servers are stopped'),
      },
    ];
  }
  const needed = ['name', 'initial-advertise-peer-urls', 'listen-client-urls', 'listen-metrics-urls'];
  const lacks = needed.filter((name) => !/^[A-Za-z0-9._:/,[\]-]+$/.test(flags.get(name) ?? ''));
  if (lacks.length > 0) {
    found.push({
      host,
      message: say('its etcd.yaml does not say {0}', lacks.join(', ')),
      remedy:
        flags.size === 0
          ? say(
              'on a new machine of the same name and address, put /etc/kubernetes/pki, /etc/kubernetes/manifests and /var/lib/kubelet of a backup back, run "kubeadm init phase kubeconfig all", and begin again',
            )
          : say('look at /etc/kubernetes/manifests/etcd.yaml; an earlier restore may have left it elsewhere'),
    });
  }
  // A log elsewhere would stay that of the former cluster, and data below the mounted folder would stay in use.
  const walDir = flags.get('wal-dir') ?? '';
  const isElsewhere = flags.has('data-dir') && folderOf(flags.get('data-dir')) !== folderOf(dataDir);
  if (!/^\/[A-Za-z0-9_./-]+$/.test(dataDir) || walDir !== '' || isElsewhere) {
    const folders = [
      dataDir,
      ...(isElsewhere ? [flags.get('data-dir') ?? ''] : []),
      ...(walDir === '' ? [] : [walDir]),
    ];
    found.push({ host, message: say('its data directory is {0}, which Haven does not touch', folders.join(', ')) });
  }
  if (each.tool === undefined) {
    found.push({
      host,
      message: say('there is no etcdutl, neither on the node nor in a running container of etcd'),
      remedy: say("put etcdutl of etcd's release into /usr/local/bin"),
    });
  }
  for (const program of each.missing) {
    found.push({ host, message: say('{0} is not installed', program), remedy: say('install it') });
  }
  if (snapshot.host === host && each.snapshot?.kind !== 'whole') {
    found.push({
      host,
      message: say('the snapshot {0} is not whole: {1}', snapshot.path, each.snapshot?.why ?? 'missing'),
      remedy: say('choose another snapshot'),
    });
  }
  // The copy, the data that are made of it, and etcd's log of 64 MB.
  const neededKb = Math.ceil((snapshot.bytes * 3) / 1024) + 70_000;
  if (each.freeKb < neededKb) {
    found.push({
      host,
      message: say('{0} KiB are free, and the restore needs {1}', each.freeKb, neededKb),
      remedy: say('make room first: a full disk in the middle leaves half a database'),
    });
  }
  return found;
}

/** Saving finds its own way: the etcdctl of the host or of the container, or etcd's gateway. */
function safetySnapshot(state: ClusterState, { host }: KubeadmServerFacts, stamp: string): Step[] {
  if (!canSave(state, host)) return [];
  const name = `before-restore-${stamp}`;
  return [
    {
      id: `save-snapshot@${host}`,
      host,
      title: say('Save what the cluster holds now as {0}', name),
      risk: 'change',
      run: saveKubeadmSnapshot(name),
      done: snapshotIsWhole(host, havenSnapshotFolder, name),
    },
  ];
}

/** kubelets that are not restarted hold on to states that are newer than what the API has now. */
function kubelets(hosts: readonly string[], name: string): Step[] {
  return hosts.map((host) => {
    const command: Command = { argv: ['systemctl', 'restart', 'kubelet'], root: true, timeoutSec: 60 };
    const mark = `${name}-${host}`;
    return {
      id: `${name}@${host}`,
      host,
      title: say('Restart kubelet on {0}', host),
      risk: 'change',
      run: withMark(command, mark),
      done: markSeen(host, mark),
    };
  });
}

const workersOf = ({ cluster }: ClusterState) =>
  cluster.nodes
    .filter((each) => each.roles.includes('agent') && !each.roles.includes('server'))
    .map((each) => each.name);

function wayBackSteps(state: ClusterState, hosts: readonly string[], stamp: string): Step[] {
  const change = (name: string, host: string, title: Message, timeoutSec: number) =>
    backStep(stamp, name, host, title, timeoutSec);
  return [
    ...hosts.map((host) =>
      change(
        'back-out',
        host,
        say('Take the control plane of {0} from kubelet, if the restore has come to it', host),
        30,
      ),
    ),
    ...hosts.map((host) =>
      change('back-stop', host, say('Stop the control plane on {0}, if the restore has come to it', host), 240),
    ),
    ...hosts.map((host) => change('back-data', host, say('Put the former data of etcd on {0} back', host), 60)),
    ...hosts.map((host) => change('back-start', host, say('Let the control plane on {0} start', host), 60)),
    ...kubelets(workersOf(state), `kubelet-back-${stamp}`),
    ...(state.quorum?.verdict === 'holds' ? hosts : []).map(
      (host): Step => ({
        id: `back-healthy@${host}`,
        host,
        title: say('Wait until {0} works as before', host),
        risk: 'read',
        waitFor: serverHealthy(host, 'kubeadm', true, startSec),
      }),
    ),
  ];
}

function wayBackWords({ dataDir }: KubeadmServerFacts, stamp: string): Message[] {
  return [
    say('Each node keeps the former data of etcd as {0}', `${dataDir}/haven-before-${stamp}`),
    say(
      'As long as nobody removes them, {0} on each node puts them back: back-stop on all, back-data on all, back-start on all; then restart kubelet on the workers',
      `sh ${restoreScriptPath(stamp)}`,
    ),
  ];
}
