import * as vscode from 'vscode';
import { createInventoryCommand } from './commands/create-inventory';
import { explainRule } from './commands/explain-rule';
import { registerExplorer } from './explorer/register';
import { FailoverDocuments } from './failover/failover-documents';
import { LiveWorkspace } from './live-workspace';
import { registerProviders } from './providers/register';

/** Builds the parts and passes them on; everything heavy is loaded when first used. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Haven', { log: true });
  const live = new LiveWorkspace(log);
  const failover = new FailoverDocuments(live);
  context.subscriptions.push(
    log,
    live,
    failover,
    registerProviders(live),
    registerExplorer(context, live),
    vscode.commands.registerCommand('haven.createInventory', () => createInventoryCommand(live)),
    vscode.commands.registerCommand('haven.showFailover', () =>
      failover.show(vscode.window.activeTextEditor?.document),
    ),
    vscode.commands.registerCommand('haven.explainRule', (rule: unknown) => explainRule(context.extensionUri, rule)),
  );
}
