import * as vscode from 'vscode';
import { renderPlan } from '../../ops/render-plan';
import { toText } from '../convert';
import { goOn } from './carry-out';
import { chooseWay } from './choose';
import type { Operation } from './parts';
import { runsFolder } from './run-plan';

/** "Haven: Resume or Undo an Operation": goes on with a run that broke off, or takes a run back. */
export const resumeOperation: Operation = async (parts) => {
  const { isUnfinished, listRuns, wayBackOf } = await import('../../run');
  const views = await parts.store.clusters();
  const runs = (await listRuns(runsFolder(parts))).filter(
    (each) =>
      each.outcome !== 'undone' &&
      (isUnfinished(each) || wayBackOf(each).length > 0) &&
      views.some((view) => view.state.cluster.name === each.plan.cluster),
  );
  if (runs.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('No run broke off, and there is none to take back.'));
    return;
  }
  const picked = await vscode.window.showQuickPick(
    runs.map((record) => ({
      label: `$(${isUnfinished(record) ? 'debug-pause' : 'check'}) ${toText(record.plan.title)}`,
      description: `${record.plan.cluster} · ${new Date(record.startedMs).toLocaleString(vscode.env.language)}`,
      detail: vscode.l10n.t('{0} of {1} steps began', record.steps.size, record.plan.steps.length),
      record,
    })),
    { title: vscode.l10n.t('Which run?'), ignoreFocusOut: true },
  );
  const view = views.find((each) => each.state.cluster.name === picked?.record.plan.cluster);
  if (picked === undefined || view === undefined) return;
  const { record } = picked;
  await parts.plans.show(record.plan.operation, renderPlan(record.plan, toText));
  const canGoBack = wayBackOf(record).length > 0;
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
    ...(canGoBack
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
