import { idOf } from '../etcd/store';
import { newUnit } from '../units';
import type { Etcd, Machine } from '../world';
import { makeCertificates } from './certificates';
import { makeEtcdClient } from './etcd-client';
import { newCluster } from './new-cluster';
import { isKnownAs } from './node-password';
import { etcdFolder, k3sData, memberName } from './places';

/** The token of the practice cluster: everybody may know it. */
const practiceToken = 'practice-token-0123456789';

/** The files and units of k3s that a server or an agent has when the cluster begins. */
export function furnishK3s(machine: Machine, nowMs: number): void {
  const name = machine.role === 'server' ? 'k3s' : 'k3s-agent';
  machine.units.set(name, newUnit(name, nowMs));
  const program = `/usr/local/bin/k3s ${name === 'k3s' ? 'server' : 'agent'}`;
  machine.files.place(`/etc/systemd/system/${name}.service`, `[Service]\nExecStart=${program}\nRestart=always\n`);
  const data = `${k3sData}/server`;
  if (machine.role === 'server') makeEtcdClient(machine);
  makeCertificates(machine, nowMs, 300);
  if (machine.role !== 'server') return;
  machine.files.makeFolders(`${data}/db/snapshots`, 0o700);
  machine.files.place(`${data}/cred/passwd`, `${practiceToken},server,server,k3s:server\n`, 0o600);
  machine.files.place(`${data}/token`, `K10${'0'.repeat(64)}::server:${practiceToken}\n`, 0o600);
  machine.files.place('/etc/rancher/k3s/token', `${practiceToken}\n`, 0o600);
  machine.files.link(`${data}/token`, `${data}/node-token`);
  const { virtualAddress } = machine.cluster;
  const join = machine.name === 'cp1' ? 'cluster-init: true' : `server: https://${virtualAddress}:6443`;
  machine.files.place(
    '/etc/rancher/k3s/config.yaml',
    `${join}\ntoken: ${practiceToken}\ntls-san: [${virtualAddress}]\n`,
    0o600,
  );
}

/** Three servers that have been one cluster for a while, and their agent. */
export function beginK3s(etcd: Etcd, nodes: readonly Machine[], nowMs: number): void {
  const servers = nodes.filter((each) => each.role === 'server');
  const [first] = servers;
  if (first === undefined) return;
  newCluster(etcd, first, practiceToken);
  const begun = etcd.start(first, etcdFolder);
  const { store, clusterId } = begun;
  for (const machine of servers.slice(1)) {
    const peerUrl = `https://${machine.address}:2380`;
    const name = memberName(machine, String(nowMs));
    store.members = [...store.members, { id: idOf(`${peerUrl}${nowMs}`), name, peerUrl, learner: false }];
  }
  for (let i = 1; i <= 40; i++) store.put(`/registry/configmaps/default/c${i}`, `value ${i}`);
  for (const { name, address, role } of nodes.filter((each) => each.role !== 'loadbalancer')) {
    store.put(`/registry/minions/${name}`, JSON.stringify({ heartbeatMs: nowMs, address, server: role === 'server' }));
  }
  // Every server is known by the password that its disk has: another machine under its name is refused.
  for (const machine of servers) isKnownAs(machine.name, machine, store);
  etcd.stop(begun);
  for (const machine of servers.slice(1)) {
    const member = store.members.find((each) => each.peerUrl === `https://${machine.address}:2380`);
    if (member === undefined) continue;
    etcd.create(machine, etcdFolder, { name: member.name, clusterId, memberId: member.id, store });
    machine.files.write(`${etcdFolder}/name`, member.name, 0o600);
    machine.files.write(`${etcdFolder}/config`, `name: ${member.name}\n`, 0o600);
  }
}
