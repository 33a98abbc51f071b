import * as vscode from 'vscode';

/** Opens the page of a rule beside the editor. `rule` comes from a link, so it may be anything. */
export async function explainRule(extension: vscode.Uri, rule: unknown): Promise<void> {
  if (typeof rule !== 'string' || !/^[a-z0-9]+\/[a-z0-9-]+$/.test(rule)) return;
  const page = vscode.Uri.joinPath(extension, 'docs', 'rules', `${rule}.md`);
  await vscode.commands.executeCommand('markdown.showPreviewToSide', page);
}
