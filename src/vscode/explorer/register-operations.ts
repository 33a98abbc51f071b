import * as vscode from 'vscode';
import { concernText } from '../../ops/render-plan';
import { runsFolder } from '../../run/own-folders';
import { toText } from '../convert';
import type { Parts } from '../operations/parts';
import type { ClusterView } from './cluster-store';
import type { Row } from './cluster-tree';

/** The commands of `operations/index.ts`; they stand in package.json too, with their icons and menus. */
export const operationNames = [
  'checkConfig',
  'takeSnapshot',
  'restoreSnapshot',
  'undoRestore',
  'discardRestore',
  'testSnapshot',
  'downloadSnapshot',
  'sendSnapshot',
  'deleteSnapshot',
  'pruneSnapshots',
  'snapshotSchedule',
  'pushConfig',
  'showDrift',
  'showCertificates',
  'renewCertificates',
  'removeMember',
  'readdMember',
  'defragment',
  'joinNode',
  'removeNode',
  'drainNode',
  'uncordonNode',
  'rollingRestart',
  'upgrade',
  'failoverDrill',
  'collectBackup',
  'resumeOperation',
  'exportRunbook',
] as const;

/** Registers them without loading them. What a host refuses is said in its own words. */
export function registerOperations(parts: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    ...operationNames.map((name) =>
      vscode.commands.registerCommand(`haven.${name}`, async (row?: Row) => {
        if (!vscode.workspace.isTrusted) {
          await vscode.window.showWarningMessage(
            vscode.l10n.t('Haven connects to nodes only from a folder that you trust.'),
          );
          return;
        }
        const { operations } = await import('../operations');
        try {
          await operations[name]?.(parts, row?.subject);
        } catch (error) {
          const { concernOf, HereError, HostError, TransportError } = await import('../../run');
          if (error instanceof Error && error.name === 'AbortError') return;
          const isSpoken = [TransportError, HostError, HereError].some((each) => error instanceof each);
          if (!isSpoken) throw error;
          if (error instanceof TransportError && error.failure === 'cancelled') return;
          await vscode.window.showErrorMessage(concernText(concernOf(error), toText).replaceAll('**', ''));
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
