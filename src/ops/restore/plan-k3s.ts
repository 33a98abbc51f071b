import { type Message, say } from '../../base/message';
import { makeFolderStep } from '../commands/folder';
import { serverHealthy } from '../commands/server-health';
import { k3sSnapshotFolder, saveK3sSnapshot, snapshotIsWhole } from '../commands/snapshot';
import type { ChangeStep, Plan, Step } from '../plan';
import { type ClusterState, statusOf } from '../status/cluster-state';
import { checkK3sRestore } from './k3s-checks';
import type { K3sServerFacts } from './k3s-facts';
import { k3sRestoreScript, restoreFolder, restoreScriptPath } from './k3s-script';
import { act, acted, backAct, backActed } from './restore-act';
import type { RestoreSnapshot } from './restore-snapshot';

export interface RestoreParameters {
  /** Names what the run keeps on the servers: `20261121-031500`. */
  readonly stamp: string;
  readonly snapshot: RestoreSnapshot;
  /** Servers that are switched off for good, as the operator says. */
  readonly absent: readonly string[];
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
  parameters: RestoreParameters,
): Plan {
  const { stamp, snapshot } = parameters;
  const { blockers, warnings, first, peers, unitArguments } = checkK3sRestore(
    state,
    facts,
    snapshot,
    parameters.absent,
  );
  const base = {
    operation: 'restore',
    cluster: state.cluster.name,
    title: say(
      'Restore {0} from the snapshot {1}',
      state.cluster.name,
      snapshot.path.slice(snapshot.path.lastIndexOf('/') + 1),
    ),
    blockers,
    warnings,
    destructive: true,
  };
  if (first === undefined || blockers.length > 0) return { ...base, steps: [], wayBack: [] };

  const { host } = first;
  const all = [first, ...peers];
  const { keys, revision } = snapshot.content;
  const change = changeOf(stamp);
  const steps: Step[] = [
    ...safetySnapshot(state, first, stamp),
    ...all.flatMap((each) => scriptSteps(each, stamp)),
    ...snapshotSteps(host, stamp, snapshot),
    ...all.flatMap((each) => [
      change('hold', each.host, say('Stop k3s on {0} and keep it from starting, a reboot included', each.host), 200),
      change('keep', each.host, say('Keep the token and the password file of {0}', each.host), 30),
    ]),
    ...all.map(
      (each): Step => ({
        id: `held@${each.host}`,
        host: each.host,
        title: say('See that k3s on {0} is stopped and cannot start', each.host),
        risk: 'read',
        waitFor: acted(each.host, stamp, ['is-hold']),
      }),
    ),
    ...peers.map(
      (each): Step => ({
        ...change(
          'aside',
          each.host,
          say('Put the database of {0} aside as {1}', each.host, asidePath(each, stamp)),
          60,
        ),
        risk: 'destroy',
      }),
    ),
    {
      id: `reset@${host}`,
      host,
      title: say('Put the data of the snapshot in the place of the database of {0}', host),
      risk: 'destroy',
      run: act(stamp, ['reset', String(resetSec), ...unitArguments], resetSec + 60),
      done: acted(host, stamp, ['is-reset']),
    },
    startStep(host, stamp),
    {
      id: `verify@${host}`,
      host,
      title: say('See that {0} has the {1} keys of the snapshot at revision {2}', host, keys, revision),
      risk: 'read',
      waitFor: storeIs(host, stamp, [revision, keys, 1, all.length]),
    },
    ...peers.map((each) => startStep(each.host, stamp)),
    {
      id: `members@${host}`,
      host,
      title: say('See that etcd has {0} voting members and the data of the snapshot', all.length),
      risk: 'read',
      waitFor: storeIs(host, stamp, [revision, keys, all.length, all.length]),
    },
  ];
  if (!first.hasDatabase) {
    const wayBack = [say('There is none: {0} has no database now that could be put back', host)];
    return { ...base, steps, wayBack };
  }
  return { ...base, steps, undo: wayBackSteps(state, all, stamp), wayBack: wayBackWords(first, peers, stamp) };
}

const asidePath = ({ dataDir }: K3sServerFacts, stamp: string) => `${dataDir}/server/db-before-${stamp}`;

/** An act of the script that has a mark of its own. */
const changeOf =
  (stamp: string) =>
  (name: string, host: string, title: Message, timeoutSec: number): ChangeStep => ({
    id: `${name}@${host}`,
    host,
    title,
    risk: 'change',
    run: act(stamp, [name], timeoutSec),
    done: acted(host, stamp, [`is-${name}`]),
  });

function storeIs(host: string, stamp: string, numbers: readonly number[]) {
  return acted(host, stamp, ['is-store', ...numbers.map(String)], { withinSec: 120 });
}

/** While etcd works, what it holds now is saved too: a file that could be restored anywhere. */
function safetySnapshot(state: ClusterState, { host, dataDir }: K3sServerFacts, stamp: string): Step[] {
  const node = state.nodes.find((each) => each.node.name === host);
  const etcd = node === undefined ? undefined : statusOf(node)?.etcd;
  if (state.quorum?.verdict !== 'holds' || etcd?.healthy !== true || etcd.learner) return [];
  const name = `before-restore-${stamp}`;
  const folder = dataDir === '/var/lib/rancher/k3s' ? k3sSnapshotFolder : `${dataDir}/server/db/snapshots`;
  return [
    {
      id: `save-snapshot@${host}`,
      host,
      title: say('Save what the cluster holds now as {0}', name),
      risk: 'change',
      run: saveK3sSnapshot(name),
      done: snapshotIsWhole(host, folder, name),
    },
  ];
}

function scriptSteps({ host, dataDir }: K3sServerFacts, stamp: string): Step[] {
  return [
    makeFolderStep(host, restoreFolder(stamp), '0700'),
    {
      id: `script@${host}`,
      host,
      title: say('Put the script of this restore onto {0}', host),
      risk: 'change',
      upload: {
        content: { text: [k3sRestoreScript({ stamp, dataDir })] },
        path: restoreScriptPath(stamp),
        mode: '0600',
        root: true,
      },
    },
  ];
}

/** Before anything is stopped, so that a full disk or a file that changed costs nothing. */
function snapshotSteps(host: string, stamp: string, { host: from, path, hash, bytes, local }: RestoreSnapshot): Step[] {
  const there = acted(host, stamp, ['is-copy', hash], { timeoutSec: 600 });
  if (from === host) {
    return [
      {
        id: `copy@${host}`,
        host,
        title: say('Copy the snapshot and compare it with its hash'),
        risk: 'change',
        run: act(stamp, ['copy', path, hash], 3600),
        done: there,
      },
    ];
  }
  return [
    {
      id: `upload-snapshot@${host}`,
      host,
      title: say('Bring the snapshot to {0}', host),
      risk: 'change',
      upload: {
        content: { file: local.path, sha256: local.sha256, bytes },
        path: `${restoreFolder(stamp)}/snapshot`,
        mode: '0600',
        root: true,
      },
    },
    {
      id: `check-snapshot@${host}`,
      host,
      title: say('Compare the snapshot on {0} with its hash', host),
      risk: 'read',
      waitFor: there,
    },
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
  const change = (name: string, host: string, title: Message, timeoutSec: number): ChangeStep => ({
    id: `${name}@${host}`,
    host,
    title,
    risk: 'change',
    run: backAct(stamp, [name], timeoutSec),
    done: backActed(host, stamp, [`is-${name}`]),
  });
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
