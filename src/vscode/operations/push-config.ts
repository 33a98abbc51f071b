import * as vscode from 'vscode';
import { planPush, usualConfirmSec } from '../../ops/push-config';
import { pushFiles } from '../../ops/repository-files';
import { newStamp } from '../../run/stamp';
import { carryOut } from './carry-out';
import { chooseCluster, chooseWay } from './choose';
import { askConfigs, clusterFiles, editorConcerns } from './config-files';
import { asking, liveState } from './gather';
import type { Operation } from './parts';

/** "Haven: Push Configuration": the files of the inventory to their nodes; on a node, only its own; on a file, that one to that node. */
export const pushConfig: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const all = await clusterFiles(parts, view);
  const mine = pushFiles(all).filter(
    (each) =>
      (subject?.node === undefined || each.host === subject.node) &&
      (subject?.file === undefined || each.file === subject.file),
  );
  if (mine.length === 0) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('The inventory puts no file there. Name files under "configs" in haven.yaml.'),
    );
    return;
  }
  const files = subject?.node === undefined ? await chooseFiles(mine) : mine;
  if (files === undefined) return;
  const { state, facts } = await asking(parts, view, async (hosts, signal) => ({
    state: await liveState(hosts, view, signal),
    facts: await askConfigs(hosts, view.state, files, signal),
  }));
  const concerns = await editorConcerns(parts, files);
  const plan = planPush(state, facts, { stamp: newStamp(), files, confirmSec: usualConfirmSec, concerns });
  await carryOut(parts, view, plan, {
    go: vscode.l10n.t('Push'),
    done: vscode.l10n.t('The nodes run with the files of this folder.'),
  });
};

async function chooseFiles<File extends { readonly file: string; readonly host: string }>(
  files: readonly File[],
): Promise<readonly File[] | undefined> {
  const names = [...new Set(files.map((each) => each.file))];
  if (names.length === 1) return files;
  const hosts = (name: string) => files.filter((each) => each.file === name).map((each) => each.host);
  const chosen = await chooseWay(vscode.l10n.t('Which files?'), [
    { way: '', label: vscode.l10n.t('All that differ') },
    ...names.map((name) => ({ way: name, label: name, detail: hosts(name).join(', ') })),
  ]);
  return chosen === undefined ? undefined : files.filter((each) => chosen === '' || each.file === chosen);
}
