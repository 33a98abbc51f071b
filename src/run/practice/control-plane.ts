import type { EtcdProcess } from './etcd/engine';
import type { Machine } from './machine';

/** What makes a cluster of the machines: k3s, or the kubelets and static pods of kubeadm. */
export interface ControlPlane {
  /** Gives a machine the files and units that it has when the cluster begins. */
  furnish(machine: Machine): void;
  /** Makes the machines one cluster that has run for a while. */
  begin(): void;
  /** Whether the API of this server answers. */
  isReady(machine: Machine): boolean;
  /** Since when it does. */
  readySince(machine: Machine): number | undefined;
  /** The etcd of a machine, while it runs. */
  etcdOf(machine: Machine): EtcdProcess | undefined;
  /** Brings everything up to the present. */
  settle(): void;
  /** What runs beside the units ends with the power. */
  powerOff(machine: Machine): void;
}
