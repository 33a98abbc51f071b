import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { planBackup } from '../../ops/backup';
import type { BackupWish } from '../../run';
import { carryOut } from './carry-out';
import { chooseCluster, chooseWay } from './choose';
import { clusterFiles } from './config-files';
import { asking, liveState } from './gather';
import { mayHoldSecrets } from './local-file';
import type { Operation } from './parts';

/** "Haven: Collect Backup": snapshot, resources and the settings of all nodes in one folder, with checksums and a page. */
export const collectBackup: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const { cluster } = view.state;
  const wish = await chooseWish(cluster.name);
  if (wish === undefined) return;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('The folder that the backup goes into'),
      canSelectFolders: true,
      canSelectFiles: false,
      defaultUri: vscode.Uri.file(dirname(dirname(view.inventory.fsPath))),
    })) ?? [];
  if (chosen === undefined || !(await mayHoldSecrets(chosen.fsPath))) return;
  const { askBackup, backupParameters } = await import('../../run');
  const { state, survey, resources } = await asking(parts, view, async (hosts, signal) => ({
    state: await liveState(hosts, view, signal),
    ...(await askBackup(hosts, cluster, wish, signal)),
  }));
  const { targets, files } = await clusterFiles(parts, view);
  const parameters = backupParameters(chosen.fsPath, cluster.name, wish, Date.now());
  const plan = planBackup(state, survey, {
    ...parameters,
    ...(resources !== undefined && { resources }),
    repository: { targets, hashOf: (file) => files.get(file)?.sha256 },
  });
  await carryOut(parts, view, plan, {
    go: vscode.l10n.t('Collect'),
    done: vscode.l10n.t('The backup lies in {0}.', parameters.folder),
  });
};

async function chooseWish(cluster: string): Promise<BackupWish | undefined> {
  const way = await chooseWay(vscode.l10n.t('What goes into the backup of {0}?', cluster), [
    {
      way: 'all' as const,
      label: vscode.l10n.t('Snapshot, resources, settings, tokens and keys'),
      detail: vscode.l10n.t('Everything that a rebuild on new machines needs: whoever reads it owns the cluster'),
    },
    {
      way: 'no-keys' as const,
      label: vscode.l10n.t('Snapshot, resources and settings'),
      detail: vscode.l10n.t(
        'Without files of tokens and private keys; settings may name passwords, and the snapshot holds every Secret',
      ),
    },
    {
      way: 'settings' as const,
      label: vscode.l10n.t('Settings'),
      detail: vscode.l10n.t('Files of haproxy, keepalived, nginx, k3s, kubeadm and their units; some hold passwords'),
    },
  ]);
  return way === undefined ? undefined : { keys: way === 'all', settingsOnly: way === 'settings' };
}
