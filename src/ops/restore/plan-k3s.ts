import { type Message, say } from '../../base/message';
import { serverHealthy } from '../commands/server-health';
import { k3sSnapshotFolder, saveK3sSnapshot, snapshotIsWhole } from '../commands/snapshot';
import type { Plan, Step } from '../plan';
import type { ClusterState } from '../status/cluster-state';
import { checkK3sRestore } from './k3s-checks';
import type { K3sServerFacts } from './k3s-facts';
import { k3sRestoreScript } from './k3s-script';
import { act, acted } from './restore-act';
import { restoreScriptPath } from './restore-place';
import {
  actStep,
  backStep,
  canSave,
  type RestoreParameters,
  restorePlan,
  scriptSteps,
  snapshotSteps,
} from './shared-steps';

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
  const base = restorePlan(state, snapshot, { blockers, warnings });
  if (first === undefined || blockers.length > 0) return { ...base, steps: [], wayBack: [] };

  const { host } = first;
  const all = [first, ...peers];
  const { keys, revision } = snapshot.content;
  const change = (name: string, at: string, title: Message, timeoutSec: number) =>
    actStep(stamp, [name], at, title, timeoutSec);
  const steps: Step[] = [
    ...safetySnapshot(state, first, stamp),
    ...all.flatMap((each) => scriptSteps(each.host, stamp, k3sRestoreScript({ stamp, dataDir: each.dataDir }))),
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

function storeIs(host: string, stamp: string, numbers: readonly number[]) {
  return acted(host, stamp, ['is-store', ...numbers.map(String)], { withinSec: 120 });
}

/** While etcd works, what it holds now is saved too: a file that could be restored anywhere. */
function safetySnapshot(state: ClusterState, { host, dataDir }: K3sServerFacts, stamp: string): Step[] {
  if (!canSave(state, host)) return [];
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
