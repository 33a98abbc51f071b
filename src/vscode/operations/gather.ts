import * as vscode from 'vscode';
import type { InventoryNode } from '../../model/inventory/inventory';
import type { Command } from '../../ops/command';
import { type EtcdFacts, etcdFactsCommand, parseEtcdFacts } from '../../ops/commands/etcd-gateway';
import { type KubeNode, listNodes, parseNodes } from '../../ops/commands/kubectl';
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

/** What `read` makes of the answers; a node that could not be asked is absent. */
export async function askEach<Answer>(
  hosts: Hosts,
  nodes: readonly InventoryNode[],
  question: {
    readonly command: (node: InventoryNode) => Command;
    read(stdout: string, node: InventoryNode): Answer | undefined;
  },
  signal: AbortSignal,
): Promise<Map<string, Answer>> {
  const { TransportError } = await import('../../run');
  const answers = new Map<string, Answer>();
  await Promise.all(
    nodes.map(async (node) => {
      try {
        const { argv, root, timeoutSec } = question.command(node);
        const transport = await hosts.connect(node, signal);
        const { stdout } = await transport.exec({ argv: argv.map(String), root, timeoutSec }, signal);
        const answer = question.read(stdout, node);
        if (answer !== undefined) answers.set(node.name, answer);
      } catch (error) {
        // The plan says what it could not see.
        if (!(error instanceof TransportError)) throw error;
      }
    }),
  );
  signal.throwIfAborted();
  return answers;
}

export const serversOf = ({ cluster }: ClusterState): readonly InventoryNode[] =>
  cluster.nodes.filter((each) => each.roles.includes('server'));

/** What each etcd member says of itself. */
export function askMembers(hosts: Hosts, state: ClusterState, signal: AbortSignal): Promise<Map<string, EtcdFacts>> {
  const { distribution } = state.cluster;
  const question = { command: () => etcdFactsCommand(distribution), read: parseEtcdFacts };
  return askEach(hosts, serversOf(state), question, signal);
}

/** The Nodes as the first server that answers lists them; empty when none does. */
export async function askNodes(hosts: Hosts, state: ClusterState, signal: AbortSignal): Promise<readonly KubeNode[]> {
  const { distribution } = state.cluster;
  for (const node of serversOf(state)) {
    const question = { command: () => listNodes(distribution), read: parseNodes };
    const nodes = (await askEach(hosts, [node], question, signal)).get(node.name);
    if (nodes !== undefined && nodes.length > 0) return nodes;
  }
  return [];
}
