import { type Message, say } from '../../base/message';
import { removeFilesStep } from '../commands/folder';
import { tokenOpens } from '../commands/k3s-token';
import { deleteNode, isNodeName, kubectl, nodeGone } from '../commands/kubectl';
import { markSeen, withMark } from '../commands/mark';
import { serverHealthy } from '../commands/server-health';
import { saveK3sSnapshot, snapshotIsWhole } from '../commands/snapshot';
import { outageOutlook } from '../outlook';
import type { Plan, Step } from '../plan';
import { noteStep } from '../snapshot';
import type { SnapshotContent } from '../snapshot-file/etcd-snapshot';
import { saveFolder } from '../snapshot-folders';
import type { ClusterState } from '../status/cluster-state';
import { checkK3sRestore } from './k3s-checks';
import type { K3sServerFacts } from './k3s-facts';
import { k3sRestoreScript } from './k3s-script';
import { type FurnishedServer, furnish, type NewHosts } from './new-hosts';
import { act, acted } from './restore-act';
import { restoreFolder, restoreScriptPath } from './restore-place';
import { isInS3, type RestoreSnapshot, type S3Object } from './restore-snapshot';
import {
  actStep,
  backStep,
  canSave,
  type RestoreParameters,
  restorePlan,
  scriptSteps,
  snapshotSteps,
} from './shared-steps';

/** `newHosts` where some servers are machines on which k3s has never run. */
export interface K3sRestoreParameters extends RestoreParameters<RestoreSnapshot | S3Object> {
  readonly newHosts?: NewHosts;
}

/** A database of some hundred megabytes is reset in seconds; a large one on a slow disk needs minutes. */
const resetSec = 1800;
/** A restored server was active after 8 to 15 s, a peer that joins votes after 28 to 40 s. */
const startSec = 300;

/**
 * Puts a k3s cluster with embedded etcd back to a snapshot. All servers are kept from starting and stopped, and that is
 * proved; the old databases are aside on all of them before the first one starts; one is reset and shown to have what the
 * snapshot has; the others join it one by one. Each old database stays until the operator removes it.
 */
export function planK3sRestore(
  state: ClusterState,
  facts: readonly K3sServerFacts[],
  parameters: K3sRestoreParameters,
): Plan {
  const { stamp, snapshot, newHosts } = parameters;
  const furnished =
    newHosts === undefined
      ? facts.map((each): FurnishedServer => ({ facts: each, steps: [], isInstalled: false }))
      : furnish(state, facts, stamp, newHosts);
  const { blockers, warnings, first, peers, unitArguments } = checkK3sRestore(
    state,
    furnished.map((each) => each.facts),
    snapshot,
    parameters.absent,
  );
  const base = restorePlan(state, snapshot, { blockers, warnings });
  if (first === undefined || blockers.length > 0) return { ...base, steps: [], wayBack: [] };

  const all = [first, ...peers];
  const isOff = (each: K3sServerFacts) =>
    !each.hasDatabase || furnished.some((one) => one.facts === each && one.isInstalled);
  const steps = [
    ...safetySnapshot(state, first, stamp),
    ...furnished.flatMap((each) => each.steps),
    ...layDownSteps(all, stamp, snapshot),
    ...(isInS3(snapshot) ? [] : all.map((each) => tokenStep(each.host, snapshot.content))),
    ...holdSteps(all, stamp),
    ...stillOffSteps(state, first.host, parameters.absent, 'before'),
    // While they cannot start: a server that lost its power right after its start would stay off otherwise.
    // A machine that was only prepared has a unit that nobody has enabled yet.
    ...all.filter(isOff).map((each) => enableStep(each.host)),
    ...peers.map((each) => asideStep(each, stamp)),
    ...resetSteps(all, stamp, snapshot, unitArguments),
    ...joinSteps(first.host, peers, stamp, snapshot),
    ...stillOffSteps(state, first.host, parameters.absent, 'after'),
    ...(isInS3(snapshot) ? [] : nodesWithoutMachine(state, all, snapshot.content)).map((node) =>
      forgetNode(first.host, node),
    ),
    ...(isInS3(snapshot) && snapshot.settings !== undefined ? [removeFilesStep(first.host, [s3Path(stamp)])] : []),
  ];
  if (!first.hasDatabase) {
    const wayBack = [say('There is none: {0} has no database now that could be put back', first.host)];
    return { ...base, steps, wayBack };
  }
  const outlook = outageOutlook(steps, {
    from: 'hold',
    to: 'start',
    measured: say('in a lab that took 15 to 30 s; each further server then joined within 40 s'),
  });
  return { ...base, outlook, steps, undo: wayBackSteps(state, all, stamp), wayBack: wayBackWords(first, peers, stamp) };
}

