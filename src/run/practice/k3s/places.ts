import { createHash } from 'node:crypto';
import type { Machine } from '../world';
import { readConfig } from './config';

export const k3sData = '/var/lib/rancher/k3s';
export const etcdFolder = `${k3sData}/server/db/etcd`;

/** The name of a new member: that of its Node and eight digits that no member had before. */
export function memberName(machine: Machine, born: string): string {
  const name = readConfig(machine).get('node-name') ?? machine.hostName;
  return `${name}-${createHash('sha256').update(`${name}${born}`).digest('hex').slice(0, 8)}`;
}
