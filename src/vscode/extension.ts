import * as vscode from 'vscode';
import { createInventoryCommand } from './commands/create-inventory';
import { explainRule } from './commands/explain-rule';
import { registerExplorer } from './explorer/register';
import { LiveWorkspace } from './live-workspace';
import { registerProviders } from './providers/register';

/** Builds the parts and passes them on; everything heavy is loaded when first used. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Haven', { log: true });
  const live = new LiveWorkspace(log);
  context.subscriptions.push(
    log,
    live,
    registerProviders(live),
    registerExplorer(context, live),
    vscode.commands.registerCommand('haven.createInventory', () => createInventoryCommand(live)),
    vscode.commands.registerCommand('haven.explainRule', (rule: unknown) => explainRule(context.extensionUri, rule)),
  );
}
