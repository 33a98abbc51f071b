import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { type BackupStanding, backupRows, checksumLines, planBackup } from '../../ops/backup-config';
import { parseSurvey, surveyCommand } from '../../ops/commands/config-survey';
import { carryOut } from './carry-out';
import { chooseCluster, chooseWay, stampOf } from './choose';
import { clusterFiles } from './config-files';
import { askEach, asking } from './gather';
import { isInWorkTree } from './local-file';
import type { Operation } from './parts';

/** "Haven: Back Up Configuration": the settings of all nodes in one folder, with checksums and a page of what differs. */
export const collectBackup: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const { cluster } = view.state;
  const what = await chooseWay(vscode.l10n.t('What goes into the backup of {0}?', cluster.name), [
    {
      way: 'settings' as const,
      label: vscode.l10n.t('Settings'),
      detail: vscode.l10n.t('Files of haproxy, keepalived, nginx, k3s, kubeadm and their units; some hold passwords'),
    },
    {
      way: 'secrets' as const,
      label: vscode.l10n.t('Settings, tokens and keys'),
      detail: vscode.l10n.t('Everything that a rebuild on new machines needs beside a snapshot'),
    },
  ]);
  if (what === undefined) return;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('The folder that the backup goes into'),
      canSelectFolders: true,
      canSelectFiles: false,
      defaultUri: vscode.Uri.file(dirname(dirname(view.inventory.fsPath))),
    })) ?? [];
  if (chosen === undefined || !(await mayHoldSecrets(chosen.fsPath))) return;
  const folder = join(chosen.fsPath, `${cluster.name}-${stampOf(Date.now())}`);
  const question = { command: () => surveyCommand(what === 'secrets'), read: parseSurvey };
  const survey = await asking(parts, view, (hosts, signal) => askEach(hosts, cluster.nodes, question, signal));
  const plan = planBackup(view.state, survey, { folder, secrets: what === 'secrets' });
  const result = await carryOut(parts, view, plan, {
    go: vscode.l10n.t('Copy'),
    done: vscode.l10n.t('The backup lies in {0}.', folder),
  });
  if (result?.outcome !== 'done') return;
  const files = await clusterFiles(parts, view);
  const rows = backupRows(survey, files.targets, (file) => files.files.get(file)?.sha256);
  await writeFile(join(folder, 'SHA256SUMS'), checksumLines(rows), { mode: 0o600 });
  const page = [
    `# ${vscode.l10n.t('Backup of the configuration of {0}', cluster.name)}`,
    '',
    vscode.l10n.t('Taken {0}. "sha256sum -c SHA256SUMS" checks the files.', new Date().toISOString()),
    '',
    vscode.l10n.t('Each file lies below the name of its node under the path that it has there.'),
    '',
    ...rows.map(({ host, path, standing, file }) => {
      const from = file === undefined ? '' : ` (${file})`;
      return `- ${marks[standing]} **${host}** ${path}${from}: ${standingText(standing)}`;
    }),
    '',
  ].join('\n');
  await writeFile(join(folder, 'README.md'), page, { mode: 0o600 });
  await vscode.window.showTextDocument(vscode.Uri.file(join(folder, 'README.md')));
};

const marks: Readonly<Record<BackupStanding, string>> = {
  same: '✓',
  differs: '≠',
  missing: '✗',
  'not-in-inventory': '·',
};

function standingText(standing: BackupStanding): string {
  if (standing === 'same') return vscode.l10n.t('as in the repository');
  if (standing === 'differs') return vscode.l10n.t('differs from the repository');
  if (standing === 'missing') return vscode.l10n.t('is in the repository and not on the node');
  return vscode.l10n.t('the inventory names no file for it');
}

async function mayHoldSecrets(folder: string): Promise<boolean> {
  if (!(await isInWorkTree(folder))) return true;
  const anyway = vscode.l10n.t('Put it there anyway');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0} lies in a git work tree: passwords and tokens could be committed.', folder),
    { modal: true },
    anyway,
  );
  return answer === anyway;
}
