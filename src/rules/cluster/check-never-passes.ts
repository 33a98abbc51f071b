import { say } from '../../base/message';
import { apiBackends, type ClusterModel, describedAt } from '../../model/cluster/cluster-model';
import { rule } from '../rule';

/** Paths that a healthy API server answers with 200 (kubernetes.io, "Kubernetes API health endpoints"; of k3s /ping). */
const healthy: ReadonlySet<string> = new Set(['/readyz', '/livez', '/healthz', '/ping']);

/** What everybody may read of the API server (kubernetes/kubernetes, role system:public-info-viewer). */
const isPublic = /^\/(?:readyz|livez|healthz|version\/?)$/;

/** Whether kubeadm's configuration is known and leaves it to the API server to answer everybody. */
function answersAll({ kubeadm }: ClusterModel): boolean {
  const founders = kubeadm.filter(({ facts }) => facts.hasClusterConfiguration);
  return founders.length > 0 && !founders.some(({ facts }) => facts.decidesOnAnonymous);
}

export const checkNeverPasses = rule<ClusterModel>({
  id: 'cluster/check-never-passes',
  severity: 'error',
  summary: 'A health check takes no answer that a healthy API server gives: every server is down.',

  *check(model) {
    for (const { backend } of apiBackends(model)) {
      const check = backend.httpCheck;
      if (check === undefined) continue;
      const [path = ''] = check.uri.split('?');
      // k3s answers this to everybody before it asks who it is.
      const isForAll = model.distribution === 'k3s' && path === '/ping' && !check.takesOk;
      const isPublicly = model.distribution === 'kubeadm' && isPublic.test(path) && !check.takesOk && answersAll(model);
      if (check.takesUnauthorized && !isForAll && !isPublicly) continue;
      if (check.takesOk) {
        if (model.distribution !== 'kubeadm' || check.takesForbidden || isPublic.test(path)) continue;
        yield {
          path: backend.path,
          span: check.span,
          // Somebody may have let everybody read more.
          severity: 'warning',
          message: say('without a certificate the API server answers {0} with 403: ask {1}', check.uri, '/readyz'),
          related: describedAt(model),
        };
        continue;
      }
      // Of what k3s tells to nobody another rule speaks.
      if (!healthy.has(path) || (model.distribution === 'k3s' && path !== '/ping')) continue;
      yield {
        path: backend.path,
        span: check.span,
        // kubeadm's API server may be told otherwise in its manifest.
        ...(isPublicly && check.takesUnauthorized ? { severity: 'warning' as const } : {}),
        message: say('a healthy API server answers {0} with 200, which this check does not take', check.uri),
        related: [
          ...(check.expectSpan === undefined
            ? []
            : [{ path: backend.path, span: check.expectSpan, message: say('because of this') }]),
          ...describedAt(model),
        ],
      };
    }
  },
});
