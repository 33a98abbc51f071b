import { contains, parseIp } from '../../base/address';
import { say } from '../../base/message';
import type { ClusterModel } from '../../model/cluster/cluster-model';
import type { RouterFacts } from '../../model/cluster/facts/file-facts';
import { type Rule, rule } from '../rule';

export const routerIdShared = rule<readonly ClusterModel[]>({
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
        path: id.path,
        span: id.span,
        message: say(
          'a router of another cluster in this network has id {0} too: each gets the adverts of the other; use a free one',
          id.value,
        ),
        related: [{ path: theirs.path, span: theirs.span, message: say('the other value is here') }],
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

/** The rules over all clusters of a workspace. */
export const workspaceRules: readonly Rule<readonly ClusterModel[]>[] = [routerIdShared];
