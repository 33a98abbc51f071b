import * as vscode from 'vscode';
import { renderRunbook } from '../../ops/render-runbook';
import { toText } from '../convert';
import type { Operation } from './parts';

/** "Haven: Export Plan as Runbook": the plan that was shown last, as a document to work through by hand, or as data for `haven run`. */
export const exportRunbook: Operation = async ({ plans }) => {
  const plan = plans.shown(vscode.window.activeTextEditor?.document.uri);
  if (plan === undefined) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('No plan has been shown in this window. Begin an operation; its plan is shown before it runs.'),
    );
    return;
  }
  const name = `${plan.operation}-${plan.cluster}.md`.replace(/[^A-Za-z0-9가-힣._-]/g, '-');
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Plan as Runbook'),
    filters: { Markdown: ['md'], [vscode.l10n.t('Plan for "haven run"')]: ['json'] },
    ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (uri === undefined) return;
  const isData = uri.path.endsWith('.json');
  await vscode.workspace.fs.writeFile(
    uri,
    Buffer.from(isData ? `${JSON.stringify(plan, null, 1)}\n` : renderRunbook(plan, toText)),
  );
  await vscode.window.showTextDocument(uri);
};
