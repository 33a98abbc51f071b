import * as vscode from 'vscode';
import { canSaveAlone, planSnapshot, snapshotName } from '../../ops/snapshot';
import type { ClusterView } from '../explorer/cluster-store';
import { carryOut } from './carry-out';
import { chooseCluster } from './choose';
import { asking, liveState } from './gather';
import type { Operation, Parts } from './parts';

/** "Haven: Take Snapshot". */
export const takeSnapshot: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view !== undefined) await take(parts, view);
};

/** Where S3 cannot be had, the one on the server alone is a plan of its own: it is shown and agreed to like any other. */
async function take(parts: Parts, view: ClusterView, where?: 'here'): Promise<void> {
  const state = await asking(parts, view, (hosts, signal) => liveState(hosts, view, signal));
  await carryOut(parts, view, planSnapshot(state, snapshotName(Date.now()), where), {
    go: vscode.l10n.t('Take the snapshot'),
    done: vscode.l10n.t('The snapshot of {0} is saved and whole.', state.cluster.name),
    instead: {
      label: vscode.l10n.t('Take It on the Server Alone'),
      fits: canSaveAlone,
      begin: () => take(parts, view, 'here'),
    },
  });
}
