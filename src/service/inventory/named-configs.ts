import { folderOf, joined } from '../../model/cluster/build-model';
import type { InventoryCluster } from '../../model/inventory/inventory';
import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import type { WorkspaceFile } from '../workspace-file';

/** A file that an inventory names. */
export interface NamedConfig {
  /** In the workspace; it need not be there. */
  readonly path: string;
  readonly config: InventoryCluster['configs'][number];
  readonly cluster: InventoryCluster;
  /** The path of the inventory. */
  readonly inventory: string;
}

/** The files that the inventories among `files` name, in their order. */
export function* namedConfigs(files: Iterable<WorkspaceFile>): Iterable<NamedConfig> {
  for (const file of files) {
    // Asking for the analysis of a file makes it: only for inventories.
    if (file.kind !== 'inventory') continue;
    const { path: inventory } = file;
    const folder = folderOf(inventory);
    for (const cluster of (file.analysis as InventoryAnalysis).inventory.clusters)
      for (const config of cluster.configs) yield { path: joined(folder, config.file), config, cluster, inventory };
  }
}
