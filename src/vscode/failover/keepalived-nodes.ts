import { dirname } from 'node:path';
import type { SimulatedNode } from '../../service';
import type { ClusterView } from '../explorer/cluster-store';
import { type LiveWorkspace, namedFile } from '../live-workspace';

/** The nodes of a cluster with the keepalived files that the inventory puts there, as the editor has them. */
export async function keepalivedNodes(
  live: LiveWorkspace,
  { inventory, state: { cluster } }: ClusterView,
): Promise<SimulatedNode[]> {
  const workspace = await live.current();
  const folder = dirname(inventory.fsPath);
  return cluster.nodes.flatMap(({ name, address }) => {
    const files = cluster.configs
      .filter((each) => each.on.includes(name))
      .flatMap((each) => {
        const file = namedFile(workspace, folder, each.file);
        return file?.kind === 'keepalived' ? [{ path: each.file, text: file.text }] : [];
      });
    return files.length === 0 ? [] : [{ name, address, files }];
  });
}
