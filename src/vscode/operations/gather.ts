import * as vscode from 'vscode';
import type { InventoryNode } from '../../model/inventory/inventory';
import type { EtcdFacts } from '../../ops/commands/etcd-gateway';
import type { KubeNode } from '../../ops/commands/kubectl';
import type { ClusterState } from '../../ops/status/cluster-state';
import type { Hosts } from '../../run';
import type { ClusterView } from '../explorer/cluster-store';
import type { Parts } from './parts';

/** Asks while a notification says so. */
export async function asking<Result>(
  { store }: Parts,
  { state }: ClusterView,
  work: (hosts: Hosts, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const hosts = await store.connections();
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Asking the nodes of {0}', state.cluster.name),
      cancellable: true,
    },
    async (_progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      return work(hosts, abort.signal);
    },
  );
}

/** The cluster as its nodes describe it at this moment; what the tree shows can be half a minute old. */
export async function liveState(hosts: Hosts, { state }: ClusterView, signal: AbortSignal): Promise<ClusterState> {
  const { askCluster } = await import('../../run');
  const vips = state.vips.map((each) => each.address);
  return askCluster(hosts, state.cluster, vips, signal);
}

export const serversOf = ({ cluster }: ClusterState): readonly InventoryNode[] =>
  cluster.nodes.filter((each) => each.roles.includes('server'));

/** What each etcd member says of itself. */
export async function askMembers(
  hosts: Hosts,
  state: ClusterState,
  signal: AbortSignal,
): Promise<Map<string, EtcdFacts>> {
  return (await import('../../run')).askMembers(hosts, state, signal);
}

/** The Nodes as the first server that answers lists them; empty when none does. */
export async function askNodes(hosts: Hosts, state: ClusterState, signal: AbortSignal): Promise<readonly KubeNode[]> {
  return (await import('../../run')).askNodes(hosts, state, signal);
}