type Restored = RestoreSnapshot | S3Object;

/** The script on every server, and the snapshot on the one that is reset: the first. */
function layDownSteps(all: readonly K3sServerFacts[], stamp: string, snapshot: Restored): Step[] {
  const object = isInS3(snapshot) ? { object: snapshot.object } : {};
  const host = all[0]?.host ?? '';
  return [
    ...all.flatMap((each) =>
      scriptSteps(each.host, stamp, k3sRestoreScript({ stamp, dataDir: each.dataDir, ...object })),
    ),
    ...(isInS3(snapshot) ? s3Steps(host, stamp, snapshot) : snapshotSteps(host, stamp, snapshot)),
  ];
}

/** All servers are stopped, and that is seen, before a database is touched on any. */
function holdSteps(all: readonly K3sServerFacts[], stamp: string): Step[] {
  return [
    ...all.flatMap(({ host }) => [
      actStep(stamp, ['hold'], host, say('Stop k3s on {0} and keep it from starting, a reboot included', host), 200),
      actStep(stamp, ['keep'], host, say('Keep the token and the password file of {0}', host), 30),
    ]),
    ...all.map(
      ({ host }): Step => ({
        id: `held@${host}`,
        host,
        title: say('See that k3s on {0} is stopped and cannot start', host),
        risk: 'read',
        waitFor: acted(host, stamp, ['is-hold']),
      }),
    ),
  ];
}

/** What curl says where nobody is, or nothing listens; without curl nobody can tell. */
const stillOffScript = `for p in 2380 6443; do
  curl -sk -m 4 -o /dev/null "https://$1:$p/ping"
  case $? in 6|7|28|127) ;; *) echo "something answers at $1:$p: it would go on with the old cluster" >&2; exit 1;; esac
done`;

/** Servers that were said to be off, and come back with what they have: two of them are a second cluster at the same address. */
function stillOffSteps(
  { cluster }: ClusterState,
  host: string,
  absent: readonly string[],
  when: 'before' | 'after',
): Step[] {
  return cluster.nodes
    .filter((each) => absent.includes(each.name))
    .map(({ name, address }) => ({
      id: `off-${when}-${name}@${host}`,
      host,
      title: say('See that {0} is still switched off', name),
      risk: 'read',
      run: {
        argv: ['sh', '-c', stillOffScript, 'sh', address.includes(':') ? `[${address}]` : address],
        root: true,
        timeoutSec: 30,
      },
      remedies: [{ remedy: say('switch {0} off, or stop its k3s and move its database away; then resume', name) }],
    }));
}

function asideStep(each: K3sServerFacts, stamp: string): Step {
  const title = say('Put the database of {0} aside as {1}', each.host, asidePath(each, stamp));
  return { ...actStep(stamp, ['aside'], each.host, title, 60), risk: 'destroy' };
}

