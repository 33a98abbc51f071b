import { parseIp } from '../../base/address';
import { type Finding, placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import {
  type ClusterModel,
  controlPlanes,
  doorPorts,
  frontDoors,
  identitiesOf,
  named,
  settingList,
} from '../../model/cluster/cluster-model';
import { type HostPort, isPlaceholder, type Located, parseHostPort } from '../../model/cluster/located';
import { isSlip } from '../../model/cluster/slips';
import { rule } from '../rule';

/** Every place from which something connects to the API: join addresses and kubeconfigs. */
export function connections(model: ClusterModel): readonly Located<HostPort>[] {
  const joins = model.k3s.flatMap((node) =>
    (node.facts.settings.get('server')?.values ?? []).flatMap((each): Located<HostPort>[] => {
      const value = parseHostPort(each.value);
      return value === undefined ? [] : [{ ...each, value }];
    }),
  );
  // Another rule compares controlPlaneEndpoint with the endpoint of an inventory.
  const kubeadm = model.kubeadm.flatMap(({ facts }) => [
    facts.joins,
    model.inventory !== undefined && model.endpoint?.path === model.inventory ? undefined : facts.controlPlaneEndpoint,
  ]);
  const found = [...joins, ...kubeadm, ...model.kubeconfigs.flatMap((each) => each.servers)];
  const seen = new Set<string>();
  return found.filter((each): each is Located<HostPort> => {
    if (each === undefined || isPlaceholder(each.value.host)) return false;
    const key = `${each.path}:${each.span.start}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Without an inventory whatever a load balancer sends to may be a server. */
function balanced(model: ClusterModel): readonly Located<string>[] {
  return model.loadBalancers
    .flatMap(({ facts }) => facts.backends.flatMap((backend) => backend.servers))
    .map(({ host, path, span }) => ({ value: host, path, span }));
}

/** The files in which the names of a cluster stand. */
const speaking = ['k3s', 'kubeadm', 'keepalived', 'kube-vip'] as const;

const joinAddressUnknown = rule<ClusterModel>({
  id: 'cluster/api-address-unknown',
  severity: 'warning',
  summary: 'A join address or kubeconfig names a host that is neither the endpoint nor a server of the cluster.',

  *check(model) {
    const doors = frontDoors(model);
    const planes = controlPlanes(model);
    const [door] = doors;
    const anchor = door ?? planes[0]?.addresses[0];
    if (speaking.some((kind) => model.damagedKinds.has(kind))) return;
    // The certificate of kubeadm's API is described in one file.
    const lacksCertificate =
      !model.knowsAllNodes &&
      model.kubeadm.length > 0 &&
      !model.kubeadm.some(({ facts }) => facts.hasClusterConfiguration);
    // Without an inventory and without a front door nobody knows what else may lead to the API.
    if (anchor === undefined || (!model.knowsAllNodes && door === undefined)) return;
    const listed = [
      ...certificateNames(model),
      ...planes.flatMap((plane) => plane.addresses),
      ...(model.knowsAllNodes ? [] : balanced(model)),
      ...model.nodes.filter((node) => node.roles.includes('loadbalancer')).flatMap((node) => [node.address, node.name]),
    ];
    for (const each of connections(model)) {
      const { host } = each.value;
      if (/^(127\.|localhost$|::1$)/.test(host)) continue;
      if (named(doors, host) !== undefined) continue;
      // A certificate that has the name does not make it one that leads somewhere.
      const meant = doors.find((each) => isSlip(each.value, host));
      if (meant !== undefined) {
        yield {
          ...placeOf(each),
          message: say('"{0}" and "{1}" are nearly the same: one of the two is likely mistyped', host, meant.value),
          related: [related(meant, say('the address is named here'))],
        };
        continue;
      }
      if (named(listed, host) !== undefined) continue;
      if (lacksCertificate && parseIp(host) === undefined) continue;
      yield {
        ...placeOf(each),
        message: say('"{0}" is neither the endpoint nor a server of this cluster, and no certificate names it', host),
        related: [related(anchor, say('the address is named here'))],
      };
    }
  },
});

/** Whether every server has the name in its certificate, so that it is the name of all of them together. */
function isNameOfAll(model: ClusterModel, name: string): boolean {
  const servers = model.k3s.filter((node) => node.role === 'server');
  return servers.length > 1 && servers.every((server) => named(settingList(server, 'tls-san'), name) !== undefined);
}

const apiPort = rule<ClusterModel>({
  id: 'cluster/api-port',
  severity: 'error',
  summary: 'A join address or kubeconfig names a port on which nothing listens at that address.',

  *check(model) {
    const doors = frontDoors(model);
    const planes = controlPlanes(model);
    const listeners = doorPorts(model);
    const all = connections(model);
    for (const each of all) {
      const { host, port } = each.value;
      if (port === undefined) continue;
      const plane = planes.find((one) => named(one.addresses, host) !== undefined);
      const atDoor = named(doors, host);
      if (plane !== undefined) {
        // A load balancer may run on the server itself.
        if (plane.port === port || listeners.some((listener) => listener.port === port)) continue;
        const place = named(plane.addresses, host);
        if (place === undefined) continue;
        yield {
          ...placeOf(each),
          message: say('port {0}, but the API server of "{1}" listens on {2}', port, plane.label, plane.port),
          related: [related(place, say('the node is described here'))],
        };
      } else if (
        atDoor !== undefined &&
        listeners.length > 0 &&
        !listeners.some((listener) => listener.port === port)
      ) {
        const [listener] = listeners;
        if (
          listener === undefined ||
          (model.endpoint?.path === each.path && model.endpoint.span.start === each.span.start)
        )
          continue;
        const ports = [...new Set(listeners.map((one) => one.port))].join(', ');
        yield {
          ...placeOf(each),
          message: say('no load balancer listens on port {0} for the API; they listen on {1}', port, ports),
          related: [related(listener, say('the load balancer listens here'))],
        };
      } else if (atDoor === undefined && listeners.length > 0 && isNameOfAll(model, host)) {
        const [listener] = listeners;
        if (listener === undefined || listeners.some((one) => one.port === port)) continue;
        const ports = [...new Set(listeners.map((one) => one.port))].join(', ');
        yield {
          ...placeOf(each),
          // The name may lead to something in front of the load balancers, of which no file tells.
          severity: 'hint',
          message: say('no load balancer listens on port {0} for the API; they listen on {1}', port, ports),
          related: [related(listener, say('the load balancer listens here'))],
        };
      } else if (atDoor === undefined) {
        // Of a name that only DNS knows the others tell, where they are at one.
        const others = all.filter((one) => one !== each && one.value.host === host && one.value.port !== undefined);
        const [other] = others;
        if (other === undefined || others.length < 2 || listeners.some((listener) => listener.port === port)) continue;
        if (other.value.port === port || others.some((one) => one.value.port !== other.value.port)) continue;
        yield {
          ...placeOf(each),
          severity: 'warning',
          message: say(
            'port {0} of "{1}", but everybody else connects to port {2}',
            port,
            host,
            other.value.port ?? 6443,
          ),
          related: [related(other, say('the other value is here'))],
        };
      }
    }
  },
});

/** What the files put into the certificates of the API. */
function certificateNames(model: ClusterModel): readonly Located<string>[] {
  return [
    ...model.k3s.flatMap((node) => settingList(node, 'tls-san')),
    ...model.kubeadm.flatMap(({ facts }) => facts.certSans?.values ?? []),
  ];
}

const plainHttp = rule<ClusterModel>({
  id: 'cluster/plain-http',
  severity: 'error',
  summary: 'A kubeconfig, or a node that joins, asks an API server without TLS, which it does not answer.',

  *check(model) {
    const planes = controlPlanes(model);
    const ports = new Set([...doorPorts(model), ...planes].map(({ port }) => port));
    for (const { isPlain, path, span, value } of model.kubeconfigs.flatMap((each) => each.servers)) {
      if (isPlain !== true) continue;
      const plane = planes.find((each) => named(each.addresses, value.host) !== undefined);
      const known = named(frontDoors(model), value.host) ?? (plane && named(plane.addresses, value.host));
      // Of a name that no file makes a door the certificate tells that it is asked for by TLS.
      const door = known ?? named(certificateNames(model), value.host);
      // Another port may be that of a proxy, as kubectl has one.
      if (door === undefined || value.port === undefined || !ports.has(value.port)) continue;
      yield {
        path,
        span,
        ...(known === undefined ? { severity: 'warning' as const } : {}),
        message: say('the API server speaks TLS alone: write https://'),
        related: [related(door, say('the address is named here'))],
      };
    }
    yield* plainJoins(model);
  },
});

/**
 * Nodes of k3s that join without https, which their own files tell: here with the place that has the address, or else with another
 * node that joins there.
 */
function* plainJoins(model: ClusterModel): Iterable<Finding> {
  const joins = model.k3s.flatMap((node) => node.facts.settings.get('server')?.values.at(-1) ?? []);
  const places = [
    ...frontDoors(model),
    ...controlPlanes(model).flatMap((plane) => plane.addresses),
    ...model.nodes.map((node) => node.address),
  ];
  for (const { value, path, span } of joins) {
    const host = parseHostPort(value)?.host;
    if (host === undefined || isPlaceholder(host) || /^https:/i.test(value)) continue;
    const isSecure = (each: Located<string>) => /^https:/i.test(each.value) && parseHostPort(each.value)?.host === host;
    const elsewhere = places.filter((each) => each.path !== path);
    const place = named(elsewhere, host) ?? joins.find(isSecure);
    if (place === undefined) continue;
    yield {
      path,
      span,
      completes: 'k3s/server-address',
      message: say('the API server speaks TLS alone: write https://'),
      related: [related(place, say('the address is named here'))],
    };
  }
}

const joinsItself = rule<ClusterModel>({
  id: 'cluster/joins-itself',
  severity: 'error',
  summary: 'A server names itself as the server to join.',

  *check(model) {
    for (const node of model.k3s) {
      const server = node.facts.settings.get('server')?.values.at(-1);
      const host = server === undefined ? undefined : parseHostPort(server.value)?.host;
      if (node.role !== 'server' || server === undefined || host === undefined) continue;
      const own = named(identitiesOf(node), host);
      if (own === undefined) continue;
      yield {
        ...placeOf(server),
        message: say('"{0}" is "{1}" itself; name another server or the load balancer', host, node.label),
        related: [related(own, say('the node is described here'))],
      };
    }
  },
});

const endpointIsOneServer = rule<ClusterModel>({
  id: 'cluster/endpoint-is-one-server',
  severity: 'warning',
  summary: 'The endpoint of a cluster with several servers is one of them, so its loss takes the endpoint away.',

  *check(model) {
    const planes = controlPlanes(model);
    const { endpoint } = model;
    if (endpoint === undefined || planes.length < 2 || parseIp(endpoint.value.host) === undefined) return;
    const plane = planes.find((each) => named(each.addresses, endpoint.value.host) !== undefined);
    const place = plane === undefined ? undefined : named(plane.addresses, endpoint.value.host);
    if (plane === undefined || place === undefined) return;
    yield {
      ...placeOf(endpoint),
      message: say('the endpoint is "{0}" alone: when it is down, nobody reaches the other servers', plane.label),
      related: [related(place, say('the node is described here'))],
    };
  },
});

export const endpointRules = [joinAddressUnknown, apiPort, plainHttp, joinsItself, endpointIsOneServer];
