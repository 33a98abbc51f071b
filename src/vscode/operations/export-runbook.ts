import * as vscode from 'vscode';
import { renderRunbook } from '../../ops/render-runbook';
import { toText } from '../convert';
import type { Operation } from './parts';

/** "Haven: Export Plan as Runbook": the plan that was shown last, as a document to keep and to work through by hand. */
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
    filters: { Markdown: ['md'] },
    ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (uri === undefined) return;
  await vscode.workspace.fs.writeFile(uri, Buffer.from(renderRunbook(plan, toText)));
  await vscode.window.showTextDocument(uri);
};
