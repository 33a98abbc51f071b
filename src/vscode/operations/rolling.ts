import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { LocalFile } from '../../ops/local-file';
import { planRolling } from '../../ops/rolling';
import type { UpgradePrograms } from '../../ops/rolling-steps';
import { isRelease } from '../../ops/version-skew';
import { newStamp } from '../../run/stamp';
import type { ClusterView } from '../explorer/cluster-store';
import type { Subject } from '../explorer/cluster-tree';
import { carryOut } from './carry-out';
import { chooseCluster, chooseNodes, chooseWay } from './choose';
import { asking, askNodes, liveState } from './gather';
import { localFile, pickFile } from './local-file';
import type { Operation, Parts } from './parts';

/** "Haven: Rolling Restart". */
export const rollingRestart: Operation = (parts, subject) => roll(parts, subject, undefined);

/** "Haven: Upgrade". */
export const upgrade: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const programs = await chooseRelease(view);
  if (programs !== undefined) await roll(parts, { cluster: view.key, node: subject?.node }, programs);
};

async function roll(parts: Parts, subject: Subject | undefined, programs: UpgradePrograms | undefined): Promise<void> {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const able = view.state.cluster.nodes.filter((each) => each.roles.includes('server') || each.roles.includes('agent'));
  const nodes = await chooseNodes(able, subject, vscode.l10n.t('Which nodes, one after another?'));
  if (nodes === undefined) return;
  const way = await chooseWay(vscode.l10n.t('Drain each node before it stops?'), [
    {
      way: 'no-drain' as const,
      label: vscode.l10n.t('No'),
      detail: vscode.l10n.t('Pods go on running while k3s or kubelet restarts'),
    },
    {
      way: 'drain' as const,
      label: vscode.l10n.t('Yes'),
      detail: vscode.l10n.t('Its pods move to other nodes; what lies in emptyDir volumes is lost'),
    },
  ]);
  if (way === undefined) return;
  const asked = await asking(parts, view, async (hosts, signal) => ({
    state: await liveState(hosts, view, signal),
    nodes: await askNodes(hosts, view.state, signal),
  }));
  const plan = planRolling(asked.state, {
    stamp: newStamp(),
    hosts: nodes.map((each) => each.name),
    nodes: asked.nodes,
    drain: way === 'drain',
    ...(programs !== undefined && { upgrade: programs }),
  });
  await carryOut(parts, view, plan, {
    go: programs === undefined ? vscode.l10n.t('Restart') : vscode.l10n.t('Upgrade'),
  });
}

async function chooseRelease({ state }: ClusterView): Promise<UpgradePrograms | undefined> {
  const { distribution } = state.cluster;
  const release = await vscode.window.showInputBox({
    title: vscode.l10n.t('Upgrade {0} to which release?', state.cluster.name),
    placeHolder: distribution === 'k3s' ? 'v1.34.1+k3s1' : 'v1.34.1',
    ignoreFocusOut: true,
    validateInput: (text) =>
      text === '' || isRelease(text.trim(), distribution) ? undefined : vscode.l10n.t('Write it as in the example.'),
  });
  if (release === undefined || !isRelease(release.trim(), distribution)) return undefined;
  const way =
    distribution === 'kubeadm'
      ? ('files' as const)
      : await chooseWay(vscode.l10n.t('Where does k3s {0} come from?', release.trim()), [
          {
            way: 'files' as const,
            label: vscode.l10n.t('From this machine'),
            detail: vscode.l10n.t('The file is uploaded to each node'),
          },
          {
            way: 'online' as const,
            label: vscode.l10n.t('Each node downloads it'),
            detail: vscode.l10n.t("From the release page of k3s, compared with the project's own list of hashes"),
          },
        ]);
  if (way === undefined) return undefined;
  if (way === 'online') return { release: release.trim(), files: new Map(), online: true };
  const files = distribution === 'k3s' ? await k3sProgram() : await kubeadmPrograms();
  return files === undefined ? undefined : { release: release.trim(), files, online: false };
}

async function k3sProgram(): Promise<ReadonlyMap<string, LocalFile> | undefined> {
  const file = await pickFile(vscode.l10n.t('The program k3s of the new release'));
  return file === undefined ? undefined : new Map([['/usr/local/bin/k3s', file]]);
}

async function kubeadmPrograms(): Promise<ReadonlyMap<string, LocalFile> | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('The folder with kubeadm, kubelet and kubectl of the new release'),
      canSelectFolders: true,
      canSelectFiles: false,
    })) ?? [];
  if (folder === undefined) return undefined;
  const names = (await readdir(folder.fsPath)).filter((each) => ['kubeadm', 'kubelet', 'kubectl'].includes(each));
  const files = new Map<string, LocalFile>();
  for (const name of names) files.set(`/usr/bin/${name}`, await localFile(join(folder.fsPath, name)));
  return files;
}
