import * as vscode from 'vscode';
import { planDiscard, stampOfRestore } from '../../ops/restore/plan-discard';
import { toText } from '../convert';
import { carryOut } from './carry-out';
import { allClusters } from './choose';
import type { Operation } from './parts';
import { isOf } from './resume';

/** "Haven: Remove What a Restore Put Aside". */
export const discardRestore: Operation = async (parts) => {
  const { listRuns, runsFolder } = await import('../../run');
  const views = await allClusters(parts);
  const runs = await listRuns(runsFolder());
  const items = runs.flatMap((record) => {
    const { plan, outcome, startedMs } = record;
    const stamp = stampOfRestore(plan);
    const view = views.find((each) => isOf(each, record));
    if (stamp === undefined || view === undefined || (outcome !== 'done' && outcome !== 'undone')) return [];
    const when = new Date(startedMs).toLocaleString(vscode.env.language);
    return [{ label: toText(plan.title), description: `${plan.cluster} · ${when}`, plan, stamp, view }];
  });
  if (items.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('No restore was run from here that is over.'));
    return;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Of which restore?'),
    ignoreFocusOut: true,
  });
  if (picked === undefined) return;
  await carryOut(parts, picked.view, planDiscard(picked.plan, picked.stamp), { go: vscode.l10n.t('Remove') });
};
