import { say } from '../../base/message';
import { apiBackends, type ClusterModel, describedAt } from '../../model/cluster/cluster-model';
import { rule } from '../rule';

/** Paths that k3s answers to everybody. */
const open: ReadonlySet<string> = new Set(['/ping', '/cacerts']);

export const k3sRefusesCheck = rule<ClusterModel>({
  id: 'cluster/k3s-refuses-check',
  severity: 'warning',
  summary: 'A health check asks an API server of k3s for what it tells only to those it knows: every server is down.',

  *check(model) {
    if (model.distribution !== 'k3s') return;
    // k3s starts its API server with --anonymous-auth=false unless somebody says otherwise.
    const letsIn = model.k3s.some(({ facts }) =>
      facts.settings.get('kube-apiserver-arg')?.values.some(({ value }) => /^(?:--)?anonymous-auth=true$/.test(value)),
    );
    if (letsIn) return;
    for (const { backend } of apiBackends(model)) {
      const check = backend.httpCheck;
      if (check === undefined || check.takesUnauthorized || open.has(check.uri.split('?')[0] ?? '')) continue;
      yield {
        path: backend.path,
        span: check.span,
        message: say(
          'k3s answers {0} with 401 to a check without a certificate, so every server is down; ask /ping, which it answers to everybody',
          check.uri,
        ),
        related: describedAt(model),
        ...(check.isWritten && {
          fixes: [
            {
              title: say('Change to "{0}"', '/ping'),
              edits: [{ path: backend.path, span: check.span, newText: '/ping' }],
              confidence: 'review' as const,
            },
          ],
        }),
      };
    }
  },
});
