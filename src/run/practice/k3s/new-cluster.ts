import { idsOf } from '../etcd/engine';
import { EtcdStore } from '../etcd/store';
import type { Etcd, Machine } from '../world';
import { bootstrapKey } from './config';
import { etcdFolder, memberName } from './places';

/** A new cluster of one member, with nothing in it but what k3s itself puts there. */
export function newCluster(etcd: Etcd, machine: Machine, token: string): void {
  const peerUrl = `https://${machine.address}:2380`;
  // The first server of a cluster gives it an id that nobody had before.
  const born = String(machine.cluster.now());
  const { clusterId, memberId } = idsOf([peerUrl], peerUrl, born);
  const store = new EtcdStore();
  const name = memberName(machine, born);
  store.members = [{ id: memberId, name, peerUrl, learner: false }];
  store.put(bootstrapKey(token), 'sealed');
  store.put('/registry/namespaces/kube-system', '{}');
  etcd.create(machine, etcdFolder, { name, clusterId, memberId, store });
  machine.files.write(`${etcdFolder}/name`, name, 0o600);
  machine.files.write(`${etcdFolder}/config`, `name: ${name}\n`, 0o600);
}
