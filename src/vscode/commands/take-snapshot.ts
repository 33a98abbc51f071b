import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import { concernText, renderPlan } from '../../ops/render-plan';
import { planSnapshot, snapshotName } from '../../ops/snapshot';
import { toText } from '../convert';
import type { ClusterStore, ClusterView } from '../explorer/cluster-store';
import type { PlanDocuments } from '../plan/plan-documents';
import { runPlan } from '../plan/run-plan';

/** "Haven: Take Snapshot": gathers, shows the plan, asks, runs it, and asks the nodes again. */
export async function takeSnapshot(
  context: vscode.ExtensionContext,
  store: ClusterStore,
  plans: PlanDocuments,
  row: { readonly id?: unknown } | undefined,
): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    await vscode.window.showWarningMessage(vscode.l10n.t('Haven connects to nodes only from a folder that you trust.'));
    return;
  }
  const chosen = await chooseCluster(store, typeof row?.id === 'string' ? row.id : undefined);
  if (chosen === undefined) return;
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Asking the nodes of {0}', chosen.state.cluster.name),
    },
    () => store.refresh(),
  );
  const view = (await store.clusters()).find((each) => each.key === chosen.key) ?? chosen;
  const plan = planSnapshot(view.state, snapshotName(Date.now()));
  await plans.show(plan.operation, renderPlan(plan, toText));
  if (plan.blockers.length > 0) {
    await vscode.window.showWarningMessage(toText(plan.blockers[0]?.message ?? plan.title));
    return;
  }
  const go = vscode.l10n.t('Take the snapshot');
  const answer = await vscode.window.showInformationMessage(toText(plan.title), { modal: true }, go);
  if (answer !== go) return;
  const result = await runPlan(context, store, view, plan, userInfo().username);
  await store.refresh();
  if (result === undefined) return;
  if (result.outcome === 'done') {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('The snapshot of {0} is saved and whole.', view.state.cluster.name),
    );
  } else if (result.outcome !== 'cancelled') {
    await vscode.window.showErrorMessage(
      vscode.l10n.t(
        'No snapshot was taken: {0}',
        result.reason === undefined ? result.outcome : concernText(result.reason, toText),
      ),
    );
  }
}

async function chooseCluster(store: ClusterStore, key: string | undefined): Promise<ClusterView | undefined> {
  const clusters = await store.clusters();
  const given = clusters.find((each) => each.key === key);
  if (given !== undefined) return given;
  if (clusters.length === 0) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('There is no haven.yaml with a cluster in this workspace.'),
    );
    return undefined;
  }
  if (clusters.length === 1) return clusters[0];
  const items = clusters.map((view) => ({ label: view.state.cluster.name, view }));
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Which cluster?') }))?.view;
}
