import * as vscode from 'vscode';
import { type Drift, driftOf, withoutForeignSecrets } from '../../ops/drift';
import { driftIcons, driftText } from '../explorer/cluster-tree';
import { chooseCluster } from './choose';
import { askConfigs, clusterFiles } from './config-files';
import { asking } from './gather';
import type { Operation, Parts } from './parts';

/** "Haven: Show Drift": what differs between the files of the folder and those of the nodes; a pick opens the difference. */
export const showDrift: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const all = await clusterFiles(parts, view);
  const targets = all.targets.filter(
    (each) =>
      (subject?.node === undefined || each.host === subject.node) &&
      (subject?.file === undefined || each.file === subject.file),
  );
  const facts = await asking(parts, view, (hosts, signal) => askConfigs(hosts, view.state, targets, signal));
  // A file may have been written from outside: the rows of the tree are to say the same as this list.
  parts.live.guard(() => parts.store.refresh());
  const rows = driftOf(targets, facts, (file) => all.files.get(file)?.text);
  if (rows.length > 0 && rows.every((each) => each.state === 'same')) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('Every file of {0} is on its nodes as it is here.', view.state.cluster.name),
    );
    return;
  }
  const [only] = rows;
  if (rows.length === 1 && subject?.file !== undefined && only?.found !== undefined) {
    const local = all.files.get(only.target.file);
    if (local !== undefined) return showDifference(parts, only, local.localPath, local.text);
  }
  const picked = await vscode.window.showQuickPick(
    rows.map((row) => ({
      label: `$(${driftIcons[row.state]}) ${row.target.file}`,
      description: `${row.target.host}:${row.target.path}`,
      detail: [
        driftText(row.state),
        ...(row.othersDiffer.length > 0
          ? [vscode.l10n.t('another file lies on {0}', row.othersDiffer.join(', '))]
          : []),
      ].join(' · '),
      row,
    })),
    {
      title: vscode.l10n.t('Files of {0} and their nodes', view.state.cluster.name),
      placeHolder: vscode.l10n.t('Pick one to see the difference'),
      matchOnDescription: true,
      ignoreFocusOut: true,
    },
  );
  const local = picked === undefined ? undefined : all.files.get(picked.row.target.file);
  if (picked === undefined || local === undefined || picked.row.found === undefined) return;
  await showDifference(parts, picked.row, local.localPath, local.text);
};

async function showDifference({ plans }: Parts, { target, found }: Drift, localPath: string, text: string) {
  if (found === undefined) return;
  const there = plans.keep(
    `${target.host}-${target.file.replaceAll('/', '-')}`,
    withoutForeignSecrets(found.text, text),
  );
  const here = vscode.Uri.file(localPath);
  const [left, right] = [await vscode.workspace.openTextDocument(there), await vscode.workspace.openTextDocument(here)];
  // Its name is not always one that tells the language, and both sides are read alike.
  if (left.languageId !== right.languageId) await vscode.languages.setTextDocumentLanguage(left, right.languageId);
  const title = `${target.host}:${target.path} ↔ ${target.file}`;
  await vscode.commands.executeCommand('vscode.diff', there, here, title);
}
