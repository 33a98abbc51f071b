import * as vscode from 'vscode';
import type { InventoryNode } from '../../model/inventory/inventory';
import type { ClusterView } from '../explorer/cluster-store';
import type { Subject } from '../explorer/cluster-tree';
import type { Parts } from './parts';

/** The clusters of the whole workspace: of a folder that is still being read, a part would be taken for all there is. */
export async function allClusters({ live, store }: Parts): Promise<readonly ClusterView[]> {
  const title = vscode.l10n.t('Reading the files of the folder');
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => live.whole());
  return store.clusters();
}

/** The cluster that the command was called on, the only one, or the one that the user picks. */
export async function chooseCluster(parts: Parts, subject: Subject | undefined): Promise<ClusterView | undefined> {
  const clusters = await allClusters(parts);
  const given = clusters.find((each) => each.key === subject?.cluster);
  if (given !== undefined) return given;
  // Another one than the row was of is not meant.
  if (subject !== undefined) {
    await vscode.window.showWarningMessage(vscode.l10n.t('The cluster of this row is in no haven.yaml any more.'));
    return undefined;
  }
  if (clusters.length === 0) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('There is no haven.yaml with a cluster in this workspace.'),
    );
    return undefined;
  }
  if (clusters.length === 1) return clusters[0];
  const items = clusters.map((view) => ({
    label: view.state.cluster.name,
    description: `${view.state.cluster.distribution} · ${vscode.workspace.asRelativePath(view.inventory)}`,
    view,
  }));
  const title = vscode.l10n.t('Which cluster?');
  return (await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true }))?.view;
}

const itemOf = (node: InventoryNode) => ({
  label: node.name,
  description: `${node.address} · ${node.roles.join(', ')}`,
  node,
});

/** The node of the row that the command was called on, if it is still among `nodes`: another one is not meant. */
async function nodeOf(nodes: readonly InventoryNode[], name: string): Promise<InventoryNode | undefined> {
  const given = nodes.find((each) => each.name === name);
  if (given === undefined)
    await vscode.window.showWarningMessage(
      vscode.l10n.t('{0} is not one of the nodes that this can be done with now. Nothing was done.', name),
    );
  return given;
}

/** One node: the one that the command was called on, or from the palette the one that the user picks. */
export async function chooseNode(
  nodes: readonly InventoryNode[],
  subject: Subject | undefined,
  title: string,
): Promise<InventoryNode | undefined> {
  if (subject?.node !== undefined) return nodeOf(nodes, subject.node);
  return (await vscode.window.showQuickPick(nodes.map(itemOf), { title, ignoreFocusOut: true }))?.node;
}

/** Several nodes, all of them at first unless told otherwise; undefined when the user leaves or takes none. */
export async function chooseNodes(
  nodes: readonly InventoryNode[],
  subject: Subject | undefined,
  title: string,
  { picked: atFirst } = { picked: true },
): Promise<readonly InventoryNode[] | undefined> {
  if (subject?.node !== undefined) {
    const given = await nodeOf(nodes, subject.node);
    return given === undefined ? undefined : [given];
  }
  const items = nodes.map((node) => ({ ...itemOf(node), picked: atFirst }));
  const picked = await vscode.window.showQuickPick(items, { title, canPickMany: true, ignoreFocusOut: true });
  return picked === undefined || picked.length === 0 ? undefined : picked.map((each) => each.node);
}

/** One of two or more ways; undefined when the user leaves. */
export async function chooseWay<Way extends string>(
  title: string,
  ways: readonly { readonly way: Way; readonly label: string; readonly detail?: string }[],
): Promise<Way | undefined> {
  return (await vscode.window.showQuickPick([...ways], { title, ignoreFocusOut: true }))?.way;
}