/** The first server gets the data, starts alone, and is shown to have what the snapshot has. */
function resetSteps(
  all: readonly K3sServerFacts[],
  stamp: string,
  snapshot: Restored,
  unitArguments: readonly string[],
): Step[] {
  const host = all[0]?.host ?? '';
  const content = contentOf(snapshot);
  return [
    {
      id: `reset@${host}`,
      host,
      title: isInS3(snapshot)
        ? say('Let k3s on {0} fetch {1} from S3 and put it in the place of its database', host, snapshot.object)
        : say('Put the data of the snapshot in the place of the database of {0}', host),
      risk: 'destroy',
      run: act(stamp, ['reset', String(resetSec), ...unitArguments], resetSec + 60),
      done: acted(host, stamp, ['is-reset']),
    },
    startStep(host, stamp),
    {
      id: `verify@${host}`,
      host,
      title:
        content === undefined
          ? say('See that {0} has a database of its own', host)
          : say('See that {0} has the {1} keys of the snapshot at revision {2}', host, content.keys, content.revision),
      risk: 'read',
      waitFor: storeIs(host, stamp, content, 1, all.length),
    },
  ];
}

/** The others join the first one by one. */
function joinSteps(host: string, peers: readonly K3sServerFacts[], stamp: string, snapshot: Restored): Step[] {
  const voters = peers.length + 1;
  return [
    ...peers.flatMap((each) => [...forgetPassword(host, each, stamp), startStep(each.host, stamp)]),
    {
      id: `members@${host}`,
      host,
      title: say('See that etcd has {0} voting members and the data of the snapshot', voters),
      risk: 'read',
      waitFor: storeIs(host, stamp, contentOf(snapshot), voters, voters),
    },
  ];
}

/** Nobody has read what lies in S3. */
const contentOf = (snapshot: Restored): SnapshotContent | undefined =>
  isInS3(snapshot) ? undefined : snapshot.content;

const asidePath = ({ dataDir }: K3sServerFacts, stamp: string) => `${dataDir}/server/db-before-${stamp}`;

/** `content` is absent where nobody has read the snapshot: then only the members are counted. */
function storeIs(host: string, stamp: string, content: SnapshotContent | undefined, least: number, most: number) {
  const expected = content === undefined ? ['1', 'any'] : [String(content.revision), String(content.keys)];
  return acted(host, stamp, ['is-store', ...expected, String(least), String(most)], { withinSec: 120 });
}

const s3Path = (stamp: string) => `${restoreFolder(stamp)}/s3.yaml`;

/** The object stays in S3: only settings that the server itself does not have are brought to it. */
function s3Steps(host: string, stamp: string, { settings }: S3Object): Step[] {
  if (settings === undefined) return [];
  const { localPath: file, sha256, bytes } = settings;
  return [
    {
      id: `s3@${host}`,
      host,
      title: say('Lay the settings of S3 down on {0}, for root alone, until the reset is over', host),
      risk: 'change',
      upload: { content: { file, sha256, bytes }, path: s3Path(stamp), mode: '0600', root: true },
    },
  ];
}

/** Names of servers' Nodes in the snapshot that no server of now has. */
function nodesWithoutMachine(
  state: ClusterState,
  all: readonly K3sServerFacts[],
  { members }: SnapshotContent,
): readonly string[] {
  const kept = new Set([
    ...all.map((each) => each.nodeName),
    ...state.cluster.nodes.map((each) => each.name.toLowerCase()),
  ]);
  const names = members.map((each) => each.name.replace(/-[0-9a-f]{8}$/, ''));
  return [...new Set(names)].filter((name) => isNodeName(name) && !kept.has(name));
}

function forgetNode(host: string, node: string): Step {
  return {
    id: `forget-${node}@${host}`,
    host,
    title: say('Delete the Node {0}, whose machine is not in the inventory any more', node),
    risk: 'change',
    run: deleteNode('k3s', node),
    done: nodeGone(host, 'k3s', node, 60),
  };
}

/**
 * A machine without the password that its Node was known by is refused under that name, until the cluster forgets the
 * password too. Of the server that is reset, k3s does that itself. One that runs already is known by its new password within
 * seconds, so that it is noted that the old one was forgotten, and not looked for.
 */
function forgetPassword(host: string, each: K3sServerFacts, stamp: string): Step[] {
  const { hasNodePassword, nodeName } = each;
  if (hasNodePassword || !isNodeName(nodeName)) return [];
  const words = ['secret', `${nodeName}.node-password.k3s`, '-n', 'kube-system', '--ignore-not-found'];
  const mark = `restore-${stamp}-forget-password-${each.host}`;
  return [
    {
      id: `forget-password-${nodeName}@${host}`,
      host,
      title: say('Let the cluster forget the password of the former Node {0}', nodeName),
      risk: 'change',
      run: withMark(kubectl('k3s', ['delete', ...words, '--timeout=30s'], 60), mark),
      done: markSeen(host, mark),
    },
  ];
}

