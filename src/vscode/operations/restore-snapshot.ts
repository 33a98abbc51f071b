import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { InventoryNode } from '../../model/inventory/inventory';
import { carryOut } from './carry-out';
import { chooseCluster, stampOf } from './choose';
import { asking, liveState, serversOf } from './gather';
import type { Operation } from './parts';
import { bringSnapshot, chooseSnapshot } from './snapshots';

/** "Haven: Restore Snapshot". */
export const restoreSnapshot: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const state = await asking(parts, view, (hosts, signal) => liveState(hosts, view, signal));
  const chosen = await chooseSnapshot(state, subject);
  if (chosen === undefined) return;
  const { askRestore, sends } = await import('../../run');
  const asked = await asking(parts, view, (hosts, signal) => askRestore(hosts, state, chosen, signal));
  const silent = serversOf(state).filter((each) => !asked.answered.includes(each.name));
  const absent = await askAbsent(silent);
  if (absent === undefined) return;
  const stamp = stampOf(Date.now());
  const local = await bringSnapshot(parts, view, chosen, stamp);
  const { bytes, hash, content } = local;
  const snapshot = { host: chosen.host, path: chosen.path, bytes, hash, content, local };
  const plan = asked.plan(state, { stamp, absent, snapshot });
  const isSent = sends(plan, local.path);
  if (!isSent) await local.remove();
  const result = await carryOut(parts, view, plan, {
    go: vscode.l10n.t('Restore'),
    done: vscode.l10n.t('{0} is restored from {1}.', state.cluster.name, basename(chosen.path)),
  });
  // A run that broke off still needs the copy when it is gone on with.
  if (isSent && (result === undefined || result.outcome === 'done')) await local.remove();
};

/** Servers that are switched off for good, as the operator says; undefined when they leave. */
async function askAbsent(silent: readonly InventoryNode[]): Promise<readonly string[] | undefined> {
  if (silent.length === 0) return [];
  const picked = await vscode.window.showQuickPick(
    silent.map((node) => ({ label: node.name, description: node.address })),
    {
      title: vscode.l10n.t('These servers do not answer. Which are switched off and stay so?'),
      placeHolder: vscode.l10n.t('One that runs would go on with the old cluster behind the same address'),
      canPickMany: true,
      ignoreFocusOut: true,
    },
  );
  return picked?.map((each) => each.label);
}
