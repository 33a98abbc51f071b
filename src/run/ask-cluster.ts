import type { HostCluster } from '../ops/host';
import { type ClusterState, clusterState, type NodeReport } from '../ops/status/cluster-state';
import type { Hosts } from './hosts';

/**
 * The cluster as its nodes describe it at this moment, all asked at once; a node that cannot be asked is silent, with the
 * reason. `vips` are its virtual addresses.
 * @throws the signal's reason when it is called off
 */
export async function askCluster(
  hosts: Pick<Hosts, 'status'>,
  cluster: HostCluster,
  vips: readonly string[],
  signal: AbortSignal,
): Promise<ClusterState> {
  const reports = await Promise.all(
    cluster.nodes.map(async (node): Promise<[string, NodeReport]> => {
      const report = await hosts.status(node, signal).then(
        (status): NodeReport => ({ kind: 'answered', status }),
        (error: unknown): NodeReport => ({
          kind: 'silent',
          reason: error instanceof Error ? error.message : String(error),
        }),
      );
      return [node.name, report];
    }),
  );
  signal.throwIfAborted();
  return clusterState(cluster, new Map(reports), vips);
}
