import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeServerCertificates } from './certificates';
import {
  apiServerConfig,
  apiServerUnit,
  etcdEnvironment,
  etcdUnit,
  haproxyConfig,
  keepalivedConfig,
} from './configuration';
import { provisionK3s } from './k3s';
import { provisionKubeadm } from './kubeadm';
import { clientAddress, folderOf, type Machine, type Mode, stateFolder, virtualAddress } from './layout';
import { must } from './shell';

const sshFolder = join(stateFolder, 'ssh');
export const clientKey = join(sshFolder, 'id_ed25519');
export const sshConfig = join(sshFolder, 'config');
export const knownHosts = join(sshFolder, 'known_hosts');

/** Makes the client's key once for a lab. */
export function makeClientKey(): void {
  mkdirSync(sshFolder, { recursive: true, mode: 0o700 });
  rmSync(clientKey, { force: true });
  rmSync(`${clientKey}.pub`, { force: true });
  must(['ssh-keygen', '-qt', 'ed25519', '-N', '', '-C', 'lab-client', '-f', clientKey]);
}

/** Writes all that a machine has of its own into the upper layer of its file system, before its first boot. */
export function provision(machine: Machine, machines: readonly Machine[], mode: Mode): void {
  const root = join(folderOf(machine.name), 'upper');
  for (const each of ['upper', 'work', 'root']) mkdirSync(join(folderOf(machine.name), each), { recursive: true });
  const write = (path: string, text: string, mode = 0o644) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  };
  const enable = (unit: string) => {
    const link = join(root, 'etc/systemd/system/multi-user.target.wants', unit.slice(unit.lastIndexOf('/') + 1));
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(unit, link);
  };

  write('etc/hostname', `${machine.name}\n`);
  write('etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444);
  const hosts = machines.map((each) => `${each.address} ${each.name}\n`).join('');
  write('etc/hosts', `127.0.0.1 localhost\n::1 localhost\n${hosts}${virtualAddress} k8s-api.lab\n`);
  write(
    'etc/systemd/network/10-eth0.network',
    `[Match]\nName=eth0\n[Network]\nAddress=${machine.address}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nKeepConfiguration=static\n${
      // Kubernetes wants to see a default route. This one ends at the bridge.
      mode === 'machines' ? '' : `Gateway=${clientAddress}\n`
    }`,
  );
  mkdirSync(join(root, 'etc/ssh'), { recursive: true });
  for (const type of ['ed25519', 'ecdsa'])
    must([
      'ssh-keygen',
      '-qt',
      type,
      '-N',
      '',
      '-C',
      `root@${machine.name}`,
      '-f',
      join(root, `etc/ssh/ssh_host_${type}_key`),
    ]);

  if (machine.kind === 'balancer') {
    write('etc/haproxy/haproxy.cfg', haproxyConfig(machines, mode));
    write('etc/keepalived/keepalived.conf', keepalivedConfig(machine, machines), 0o640);
    enable('/lib/systemd/system/haproxy.service');
    enable('/lib/systemd/system/keepalived.service');
  }
  if (machine.kind !== 'balancer' && mode === 'k3s') provisionK3s(machine, machines, { write, enable });
  if (machine.kind !== 'balancer' && mode === 'kubeadm') provisionKubeadm(machine, machines, { write, enable });
  if (machine.kind === 'server' && mode === 'machines') {
    makeServerCertificates(machine, root);
    mkdirSync(join(root, 'var/lib/etcd'), { recursive: true, mode: 0o700 });
    write('etc/etcd/etcd.env', etcdEnvironment(machine, machines));
    write('etc/systemd/system/etcd.service', etcdUnit);
    write('etc/systemd/system/kube-apiserver-standin.service', apiServerUnit);
    write('etc/kubernetes/apiserver-standin.cfg', apiServerConfig(machine));
    enable('/etc/systemd/system/etcd.service');
    enable('/etc/systemd/system/kube-apiserver-standin.service');
  }
}

/** What an operator has in `~/.ssh` to reach the machines: one file for OpenSSH, and the keys of the hosts. */
export function writeClientFiles(machines: readonly Machine[]): void {
  const hosts = machines.map((each) => `Host ${each.name} ${each.address}\n  HostName ${each.address}\n`);
  writeFileSync(
    sshConfig,
    `${hosts.join('')}Host *\n  User ops\n  IdentityFile ${clientKey}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${knownHosts}\n  StrictHostKeyChecking yes\n  ConnectTimeout 5\n`,
  );
  const keys = machines.flatMap((each) =>
    ['ed25519', 'ecdsa'].map((type) => `${each.name},${each.address} ${hostKey(each, type)}\n`),
  );
  writeFileSync(knownHosts, keys.join(''));
}

function hostKey(machine: Machine, type: string): string {
  const text = readFileSync(join(folderOf(machine.name), `upper/etc/ssh/ssh_host_${type}_key.pub`), 'utf8');
  return text.split(' ').slice(0, 2).join(' ');
}
