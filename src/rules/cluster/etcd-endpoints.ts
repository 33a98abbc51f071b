import { parseIp } from '../../base/address';
import { say } from '../../base/message';
import { type ClusterModel, named } from '../../model/cluster/cluster-model';
import { etcdEndpoints, strangePeers } from '../../model/cluster/datastore';
import { rule } from '../rule';

export const etcdEndpointUnknown = rule<ClusterModel>({
  id: 'cluster/etcd-endpoint-unknown',
  severity: 'warning',
  summary: 'An address of the external etcd, or of a member, is that of no machine that the inventory has for it.',

  *check(model) {
    if (model.inventory === undefined) return;
    const dedicated = model.nodes.filter((node) => node.roles.includes('etcd'));
    const known = dedicated.flatMap((node) => [node.address, node.name]);
    const endpoints = etcdEndpoints(model);
    const [first] = dedicated;
    // Where the inventory lists none of these machines, they are somebody else's.
    if (first !== undefined && endpoints.some((each) => named(known, each.value) !== undefined)) {
      for (const each of endpoints) {
        const rest = endpoints.filter((one) => one !== each && one.path === each.path);
        const [other] = rest;
        const twice = rest.find((one) => one.value === each.value && one.span.start < each.span.start);
        const lacking = dedicated.find((node) => !endpoints.some((one) => named([node.address, node.name], one.value)));
        if (twice !== undefined && lacking !== undefined) {
          yield {
            path: each.path,
            span: each.span,
            message: say('"{0}" stands in the list already, and {1} is missing', each.value, lacking.name.value),
            related: [
              { path: lacking.address.path, span: lacking.address.span, message: say('the node is described here') },
            ],
          };
        } else if (other !== undefined && rest.length > 1 && rest.every((one) => one.port === other.port)) {
          if (each.port !== other.port)
            yield {
              path: each.path,
              span: each.span,
              message: say('port {0} of etcd, and {1} at all other members', each.port ?? 2379, other.port ?? 2379),
              related: [{ path: other.path, span: other.span, message: say('the other value is here') }],
            };
        }
        if (parseIp(each.value) === undefined || named(known, each.value) !== undefined) continue;
        const place = (lacking ?? first).address;
        yield {
          path: each.path,
          span: each.span,
          message: say('"{0}" is no etcd host of the inventory', each.value),
          related: [{ path: place.path, span: place.span, message: say('the node is described here') }],
        };
      }
    }
    const strange = strangePeers(model);
    const [server] = model.nodes.filter((node) => node.roles.includes('server'));
    for (const each of strange) {
      if (server === undefined || parseIp(each.value.replace(/^.*\/\/|:\d+$/g, '')) === undefined) continue;
      yield {
        path: each.path,
        span: each.span,
        message: say('"{0}" is no member that the inventory knows: etcd waits for it', each.value),
        related: [
          { path: server.address.path, span: server.address.span, message: say('a node of this network is here') },
        ],
      };
    }
  },
});
