import type { Version } from '../../base/version';

/** What a node does. `server` carries the control plane, with etcd unless the datastore is outside. */
export type Role = 'server' | 'agent' | 'loadbalancer' | 'etcd';

export const roles: readonly Role[] = ['server', 'agent', 'loadbalancer', 'etcd'];

export type Distribution = 'k3s' | 'kubeadm';

/** How a node is reached. What is absent comes from the user's own SSH configuration. */
export interface SshSettings {
  readonly user?: string;
  readonly port?: number;
  /** The name of a jump host, as in `ssh -J`. */
  readonly jump?: string;
}

export interface InventoryNode {
  readonly name: string;
  /** A host name or an IP address, as SSH reaches it. */
  readonly address: string;
  readonly roles: readonly Role[];
  /** The cluster's settings with those of the node over them. */
  readonly ssh: SshSettings;
}

/** A file of the repository and the nodes it lives on. */
export interface InventoryConfig {
  /** Relative to the folder of the inventory, with `/` between folders. */
  readonly file: string;
  /** Names of nodes. */
  readonly on: readonly string[];
  /** The absolute path on those nodes; absent means the usual one of its kind. */
  readonly path?: string;
}

/** The release of each product the nodes run. */
export interface InventoryVersions {
  readonly k3s?: Version;
  readonly kubernetes?: Version;
  readonly haproxy?: Version;
  readonly keepalived?: Version;
}

export interface InventoryCluster {
  readonly name: string;
  readonly distribution: Distribution;
  /** `host:port` that clients and joining nodes use. */
  readonly endpoint?: string;
  readonly versions: InventoryVersions;
  readonly nodes: readonly InventoryNode[];
  readonly configs: readonly InventoryConfig[];
}

/** `haven.yaml` as plain values: what the explorer and the operations work with. Parts that cannot be used are left out. */
export interface Inventory {
  readonly clusters: readonly InventoryCluster[];
}
