import { contains, parseIp } from '../../base/address';
import { placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import { type ClusterModel, type K3sNode, keyPlace, settingText } from '../../model/cluster/cluster-model';
import type { RouterFacts } from '../../model/cluster/facts/file-facts';
import { isPlaceholder } from '../../model/cluster/located';
import { type Rule, rule } from '../rule';

const routerIdShared = rule<readonly ClusterModel[]>({
  id: 'cluster/virtual-router-id-shared',
  severity: 'warning',
  summary: 'Virtual routers of two clusters in one network have the same `virtual_router_id`.',

  *check(models) {
    const routers = models.flatMap((model) =>
      model.keepalived.flatMap(({ facts }) => facts.routers.map((router) => ({ model, router }))),
    );
    for (const { model, router } of routers) {
      const id = router.virtualRouterId;
      if (id === undefined || router.unicastPeers.length > 0) continue;
      const rival = routers.find(
        (each) =>
          each.model !== model &&
          each.router.virtualRouterId?.value === id.value &&
          each.router.unicastPeers.length === 0 &&
          areNear(router, each.router),
      )?.router;
      const theirs = rival?.virtualRouterId;
      if (rival === undefined || theirs === undefined) continue;
      yield {
        ...placeOf(id),
        message: say(
          'a router of another cluster in this network has id {0} too: each gets the adverts of the other; use a free one',
          id.value,
        ),
        related: [related(theirs, say('the other value is here'))],
      };
    }
  },
});

/** Whether two routers hold different addresses of one network, as far as a /24 or /64 tells. */
function areNear(a: RouterFacts, b: RouterFacts): boolean {
  const [mine, theirs] = [a, b].map((router) => parseIp(router.virtualAddresses[0]?.value ?? ''));
  if (mine === undefined || theirs === undefined || mine.family !== theirs.family) return false;
  return mine.value !== theirs.value && contains({ address: mine, prefix: mine.family === 4 ? 24 : 64 }, theirs);
}

const snapshotStoreShared = rule<readonly ClusterModel[]>({
  id: 'cluster/snapshot-store-shared',
  severity: 'warning',
  summary: 'Two clusters keep their snapshots under the same names in the same folder of a bucket.',

  *check(models) {
    const stores = models.flatMap((model) =>
      model.k3s.flatMap((node) => {
        const bucket = node.facts.settings.get('etcd-s3-bucket');
        const store = storeOf(node);
        return bucket === undefined || store === undefined ? [] : [{ model, bucket, store }];
      }),
    );
    for (const { model, bucket, store } of stores) {
      const rival = stores.find((each) => each.model !== model && each.store === store)?.bucket;
      if (rival === undefined) continue;
      yield {
        ...keyPlace(bucket),
        message: say(
          'another cluster keeps its snapshots here under the same names, so each deletes those of the other; give each an "etcd-s3-folder" of its own',
        ),
        related: [related(keyPlace(rival), say('the other value is here'))],
      };
    }
  },
});

/** Where a server puts its scheduled snapshots, names included; undefined where it puts none or a template says where. */
function storeOf(node: K3sNode): string | undefined {
  if (node.role !== 'server' || !/^(?:true|1|t)$/i.test(settingText(node, 'etcd-s3') ?? '')) return undefined;
  const parts = ['etcd-s3-endpoint', 'etcd-s3-bucket', 'etcd-s3-folder', 'etcd-snapshot-name'].map((key) =>
    (settingText(node, key) ?? usual[key] ?? '').replace(/^\/+|\/+$/g, ''),
  );
  return parts.some((part) => part !== '' && isPlaceholder(part)) ? undefined : parts.join('\n');
}

/** What k3s takes where nothing is set. */
const usual: Readonly<Record<string, string>> = {
  'etcd-s3-endpoint': 's3.amazonaws.com',
  'etcd-snapshot-name': 'etcd-snapshot',
};

/** The rules over all clusters of a workspace. */
export const workspaceRules: readonly Rule<readonly ClusterModel[]>[] = [routerIdShared, snapshotStoreShared];
