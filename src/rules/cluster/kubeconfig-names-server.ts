import { related } from '../../base/finding';
import { say } from '../../base/message';
import { type ClusterModel, controlPlanes, named } from '../../model/cluster/cluster-model';
import { rule } from '../rule';

export const kubeconfigNamesServer = rule<ClusterModel>({
  id: 'cluster/kubeconfig-names-server',
  severity: 'hint',
  summary: 'A kubeconfig names one server of a cluster that has an endpoint for all of them.',

  *check(model) {
    const { endpoint, inventory } = model;
    const planes = controlPlanes(model);
    // Without an inventory nobody knows whether these are all servers.
    if (inventory === undefined || endpoint === undefined || planes.length < 2) return;
    if (planes.some((plane) => named(plane.addresses, endpoint.value.host) !== undefined)) return;
    for (const { path, span, value } of model.kubeconfigs.flatMap((each) => each.servers)) {
      const plane = planes.find((each) => named(each.addresses, value.host) !== undefined);
      if (plane === undefined) continue;
      yield {
        path,
        span,
        message: say(
          '"{0}" is "{1}" alone: this kubeconfig fails with that server; use the endpoint {2}',
          value.host,
          plane.label,
          endpoint.value.host,
        ),
        related: [related(endpoint, say('the endpoint is set here'))],
      };
    }
  },
});
