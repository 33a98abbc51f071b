import * as vscode from 'vscode';
import { renderPlan } from '../../ops/render-plan';
import type { RunRecord } from '../../run';
import { siteKey } from '../../run/own-folders';
import { toText } from '../convert';
import type { ClusterView } from '../explorer/cluster-store';
import { goOn } from './carry-out';
import { allClusters, chooseWay } from './choose';
import type { Operation } from './parts';

/** "Haven: Resume or Undo an Operation": goes on with a run that broke off, or takes a run back. */
export const resumeOperation: Operation = async (parts) => {
  const { canGoBack, isUnfinished, openStep, readRuns, renderRun, runsFolder } = await import('../../run');
  const views = await allClusters(parts);
  const { runs: all, lost } = await readRuns(runsFolder());
  for (const { path, why } of lost)
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        '{0} cannot be read, so its run is not listed: {1}; what that run has begun may still be on the nodes',
        path,
        toText(why),
      ),
    );
  const runs = all.filter(
    (each) =>
      each.outcome !== 'undone' && (isUnfinished(each) || canGoBack(each)) && views.some((view) => isOf(view, each)),
  );
  if (runs.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('No run broke off, and there is none to take back.'));
    return;
  }
  const detailOf = (record: RunRecord) => {
    const began = vscode.l10n.t('{0} of {1} steps began', record.steps.size, record.plan.steps.length);
    const step = isUnfinished(record) ? openStep(record) : undefined;
    return step === undefined ? began : `${began} · ${vscode.l10n.t('stopped at: {0}', toText(step.title))}`;
  };
  const picked = await vscode.window.showQuickPick(
    runs.map((record) => ({
      label: `$(${isUnfinished(record) ? 'debug-pause' : 'check'}) ${toText(record.plan.title)}`,
      description: `${record.plan.cluster} · ${new Date(record.startedMs).toLocaleString(vscode.env.language)}`,
      detail: detailOf(record),
      record,
    })),
    { title: vscode.l10n.t('Which run?'), ignoreFocusOut: true },
  );
  const view = picked && views.find((each) => isOf(each, picked.record));
  if (picked === undefined || view === undefined) return;
  const { record } = picked;
  await parts.plans.show(
    record.plan.operation,
    `${renderRun(record, toText)}\n${renderPlan(record.plan, toText)}`,
    record.plan,
  );
  const act = await chooseWay(toText(record.plan.title), [
    ...(isUnfinished(record)
      ? [
          {
            way: 'resume' as const,
            label: vscode.l10n.t('Resume'),
            detail: vscode.l10n.t('Each step is asked what became of it first'),
          },
        ]
      : []),
    ...(canGoBack(record)
      ? [
          {
            way: 'undo' as const,
            label: vscode.l10n.t('Go Back'),
            detail: vscode.l10n.t('What was changed is taken back'),
          },
        ]
      : []),
  ]);
  if (act !== undefined) await goOn(parts, view, record, act);
};

/** "Haven: Undo Restore": brings the former data back, until what the restore put aside is removed. */
export const undoRestore: Operation = async (parts) => {
  const { listRuns, runsFolder, wayBackOf } = await import('../../run');
  const views = await allClusters(parts);
  const restores = (await listRuns(runsFolder())).flatMap((record) => {
    const view = views.find((each) => isOf(each, record));
    const isOne = record.plan.operation === 'restore' && record.outcome !== 'undone' && wayBackOf(record).length > 0;
    return isOne && view !== undefined ? [{ record, view }] : [];
  });
  if (restores.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('There is no restore here that could be taken back.'));
    return;
  }
  const picked = await vscode.window.showQuickPick(
    restores.map((each) => ({
      label: toText(each.record.plan.title),
      description: `${each.record.plan.cluster} · ${new Date(each.record.startedMs).toLocaleString(vscode.env.language)}`,
      ...each,
    })),
    { title: vscode.l10n.t('Which restore is taken back?'), ignoreFocusOut: true },
  );
  if (picked === undefined) return;
  const { record, view } = picked;
  await parts.plans.show(record.plan.operation, renderPlan(record.plan, toText), record.plan);
  const back = vscode.l10n.t('Go Back');
  const detail = vscode.l10n.t(
    'The data, the members and the token of before come back; what was written since the restore is put aside.',
  );
  const answer = await vscode.window.showWarningMessage(toText(record.plan.title), { modal: true, detail }, back);
  if (answer === back) await goOn(parts, view, record, 'undo');
};

/** Journals of all folders lie together: a cluster of the same name elsewhere is another one. */
export function isOf(view: ClusterView, { plan, site }: RunRecord): boolean {
  const { name } = view.state.cluster;
  return site === undefined ? name === plan.cluster : siteKey(view.inventory.fsPath, name) === site;
}

/** Tells of runs on these clusters that broke off. */
export async function offerResume(views: readonly ClusterView[]): Promise<void> {
  const { isClaimed, isUnfinished, listRuns, runsFolder } = await import('../../run');
  const folder = runsFolder();
  const open: RunRecord[] = [];
  for (const record of await listRuns(folder)) {
    if (!isUnfinished(record) || !views.some((view) => isOf(view, record))) continue;
    // It runs in another window right now.
    if (!(await isClaimed(folder, record.id))) open.push(record);
  }
  const [first] = open;
  if (first === undefined) return;
  const go = vscode.l10n.t('Resume or Go Back…');
  const text =
    open.length === 1
      ? vscode.l10n.t('This operation on {0} broke off: {1}', first.plan.cluster, toText(first.plan.title))
      : vscode.l10n.t('{0} operations broke off.', open.length);
  if ((await vscode.window.showWarningMessage(text, go)) === go)
    await vscode.commands.executeCommand('haven.resumeOperation');
}
