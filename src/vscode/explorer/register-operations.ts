import * as vscode from 'vscode';
import { runsFolder } from '../../run/own-folders';
import type { Ask } from '../hosts/ask';
import { operationNames } from '../operation-names';
import type { Parts } from '../operations/parts';
import { sayFault } from '../operations/say-fault';
import type { ClusterView } from './cluster-store';
import type { Place } from './cluster-tree';

/** Registers them without loading them. What a host refuses is said in its own words. */
export function registerOperations(parts: Parts, ask: Ask): vscode.Disposable {
  return vscode.Disposable.from(
    ...operationNames.map((name) =>
      vscode.commands.registerCommand(`haven.${name}`, async (...called: readonly [row?: Place]) => {
        const [row] = called;
        if (!vscode.workspace.isTrusted) {
          await vscode.window.showWarningMessage(
            vscode.l10n.t('Haven connects to nodes only from a folder that you trust.'),
          );
          return;
        }
        // From the palette there is no argument; from a menu whose row VS Code has just drawn anew there is an empty one.
        if (called.length > 0 && row === undefined) {
          await vscode.window.showWarningMessage(
            vscode.l10n.t('The row changed while its menu was open. Nothing was done: look at it again.'),
          );
          return;
        }
        ask.askAgain();
        const { operations } = await import('../operations');
        try {
          await operations[name](parts, row?.subject);
        } catch (error) {
          await sayFault(error);
        }
      }),
    ),
  );
}

/** Looks for runs on these clusters that broke off, without loading anything where there never was a run. */
export async function offerToResume(views: readonly ClusterView[]): Promise<void> {
  const folder = vscode.Uri.file(runsFolder());
  const names = await vscode.workspace.fs.readDirectory(folder).then(
    (entries) => entries,
    // There is no such folder before the first run.
    () => [],
  );
  if (names.length === 0 || !vscode.workspace.isTrusted) return;
  const { offerResume } = await import('../operations');
  await offerResume(views);
}
