import { majorityOf } from '../../base/majority';
import { say } from '../../base/message';
import type { ClusterModel } from '../../model/cluster/cluster-model';
import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import { votersOf } from '../../rules/cluster/members';
import { entryOf } from '../../syntax/located-yaml';
import type { InlayHint } from '../language';

/**
 * Behind `nodes:` of each cluster, how many members of etcd have to live: the majority (etcd FAQ). Nothing where the state
 * is kept elsewhere or no file says where, and nothing of one server, which may well have no etcd.
 */
export function quorumHints(
  { text, clusters }: InventoryAnalysis,
  models: readonly ClusterModel[],
): readonly InlayHint[] {
  return clusters.flatMap(({ map }): InlayHint[] => {
    const nodes = entryOf(map, 'nodes');
    const members = models
      .filter((model) => model.knowsAllNodes && saysWhereStateIs(model))
      .map(votersOf)
      .find(
        ([first]) =>
          first !== undefined && map.span.start <= first.name.span.start && first.name.span.start < map.span.end,
      );
    if (nodes === undefined || members === undefined || members.length < 2) return [];
    const quorum = majorityOf(members.length);
    const line = text.indexOf('\n', nodes.keySpan.start);
    const end = line < 0 ? text.length : line;
    return [
      {
        offset: text[end - 1] === '\r' ? end - 1 : end,
        label: say('quorum {0} of {1}, {2} may fail', quorum, members.length, members.length - quorum),
        tooltip: say(
          'etcd answers while {0} of these members live: {1}',
          quorum,
          members.map((each) => each.name.value).join(', '),
        ),
      },
    ];
  });
}

/** Without a file of a server nobody knows whether the cluster has a database. */
function saysWhereStateIs({ k3s, kubeadm, nodes }: ClusterModel): boolean {
  return k3s.length + kubeadm.length > 0 || nodes.some((node) => node.roles.includes('etcd'));
}
