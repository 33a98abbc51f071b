import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { InventoryNode } from '../../model/inventory/inventory';
import type { Plan } from '../../ops/plan';
import { k3sFactsCommand, parseK3sFacts } from '../../ops/restore/k3s-facts';
import { kubeadmFactsCommand, parseKubeadmFacts } from '../../ops/restore/kubeadm-facts';
import { planK3sRestore } from '../../ops/restore/plan-k3s';
import { planKubeadmRestore } from '../../ops/restore/plan-kubeadm';
import type { RestoreParameters } from '../../ops/restore/shared-steps';
import type { ClusterState } from '../../ops/status/cluster-state';
import type { Hosts } from '../../run';
import type { ClusterView } from '../explorer/cluster-store';
import { carryOut } from './carry-out';
import { chooseCluster, stampOf } from './choose';
import { askEach, asking, liveState, serversOf } from './gather';
import type { Operation } from './parts';
import { bringSnapshot, chooseSnapshot, type SnapshotPlace } from './snapshots';

/** "Haven: Restore Snapshot". */
export const restoreSnapshot: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const state = await asking(parts, view, (hosts, signal) => liveState(hosts, view, signal));
  const chosen = await chooseSnapshot(state, subject);
  if (chosen === undefined) return;
  const asked = await asking(parts, view, (hosts, signal) => askServers(hosts, view, chosen, signal));
  const silent = serversOf(state).filter((each) => !asked.answered.includes(each.name));
  const absent = await askAbsent(silent);
  if (absent === undefined) return;
  const stamp = stampOf(Date.now());
  const local = await bringSnapshot(parts, view, chosen, stamp);
  if (local === undefined) return;
  const { bytes, hash, content } = local;
  const snapshot = { host: chosen.host, path: chosen.path, bytes, hash, content, local };
  const plan = asked.plan(state, { stamp, absent, snapshot });
  const result = await carryOut(parts, view, plan, {
    go: vscode.l10n.t('Restore'),
    done: vscode.l10n.t('{0} is restored from {1}.', state.cluster.name, basename(chosen.path)),
  });
  // A run that broke off may still need the copy when it is gone on with.
  if (result === undefined || result.outcome === 'done') await rm(local.path, { force: true });
};

/** What the servers say, and the plan that is made of it. */
async function askServers(
  hosts: Hosts,
  { state }: ClusterView,
  { host, path }: SnapshotPlace,
  signal: AbortSignal,
): Promise<{
  readonly answered: readonly string[];
  plan(state: ClusterState, parameters: RestoreParameters): Plan;
}> {
  const servers = serversOf(state);
  const pathOn = (node: InventoryNode) => (node.name === host ? path : undefined);
  if (state.cluster.distribution === 'k3s') {
    const question = {
      command: (node: InventoryNode) => k3sFactsCommand(pathOn(node)),
      read: (stdout: string, node: InventoryNode) => parseK3sFacts(node.name, stdout),
    };
    const facts = await askEach(hosts, servers, question, signal);
    return {
      answered: [...facts.keys()],
      plan: (now, parameters) => planK3sRestore(now, [...facts.values()], parameters),
    };
  }
  const question = {
    command: (node: InventoryNode) => kubeadmFactsCommand(pathOn(node)),
    read: (stdout: string, node: InventoryNode) => parseKubeadmFacts(node.name, stdout),
  };
  const facts = await askEach(hosts, servers, question, signal);
  return {
    answered: [...facts.keys()],
    plan: (now, parameters) => planKubeadmRestore(now, [...facts.values()], parameters),
  };
}

/** Servers that are switched off for good, as the operator says; undefined when they leave. */
async function askAbsent(silent: readonly InventoryNode[]): Promise<readonly string[] | undefined> {
  if (silent.length === 0) return [];
  const picked = await vscode.window.showQuickPick(
    silent.map((node) => ({ label: node.name, description: node.address })),
    {
      title: vscode.l10n.t('These servers do not answer. Which are switched off and stay so?'),
      placeHolder: vscode.l10n.t('One that runs would go on with the old cluster behind the same address'),
      canPickMany: true,
      ignoreFocusOut: true,
    },
  );
  return picked?.map((each) => each.label);
}