/** Before anything is stopped: since the plan somebody may have changed the token, which k3s would find out in the reset. */
function tokenStep(host: string, { tokenHashes }: SnapshotContent): Step {
  return {
    id: `token-opens@${host}`,
    host,
    title: say('See that the token of {0} opens the snapshot', host),
    risk: 'read',
    run: tokenOpens(tokenHashes),
  };
}

function enableStep(host: string): Step {
  return {
    id: `enable@${host}`,
    host,
    title: say('Let k3s on {0} start with the machine from now on', host),
    risk: 'change',
    run: { argv: ['systemctl', 'enable', 'k3s'], root: true, timeoutSec: 30 },
    done: {
      host,
      command: { argv: ['systemctl', 'is-enabled', 'k3s'], root: true, timeoutSec: 20 },
      yesWhen: { stdoutMatches: '^enabled$' },
      withinSec: 0,
    },
  };
}

/** While etcd works, what it holds now is saved too: a file that could be restored anywhere. */
function safetySnapshot(state: ClusterState, { host }: K3sServerFacts, stamp: string): Step[] {
  if (!canSave(state, host)) return [];
  const name = `before-restore-${stamp}`;
  const folder = saveFolder(state, host);
  return [
    {
      id: `save-snapshot@${host}`,
      host,
      title: say('Save what the cluster holds now as {0}', name),
      risk: 'change',
      run: saveK3sSnapshot(name, 'here'),
      done: snapshotIsWhole(host, folder, name),
    },
    // The token may have been changed to that of the snapshot already, which is no reason to stop here.
    noteStep(host, { name, folder, any: true }),
  ];
}

function startStep(host: string, stamp: string): Step {
  return {
    id: `start@${host}`,
    host,
    title: say('Start k3s on {0} and wait until its member votes and its Node gives a sign of life', host),
    risk: 'change',
    run: act(stamp, ['start'], 60),
    done: acted(host, stamp, ['is-start'], { withinSec: startSec }),
  };
}

/** The former databases go back on all servers before the first one starts; one alone has no quorum, so all start at once. */
function wayBackSteps(state: ClusterState, all: readonly K3sServerFacts[], stamp: string): Step[] {
  const change = (name: string, host: string, title: Message, timeoutSec: number) =>
    backStep(stamp, name, host, title, timeoutSec);
  const hosts = all.map((each) => each.host);
  return [
    ...hosts.map((host) => change('back-hold', host, say('Stop k3s on {0}, if the restore has come to it', host), 200)),
    ...hosts.map((host) => change('back-data', host, say('Put the former database and token of {0} back', host), 60)),
    ...hosts.map((host) => change('back-start', host, say('Let k3s on {0} start', host), 60)),
    // Where etcd had no quorum before, the way back cannot give it one.
    ...(state.quorum?.verdict === 'holds' ? hosts : []).map(
      (host): Step => ({
        id: `back-healthy@${host}`,
        host,
        title: say('Wait until {0} works as before', host),
        risk: 'read',
        waitFor: serverHealthy(host, 'k3s', true, startSec),
      }),
    ),
  ];
}

function wayBackWords(first: K3sServerFacts, peers: readonly K3sServerFacts[], stamp: string): Message[] {
  const [peer] = peers;
  return [
    say('On {0} k3s keeps the former database as {1}', first.host, `${first.dataDir}/server/db/etcd-old-…`),
    ...(peer === undefined ? [] : [say('The other servers keep theirs as {0}', asidePath(peer, stamp))]),
    say(
      'As long as nobody removes them, {0} on each server puts them back: back-hold on all, back-data on all, back-start on all',
      `sh ${restoreScriptPath(stamp)}`,
    ),
  ];
}
