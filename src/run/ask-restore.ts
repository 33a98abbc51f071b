import type { HostNode } from '../ops/host';
import type { Plan } from '../ops/plan';
import { k3sFactsCommand, parseK3sFacts } from '../ops/restore/k3s-facts';
import { kubeadmFactsCommand, parseKubeadmFacts } from '../ops/restore/kubeadm-facts';
import { planK3sRestore } from '../ops/restore/plan-k3s';
import { planKubeadmRestore } from '../ops/restore/plan-kubeadm';
import type { RestoreParameters } from '../ops/restore/shared-steps';
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
  plan(state: ClusterState, parameters: RestoreParameters): Plan;
}

/**
 * Asks all servers what a restore must know of them; the one where the snapshot lies judges it as well.
 * @throws the signal's reason when it is called off
 */
export async function askRestore(
  hosts: Pick<Hosts, 'connect'>,
  { cluster }: ClusterState,
  { host, path }: SnapshotPlace,
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
    plan: (now, parameters) => planKubeadmRestore(now, [...facts.values()], parameters),
  };
}
