import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import {
  planDeleteSnapshots,
  planDownloadSnapshot,
  planSendSnapshot,
  snapshotGroups,
  toPrune,
} from '../../ops/snapshot-files';
import type { ClusterState } from '../../ops/status/cluster-state';
import { newStamp } from '../../run/stamp';
import type { ClusterView } from '../explorer/cluster-store';
import type { Subject } from '../explorer/cluster-tree';
import { carryOut } from './carry-out';
import { chooseCluster, chooseNode } from './choose';
import { asking, liveState, serversOf } from './gather';
import { mayHoldSecrets } from './local-file';
import type { Operation, Parts } from './parts';
import { bringSnapshot, chooseSnapshot } from './snapshots';

async function begin(
  parts: Parts,
  subject: Subject | undefined,
): Promise<{ readonly view: ClusterView; readonly state: ClusterState } | undefined> {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return undefined;
  return { view, state: await asking(parts, view, (hosts, signal) => liveState(hosts, view, signal)) };
}

/** "Haven: Download Snapshot". */
export const downloadSnapshot: Operation = async (parts, subject) => {
  const begun = await begin(parts, subject);
  if (begun === undefined) return;
  const { view, state } = begun;
  const chosen = await chooseSnapshot(state, subject, { onNodes: true });
  if (chosen?.host === undefined) return;
  const { host, path } = chosen;
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(join(homeFolder(), basename(path))),
  });
  if (target === undefined || !(await mayHoldSecrets(target.fsPath))) return;
  await carryOut(parts, view, planDownloadSnapshot(state, { host, path }, target.fsPath), {
    go: vscode.l10n.t('Download'),
    done: vscode.l10n.t('The snapshot is here as {0}, readable by you only.', target.fsPath),
  });
};

const homeFolder = () => process.env.HOME ?? process.env.USERPROFILE ?? '/';

/** "Haven: Delete Snapshot". */
export const deleteSnapshot: Operation = async (parts, subject) => {
  const begun = await begin(parts, subject);
  if (begun === undefined) return;
  const { view, state } = begun;
  const chosen = await chooseSnapshot(state, subject, { onNodes: true });
  if (chosen?.host === undefined) return;
  await carryOut(parts, view, planDeleteSnapshots(state, [{ host: chosen.host, path: chosen.path }]), {
    go: vscode.l10n.t('Delete'),
  });
};

/** "Haven: Prune Snapshots": keeps the newest of a group on each node. */
export const pruneSnapshots: Operation = async (parts, subject) => {
  const begun = await begin(parts, subject);
  if (begun === undefined) return;
  const { view, state } = begun;
  const groups = [...snapshotGroups(state)];
  const picked = await vscode.window.showQuickPick(
    groups.map(([group, files]) => ({
      label: group,
      description: vscode.l10n.t('{0} snapshots', files.length),
      group,
    })),
    { title: vscode.l10n.t('Which snapshots are pruned?'), ignoreFocusOut: true },
  );
  if (picked === undefined) return;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('How many of them does each node keep?'),
    value: '5',
    ignoreFocusOut: true,
    validateInput: (value) => (/^[1-9]\d{0,3}$/.test(value) ? undefined : vscode.l10n.t('a number from 1 to 9999')),
  });
  if (text === undefined) return;
  const gone = toPrune(state, picked.group, Number(text));
  if (gone.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('No node has more than {0} of them.', text));
    return;
  }
  await carryOut(parts, view, planDeleteSnapshots(state, gone), { go: vscode.l10n.t('Delete') });
};

/** "Haven: Send Snapshot to a Node": from another node, or from this machine. */
export const sendSnapshot: Operation = async (parts, subject) => {
  const begun = await begin(parts, subject);
  if (begun === undefined) return;
  const { view, state } = begun;
  const chosen = await chooseSnapshot(state, subject);
  if (chosen === undefined) return;
  const able = serversOf(state).filter((each) => each.name !== chosen.host);
  const node = await chooseNode(able, undefined, vscode.l10n.t('To which node?'));
  if (node === undefined) return;
  const local = await bringSnapshot(parts, view, chosen, newStamp());
  const name = basename(chosen.path).replace(/\.zip$/, '');
  const file = { localPath: local.path, sha256: local.sha256, bytes: local.bytes };
  const result = await carryOut(parts, view, planSendSnapshot(state, node.name, name, file), {
    go: vscode.l10n.t('Send'),
  });
  // A run that broke off may still need the copy when it is gone on with.
  if (result === undefined || result.outcome === 'done') await local.remove();
};
