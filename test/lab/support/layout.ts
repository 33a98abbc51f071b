import { homedir } from 'node:os';
import { join } from 'node:path';

/** Tells labs apart that are up at the same time on one host: 1, 2 …; empty for the only one. */
const number = /^[1-9]\d?$/.exec(process.env.HAVEN_LAB_NUMBER ?? '')?.[0] ?? '';

/** Everything the lab writes. It has to be on a file system that can be the upper layer of an overlay: ext4 or xfs. */
export const stateFolder =
  process.env.HAVEN_LAB_STATE ?? join(process.env.HAVEN_CACHE ?? join(homedir(), '.cache/haven'), `lab${number}`);

/** The outer network namespace: loopback, the bridge, and no way out. The tests run in it. */
export const namespace = `havenlab${number}`;
export const bridge = 'brlab';
/** The network namespace of a machine. */
export const namespaceOf = (machine: string): string => `hl${number}-${machine}`;

export const network = `10.77.${number || 0}`;
export const clientAddress = `${network}.1`;
export const virtualAddress = `${network}.100`;
export const networkAddress = `${network}.0/24`;

/**
 * What runs on the machines: `machines` has etcd, haproxy, keepalived and the files where kubeadm puts them, with something
 * that only answers like an API server; `k3s` and `kubeadm` run the real thing.
 */
export const modes = ['machines', 'k3s', 'kubeadm'] as const;
export type Mode = (typeof modes)[number];

/** How many machines of each kind there are: servers `cp1` …, load balancers `lb1` …, agents `w1` …. */
interface Shape {
  readonly servers: number;
  readonly balancers: number;
  readonly agents: number;
}

export const shapes: Readonly<Record<Mode, Shape>> = {
  machines: { servers: 3, balancers: 2, agents: 1 },
  k3s: { servers: 3, balancers: 2, agents: 1 },
  kubeadm: { servers: 3, balancers: 2, agents: 1 },
};

type Kind = 'server' | 'balancer' | 'agent';

/** A machine of the lab, by its name. */
export interface Machine {
  readonly name: string;
  readonly kind: Kind;
  /** Counted from 1 within its kind. */
  readonly number: number;
  readonly address: string;
}

/** The machines of a lab of this shape, each with an address of its own. */
export function machinesOf({ servers, balancers, agents }: Shape): readonly Machine[] {
  const several = (prefix: string, kind: Kind, count: number, from: number): Machine[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `${prefix}${index + 1}`,
      kind,
      number: index + 1,
      address: `${network}.${from + index + 1}`,
    }));
  return [
    ...several('cp', 'server', servers, 10),
    ...several('lb', 'balancer', balancers, 30),
    ...several('w', 'agent', agents, 20),
  ];
}

/** A layer between a machine's own files and the root file system that all share. */
export const layerOf = (name: 'containers' | 'k3s' | 'kubeadm'): string => join(stateFolder, name);

/** Where a machine's files, its console and its power supply's process number lie. */
export const folderOf = (name: string): string => join(stateFolder, 'machines', name);

/** The stable address on the wire: a machine that comes back is the same machine. */
export const macOf = ({ address }: Machine): string =>
  `02:77:00:00:00:${Number(address.split('.')[3]).toString(16).padStart(2, '0')}`;
