import * as vscode from 'vscode';
import { planSnapshot, snapshotName } from '../../ops/snapshot';
import { carryOut } from './carry-out';
import { chooseCluster } from './choose';
import { asking, liveState } from './gather';
import type { Operation } from './parts';

/** "Haven: Take Snapshot". */
export const takeSnapshot: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const state = await asking(parts, view, (hosts, signal) => liveState(hosts, view, signal));
  await carryOut(parts, view, planSnapshot(state, snapshotName(Date.now())), {
    go: vscode.l10n.t('Take the snapshot'),
    done: vscode.l10n.t('The snapshot of {0} is saved and whole.', state.cluster.name),
  });
};
