import * as vscode from 'vscode';
import { createInventoryCommand } from './commands/create-inventory';
import { RulePages } from './commands/rule-pages';
import { registerExplorer } from './explorer/register';
import { FailoverDocuments } from './failover/failover-documents';
import { LiveWorkspace } from './live-workspace';
import { registerProviders } from './providers/register';

/** Builds the parts and passes them on; everything heavy is loaded when first used. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Haven', { log: true });
  const live = new LiveWorkspace(log);
  const failover = new FailoverDocuments(live);
  const pages = new RulePages(context.extensionUri);
  context.subscriptions.push(
    log,
    live,
    failover,
    pages,
    registerProviders(live),
    registerExplorer(context, live),
    vscode.commands.registerCommand('haven.createInventory', () => createInventoryCommand(live)),
    vscode.commands.registerCommand('haven.showFailover', () =>
      failover.show(vscode.window.activeTextEditor?.document),
    ),
    vscode.commands.registerCommand('haven.explainRule', (rule: unknown) => pages.explain(rule)),
  );
}
