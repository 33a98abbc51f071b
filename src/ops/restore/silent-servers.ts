import { say } from '../../base/message';
import type { Concern, Concerns } from '../plan';
import type { ClusterState } from '../status/cluster-state';

/** Servers of kubeadm that did not answer: a danger unless the operator says that they are off, and even then to be told of. */
export function silentServers(
  { nodes }: ClusterState,
  answered: readonly { readonly host: string }[],
  absent: readonly string[],
): Concerns {
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  for (const { node } of nodes.filter((each) => each.node.roles.includes('server'))) {
    if (answered.some((each) => each.host === node.name)) continue;
    if (absent.includes(node.name)) {
      warnings.push({
        host: node.name,
        message: say('it is left out: started with the data it has, it would ask for the old cluster'),
        remedy: say('reset it and let it join again'),
      });
    } else {
      blockers.push({
        host: node.name,
        message: say('it does not answer, so nobody can prove that its etcd is stopped'),
        remedy: say('bring it back, or switch it off and say so'),
      });
    }
  }
  return { blockers, warnings };
}
