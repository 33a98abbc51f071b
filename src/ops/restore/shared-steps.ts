import { type Message, say } from '../../base/message';
import { makeFolderStep } from '../commands/folder';
import type { ChangeStep, Plan, Step } from '../plan';
import { clockWarnings } from '../status/clocks';
import { type ClusterState, statusOf } from '../status/cluster-state';
import { act, acted, backAct, backActed } from './restore-act';
import { restoreFolder, restoreScriptPath } from './restore-place';
import { isInS3, type RestoreSnapshot, type S3Object } from './restore-snapshot';

export interface RestoreParameters<Snapshot = RestoreSnapshot> {
  /** Names what the run keeps on the servers: `20261121-031500`. */
  readonly stamp: string;
  readonly snapshot: Snapshot;
  /** Servers that are switched off for good, as the operator says. */
  readonly absent: readonly string[];
}

/** What every plan of a restore begins with. */
export function restorePlan(
  state: ClusterState,
  snapshot: RestoreSnapshot | S3Object,
  { blockers, warnings }: Pick<Plan, 'blockers' | 'warnings'>,
): Omit<Plan, 'steps' | 'wayBack'> {
  const name = isInS3(snapshot) ? snapshot.object : snapshot.path.slice(snapshot.path.lastIndexOf('/') + 1);
  return {
    operation: 'restore',
    cluster: state.cluster.name,
    title: say('Restore {0} from the snapshot {1}', state.cluster.name, name),
    blockers,
    warnings: [...warnings, ...clockWarnings(state)],
    destructive: true,
  };
}

/** An act of the script that has a mark of its own. */
export function actStep(
  stamp: string,
  [name = '', ...words]: readonly string[],
  host: string,
  title: Message,
  timeoutSec: number,
): ChangeStep {
  return {
    id: `${name}@${host}`,
    host,
    title,
    risk: 'change',
    run: act(stamp, [name, ...words], timeoutSec),
    done: acted(host, stamp, [`is-${name}`]),
  };
}

/** An act of the way back. */
export function backStep(stamp: string, name: string, host: string, title: Message, timeoutSec: number): ChangeStep {
  return {
    id: `${name}@${host}`,
    host,
    title,
    risk: 'change',
    run: backAct(stamp, [name], timeoutSec),
    done: backActed(host, stamp, [`is-${name}`]),
  };
}

/** Whether etcd works and this server's member is one that can be saved from. */
export function canSave(state: ClusterState, host: string): boolean {
  const node = state.nodes.find((each) => each.node.name === host);
  const etcd = node === undefined ? undefined : statusOf(node)?.etcd;
  return state.quorum?.verdict === 'holds' && etcd?.healthy === true && !etcd.learner;
}

export function scriptSteps(host: string, stamp: string, script: string): Step[] {
  return [
    makeFolderStep(host, restoreFolder(stamp), '0700'),
    {
      id: `script@${host}`,
      host,
      title: say('Put the script of this restore onto {0}', host),
      risk: 'change',
      upload: { content: { text: [script] }, path: restoreScriptPath(stamp), mode: '0600', root: true },
    },
  ];
}

/** Before anything is stopped, so that a full disk or a file that changed costs nothing. */
export function snapshotSteps(
  host: string,
  stamp: string,
  { host: from, path, hash, bytes, local }: RestoreSnapshot,
): Step[] {
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
