import { joinFactsCommand, parseJoinFacts } from '../ops/commands/join-facts';
import type { HostNode } from '../ops/host';
import type { Plan } from '../ops/plan';
import { clusterSettings } from '../ops/restore/cluster-configuration';
import { type K3sServerFacts, k3sFactsCommand, parseK3sFacts } from '../ops/restore/k3s-facts';
import { isBare, kubeadmFactsCommand, parseKubeadmFacts } from '../ops/restore/kubeadm-facts';
import {
  type NewKubeadmParameters,
  type NewMachineFacts,
  newMachineCommand,
  parseNewMachine,
} from '../ops/restore/new-kubeadm-facts';
import { type K3sRestoreParameters, planK3sRestore } from '../ops/restore/plan-k3s';
import { planKubeadmRestore } from '../ops/restore/plan-kubeadm';
import { planNewKubeadmRestore } from '../ops/restore/plan-new-kubeadm';
import { isInS3 } from '../ops/restore/restore-snapshot';
import type { SnapshotContent } from '../ops/snapshot-file/etcd-snapshot';
import type { ClusterState } from '../ops/status/cluster-state';
import { askEach } from './ask-cluster';
import type { Hosts } from './hosts';

/** A snapshot on a node, or on this machine where `host` is absent. */
export interface SnapshotPlace {
  readonly host: string | undefined;
  readonly path: string;
}

/** What the servers said before a restore, and the plan that is made of it. */
export interface RestoreAnswers {
  /** Names of the servers that answered. */
  readonly answered: readonly string[];
  /** What servers of k3s said; empty for kubeadm. */
  readonly k3s: readonly K3sServerFacts[];
  /** @throws Error for a snapshot in S3 where no k3s fetches it */
  plan(state: ClusterState, parameters: K3sRestoreParameters): Plan;
  /** Set where the servers are of kubeadm and none of them has a cluster. */
  readonly onNewMachines?: (state: ClusterState, parameters: NewWish, signal: AbortSignal) => Promise<Plan>;
}

/** What the operator gives to make a kubeadm cluster again on new machines. */
export type NewWish = Omit<NewKubeadmParameters, 'machines'>;

/**
 * Asks all servers what a restore must know of them; the one where the snapshot lies judges it as well. There is no place to
 * look at where k3s fetches the snapshot from S3.
 * @throws the signal's reason when it is called off
 */
export async function askRestore(
  hosts: Pick<Hosts, 'connect'>,
  { cluster }: ClusterState,
  { host, path }: Partial<SnapshotPlace>,
  signal: AbortSignal,
): Promise<RestoreAnswers> {
  const servers = cluster.nodes.filter((each) => each.roles.includes('server'));
  const pathOn = (node: HostNode) => (node.name === host ? path : undefined);
  if (cluster.distribution === 'k3s') {
    const question = {
      command: (node: HostNode) => k3sFactsCommand(pathOn(node)),
      read: (stdout: string, node: HostNode) => parseK3sFacts(node.name, stdout),
    };
    const facts = await askEach(hosts, servers, question, signal);
    const all = servers.flatMap(({ name }) => facts.get(name) ?? []);
    return {
      answered: [...facts.keys()],
      k3s: all,
      plan: (now, parameters) => planK3sRestore(now, all, parameters),
    };
  }
  const question = {
    command: (node: HostNode) => kubeadmFactsCommand(pathOn(node)),
    read: (stdout: string, node: HostNode) => parseKubeadmFacts(node.name, stdout),
  };
  const facts = await askEach(hosts, servers, question, signal);
  // In the order of the inventory, not in that of the answers: the first of them is the one that the others follow.
  const all = servers.flatMap(({ name }) => facts.get(name) ?? []);
  const isNew = all.length > 0 && all.every(isBare);
  // Beside servers that have their cluster still, empty machines are asked at once: they join at the end.
  const empty = isNew ? [] : servers.filter(({ name }) => all.some((each) => each.host === name && isBare(each)));
  const newcomers = empty.length === 0 ? undefined : await askNewMachines(hosts, empty, undefined, signal);
  return {
    answered: [...facts.keys()],
    k3s: [],
    ...(isNew && {
      onNewMachines: async (now, wish, calledOff) => {
        const machines = await askNewMachines(
          hosts,
          servers.filter((each) => facts.has(each.name)),
          wish.snapshot.content,
          calledOff,
        );
        return planNewKubeadmRestore(now, all, { ...wish, machines });
      },
    }),
    plan: (now, { stamp, absent, snapshot }) => {
      if (isInS3(snapshot)) throw new Error('only k3s fetches snapshots from S3 by itself');
      return planKubeadmRestore(now, all, { stamp, absent, snapshot, ...(newcomers !== undefined && { newcomers }) });
    },
  };
}

/** Asks machines that have no cluster what stands against making one there, and whether the former one is still alive. */
async function askNewMachines(
  hosts: Pick<Hosts, 'connect'>,
  machines: readonly HostNode[],
  content: SnapshotContent | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, NewMachineFacts>> {
  const { endpoint, hostPaths } = clusterSettings(content?.kubeadm?.clusterConfiguration ?? '');
  const former = (content?.members ?? []).flatMap(({ peerUrls }) =>
    peerUrls.flatMap((url) => /^https?:\/\/(.+):\d+$/.exec(url)?.[1] ?? []),
  );
  const own = new Set(machines.map(({ address }) => (address.includes(':') ? `[${address}]` : address)));
  const urls = [
    ...(endpoint === undefined ? [] : [`https://${endpoint}/livez`]),
    ...former.filter((each) => !own.has(each)).map((each) => `https://${each}:6443/livez`),
  ];
  const clocks = new Map<string, number>();
  const joining = await askEach(
    hosts,
    machines,
    {
      command: () => joinFactsCommand([]),
      read: (stdout, node) => {
        const told = parseJoinFacts(stdout);
        if (told !== undefined) clocks.set(node.name, told.clockSec - Date.now() / 1000);
        return told;
      },
    },
    signal,
  );
  const question = { command: () => newMachineCommand(hostPaths, urls), read: parseNewMachine };
  const answers = await askEach(hosts, machines, question, signal);
  const first = clocks.get(machines[0]?.name ?? '') ?? 0;
  return new Map(
    machines.flatMap(({ name }): [string, NewMachineFacts][] => {
      const told = answers.get(name);
      const skew = Math.round((clocks.get(name) ?? first) - first);
      return told === undefined ? [] : [[name, { ...told, join: joining.get(name), clockSkewSec: skew }]];
    }),
  );
}
