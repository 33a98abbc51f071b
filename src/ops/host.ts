/** Clusters and their nodes as the code that connects to them sees them; `run` does not look into the model itself. */
export type { InventoryCluster as HostCluster, InventoryNode as HostNode } from '../model/inventory/inventory';
