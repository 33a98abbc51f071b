import type { InventoryNode } from '../../model/inventory/inventory';
import type { CriticalDifference } from '../../model/k3s/critical-values';
import type { JoinPrograms } from '../commands/install-k3s';
import type { JoinFacts } from '../commands/join-facts';
import type { KubeNode } from '../commands/kubectl';
import type { LocalFile } from '../local-file';
import type { Concerns } from '../plan';
import type { ClusterState } from '../status/cluster-state';

export interface JoinParameters {
  readonly stamp: string;
  /** Name of the machine in the inventory. */
  readonly host: string;
  /** The Nodes as the API lists them now. */
  readonly nodes: readonly KubeNode[];
  /** What the machine told of itself; absent when it could not be asked. */
  readonly facts: JoinFacts | undefined;
  /** How far its clock is from that of the server that is asked, in seconds. */
  readonly clockSkewSec: number | undefined;
  readonly programs: JoinPrograms;
  /** The release that the servers run. */
  readonly release: string | undefined;
  /** Its file of the repository, and the settings in it by key; absent where the inventory names none. */
  readonly config:
    | { readonly file: LocalFile; readonly name: string; readonly settings: ReadonlyMap<string, string> }
    | undefined;
  /** Critical values in which the file differs from what the servers run with. */
  readonly differences: readonly CriticalDifference[];
  /** Names that the certificate of the joined server is good for; absent where nobody saw it. */
  readonly servedNames: readonly string[] | undefined;
  /** kubeadm: SHA-256 of the public key of the cluster's authority, in hexadecimal. */
  readonly caHash: string | undefined;
  /** Files of the repository whose load balancer sends to the machine already. */
  readonly inBackends: readonly string[];
  readonly concerns: Concerns;
}

/** What the steps of a join are made from, once nothing stands against it. */
export interface JoinWork {
  readonly state: ClusterState;
  readonly parameters: JoinParameters;
  readonly machine: InventoryNode;
  /** The name that its Node gets. */
  readonly nodeName: string;
  /** The server that is asked: it leads, or is the first that answers. */
  readonly asked: InventoryNode;
  /** `host:port` that the machine joins through. */
  readonly through: string;
  readonly isServer: boolean;
  /** Whether a member of etcd joins with it. */
  readonly withEtcd: boolean;
}
