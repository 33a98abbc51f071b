import { havenSnapshotFolder, k3sSnapshotFolder } from './commands/snapshot';
import { type ClusterState, statusOf } from './status/cluster-state';

/** Where a snapshot that is taken on a node comes to lie: with k3s, the folder that its settings name (`etcd-snapshot-dir`). */
export function saveFolder({ cluster, nodes }: ClusterState, host: string): string {
  if (cluster.distribution !== 'k3s') return havenSnapshotFolder;
  const node = nodes.find((each) => each.node.name === host);
  const told = node === undefined ? undefined : statusOf(node)?.snapshotFolder;
  return told ?? k3sSnapshotFolder;
}

/** The folders of a node in which snapshots lie, those of before its settings were changed among them. */
export function snapshotFolders(state: ClusterState, host: string): readonly string[] {
  return [...new Set([k3sSnapshotFolder, havenSnapshotFolder, saveFolder(state, host)])];
}
