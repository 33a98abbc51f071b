import type { HostNode } from '../ops/host';
import type { Plan } from '../ops/plan';
import { type K3sServerFacts, k3sFactsCommand, parseK3sFacts } from '../ops/restore/k3s-facts';
import { kubeadmFactsCommand, parseKubeadmFacts } from '../ops/restore/kubeadm-facts';
import { type K3sRestoreParameters, planK3sRestore } from '../ops/restore/plan-k3s';
import { planKubeadmRestore } from '../ops/restore/plan-kubeadm';
import { isInS3 } from '../ops/restore/restore-snapshot';
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
}

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
    return {
      answered: [...facts.keys()],
      k3s: [...facts.values()],
      plan: (now, parameters) => planK3sRestore(now, [...facts.values()], parameters),
    };
  }
  const question = {
    command: (node: HostNode) => kubeadmFactsCommand(pathOn(node)),
    read: (stdout: string, node: HostNode) => parseKubeadmFacts(node.name, stdout),
  };
  const facts = await askEach(hosts, servers, question, signal);
  return {
    answered: [...facts.keys()],
    k3s: [],
    plan: (now, { stamp, absent, snapshot }) => {
      if (isInS3(snapshot)) throw new Error('only k3s fetches snapshots from S3 by itself');
      return planKubeadmRestore(now, [...facts.values()], { stamp, absent, snapshot });
    },
  };
}
