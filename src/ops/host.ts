/** A node as the code that connects to it sees it; `run` does not look into the model itself. */
export type { InventoryNode as HostNode } from '../model/inventory/inventory';
