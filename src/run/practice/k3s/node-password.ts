import { createHash } from 'node:crypto';
import type { EtcdStore } from '../etcd/store';
import type { Machine } from '../world';

const path = '/etc/rancher/node/password';

/** Where the cluster keeps the hash of a Node's password (recorded: Secret `NODE.node-password.k3s` in kube-system). */
export const passwordKey = (node: string) => `/registry/secrets/kube-system/${node}.node-password.k3s`;

const hashOf = (password: string) => createHash('sha256').update(password).digest('hex');

/**
 * Whether a machine may be this Node: the first one that comes is believed and its password kept, another machine under the
 * same name is refused until the Secret is deleted. A machine without a password makes one.
 */
export function isKnownAs(node: string, machine: Machine, store: EtcdStore): boolean {
  const { files, cluster } = machine;
  if (!files.has(path)) files.place(path, `${hashOf(`${machine.name} ${cluster.now()}`).slice(0, 32)}\n`, 0o600);
  const hash = hashOf(files.text(path).trim());
  const kept = store.get(passwordKey(node));
  if (kept === undefined) store.put(passwordKey(node), hash);
  return kept === undefined || kept === hash;
}
