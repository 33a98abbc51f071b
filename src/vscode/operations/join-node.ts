import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { InventoryNode } from '../../model/inventory/inventory';
import type { K3sAnalysis } from '../../model/k3s/analysis';
import { settingsByKey } from '../../model/k3s/settings-by-key';
import type { JoinPrograms } from '../../ops/commands/install-k3s';
import { nodeOfMachine } from '../../ops/commands/kubectl';
import { planJoin } from '../../ops/join/join';
import type { JoinParameters } from '../../ops/join/join-work';
import { type ClusterFiles, filesThatSendTo, pushFiles } from '../../ops/repository-files';
import { newStamp } from '../../run/stamp';
import type { ClusterView } from '../explorer/cluster-store';
import { namedFile } from '../live-workspace';
import { carryOut } from './carry-out';
import { chooseCluster, chooseNode, chooseWay } from './choose';
import { clusterFiles, editorConcerns } from './config-files';
import { asking, askNodes, liveState } from './gather';
import { pickFile } from './local-file';
import type { Operation, Parts } from './parts';

/** "Haven: Join Node": a machine that the inventory names and the cluster does not know yet. */
export const joinNode: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const { cluster } = view.state;
  const first = await asking(parts, view, async (hosts, signal) => askNodes(hosts, view.state, signal));
  const strangers = cluster.nodes.filter(
    (each) =>
      (each.roles.includes('server') || each.roles.includes('agent')) && nodeOfMachine(first, each) === undefined,
  );
  if (strangers.length === 0) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('Every server and agent of haven.yaml is in the cluster. Write the new machine down there first.'),
    );
    return;
  }
  const machine = await chooseNode(strangers, subject, vscode.l10n.t('Which machine joins the cluster?'));
  if (machine === undefined) return;
  const programs = cluster.distribution === 'k3s' ? await choosePrograms(machine.name) : { from: 'machine' as const };
  if (programs === undefined) return;
  const files = await clusterFiles(parts, view);
  const config = await configOf(parts, view, files, machine);
  const { state, members, ...answers } = await asking(parts, view, async (hosts, signal) => {
    const { askBeforeJoin } = await import('../../run');
    const now = await liveState(hosts, view, signal);
    return { state: now, ...(await askBeforeJoin(hosts, now, machine, config?.settings, signal)) };
  });
  const inBackends = filesThatSendTo(files, machine.address);
  const plan = planJoin(state, members, {
    ...answers,
    stamp: newStamp(),
    host: machine.name,
    programs,
    config,
    inBackends,
    concerns: await editorConcerns(
      parts,
      pushFiles(files).filter((each) => each.host === machine.name && each.kind === 'k3s'),
    ),
  });
  await carryOut(parts, view, plan, {
    go: vscode.l10n.t('Join'),
    done:
      machine.roles.includes('server') && inBackends.length === 0
        ? vscode.l10n.t('{0} has joined. Add it to the load balancer and push the file.', machine.name)
        : vscode.l10n.t('{0} has joined.', machine.name),
  });
};

export async function choosePrograms(host: string): Promise<JoinPrograms | undefined> {
  const from = await chooseWay(vscode.l10n.t('How does k3s get onto {0}?', host), [
    {
      way: 'machine' as const,
      label: vscode.l10n.t('It is installed there'),
      detail: vscode.l10n.t('Program and unit are there; only settings, token and the start are missing'),
    },
    {
      way: 'files' as const,
      label: vscode.l10n.t('From this machine'),
      detail: vscode.l10n.t('k3s and its installer are uploaded: for machines without the internet'),
    },
    {
      way: 'online' as const,
      label: vscode.l10n.t('It downloads them'),
      detail: vscode.l10n.t('The installer comes from get.k3s.io'),
    },
  ]);
  if (from === undefined || from !== 'files') return from === undefined ? undefined : { from };
  const k3s = await pickFile(vscode.l10n.t('The program k3s'));
  const installer = k3s === undefined ? undefined : await pickFile(vscode.l10n.t('The installer of k3s, install.sh'));
  return k3s === undefined || installer === undefined ? undefined : { from, k3s, installer };
}

/** The k3s file that the inventory gives the machine, with its settings as the language side reads them. */
export async function configOf(
  parts: Parts,
  { inventory }: ClusterView,
  { targets, files }: ClusterFiles,
  machine: InventoryNode,
): Promise<JoinParameters['config']> {
  const target = targets.find((each) => each.host === machine.name && each.kind === 'k3s');
  const file = target === undefined ? undefined : files.get(target.file);
  if (target === undefined || file === undefined) return undefined;
  const workspace = await parts.live.current();
  const found = namedFile(workspace, dirname(inventory.fsPath), target.file);
  const analysis = found?.analysis as K3sAnalysis | undefined;
  return { file, name: target.file, settings: settingsByKey(analysis?.settings ?? []) };
}
