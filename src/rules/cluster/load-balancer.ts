import { parseIp } from '../../base/address';
import { type Finding, placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import {
  apiBackends,
  type ClusterModel,
  controlPlanes,
  doorPorts,
  frontDoors,
  named,
  type Placed,
} from '../../model/cluster/cluster-model';
import type { KeepalivedFacts, Listener, LoadBalancerFacts } from '../../model/cluster/facts/file-facts';
import { isPlaceholder, type Located } from '../../model/cluster/located';
import { machineNamedIn } from '../../model/cluster/node-name';
import { nameKey, serversWithKeys } from '../../model/cluster/servers-by-host';
import { areClose } from '../../model/cluster/slips';
import { rule } from '../rule';

function listensOn(model: ClusterModel, port: number | undefined): boolean {
  return model.loadBalancers.some(({ facts }) => facts.listeners.some((listener) => listener.port === port));
}

const backendIsVip = rule<ClusterModel>({
  id: 'cluster/backend-is-vip',
  severity: 'error',
  summary: 'A load balancer sends to the virtual address, which leads back to a load balancer.',

  *check(model) {
    const addresses = new Map<string, Located<string>>();
    for (const each of model.virtualAddresses) {
      const key = nameKey(each.value);
      if (!addresses.has(key)) addresses.set(key, each);
    }
    for (const { facts } of model.loadBalancers) {
      for (const { server, key } of serversWithKeys(facts, new Set(addresses.keys()))) {
        const address = addresses.get(key);
        // Another port of the address may be another service, which is no circle.
        if (address === undefined || !listensOn(model, server.port)) continue;
        yield {
          ...placeOf(server),
          message: say(
            '"{0}" is the virtual address itself: requests go round in circles; name the servers',
            server.host,
          ),
          related: [related(address, say('the virtual address is set here'))],
        };
      }
    }
  },
});

const backendNotAServer = rule<ClusterModel>({
  id: 'cluster/backend-not-a-server',
  severity: 'warning',
  summary: 'A backend of the API names a machine that is no control-plane node of the inventory.',

  *check(model) {
    if (!model.knowsAllNodes) return;
    const planes = controlPlanes(model);
    for (const { backend } of apiBackends(model)) {
      for (const server of backend.servers) {
        if (isPlaceholder(server.host) || planes.some((plane) => named(plane.addresses, server.host))) continue;
        if (named(model.virtualAddresses, server.host) !== undefined && listensOn(model, server.port)) continue;
        const node = model.nodes.find((each) => named([each.address, each.name], server.host));
        // A host name may be any node's; only a node with another role is certain then.
        if (node === undefined && parseIp(server.host) === undefined) continue;
        const missing = planes.find(
          (plane) => !backend.servers.some((other) => named(plane.addresses, other.host) !== undefined),
        );
        const place = node?.role ?? node?.name ?? missing?.addresses[0];
        yield {
          ...placeOf(server),
          message:
            node === undefined
              ? say('"{0}" is no control-plane node of this cluster', server.host)
              : say('"{0}" is "{1}", which is no control-plane node', server.host, node.name.value),
          related: place === undefined ? [] : [related(place, say('the node is described here'))],
        };
      }
    }
  },
});

const serverWithoutBackend = rule<ClusterModel>({
  id: 'cluster/server-without-backend',
  severity: 'warning',
  summary: 'A control-plane node is missing in the backend that leads to the others.',

  *check(model) {
    const planes = controlPlanes(model);
    for (const { backend } of apiBackends(model)) {
      for (const plane of planes) {
        const address = plane.addresses.find((each) => parseIp(each.value) !== undefined);
        if (address === undefined) continue;
        if (backend.servers.some((server) => named(plane.addresses, server.host) !== undefined)) continue;
        // Server lines may name hosts that only DNS can tell apart.
        if (backend.servers.some((server) => parseIp(server.host) === undefined)) continue;
        // Most likely the line that names nobody else was meant to be this node's.
        const strange = backend.servers.filter((server) => !planes.some((each) => named(each.addresses, server.host)));
        const sample = strange.find((server) => server.name === plane.label) ?? strange[0] ?? backend.servers.at(-1);
        const message = say(
          '"{0}" ({1}) is a control-plane node, but backend "{2}" does not send to it',
          plane.label,
          address.value,
          backend.name,
        );
        yield {
          ...placeOf(backend),
          message,
          related: [related(address, say('the node is described here'))],
        };
        yield {
          ...placeOf(address),
          message,
          related: [{ path: backend.path, span: sample?.line ?? backend.span, message: say('the backend is here') }],
        };
      }
    }
  },
});

const backendPort = rule<ClusterModel>({
  id: 'cluster/backend-port',
  severity: 'error',
  summary: 'A load balancer sends to a port on which the API server of that node does not listen.',

  *check(model) {
    const planes = controlPlanes(model);
    for (const { backend } of apiBackends(model)) {
      for (const server of backend.servers) {
        const plane = planes.find((each) => named(each.addresses, server.host) !== undefined);
        if (plane === undefined || server.port === undefined || server.port === plane.port) continue;
        const place = plane.portAt ?? named(plane.addresses, server.host);
        const start = server.span.end - String(server.port).length;
        const message = say(
          'port {0}, but the API server of "{1}" listens on {2}',
          server.port,
          plane.label,
          plane.port,
        );
        yield {
          ...placeOf(server),
          message,
          related: place === undefined ? [] : [related(place, say('the node is described here'))],
          fixes: [
            {
              title: say('Change the port to {0}', plane.port),
              edits: [{ path: server.path, span: { start, end: server.span.end }, newText: String(plane.port) }],
              confidence: 'review',
            },
          ],
        };
        if (plane.portAt === undefined) continue;
        yield {
          ...placeOf(plane.portAt),
          message: say('the load balancer sends to port {0} of this node', server.port),
          related: [related(server, say('the backend is here'))],
        };
      }
    }
  },
});

const apiPortTaken = rule<ClusterModel>({
  id: 'cluster/api-port-taken',
  severity: 'error',
  summary: 'A load balancer on a control-plane node listens on the port that the API server of this node needs.',

  *check(model) {
    const planes = controlPlanes(model);
    for (const { facts, nodes, pod } of model.loadBalancers) {
      for (const listener of facts.listeners) {
        // The API server listens on every address, so a single bound address is in its way as well: whichever starts second fails.
        const onNode = planes.find(
          (each) => each.node !== undefined && nodes.includes(each.node) && each.port === listener.port,
        );
        // A pod in the network of its node: which nodes is not said, but a kubelet there most often is a control plane's.
        const inPod =
          nodes.length === 0 && pod?.hostNetwork === true
            ? planes.find((each) => each.port === listener.port)
            : undefined;
        const plane = onNode ?? inPod;
        const place = onNode?.node?.name ?? (inPod === undefined ? undefined : pod?.image);
        if (plane === undefined || place === undefined) continue;
        if (listener.host !== undefined && named(plane.addresses, listener.host) === undefined) continue;
        yield {
          ...placeOf(listener),
          ...(onNode === undefined ? { severity: 'warning' } : {}),
          message: say(
            'port {0} on "{1}" belongs to its API server; listen on another port',
            listener.port,
            plane.label,
          ),
          related: [
            related(
              place,
              onNode === undefined
                ? say('this static pod runs it in the network of its node')
                : say('the node is described here'),
            ),
          ],
        };
      }
    }
  },
});

const endpointPort = rule<ClusterModel>({
  id: 'cluster/endpoint-port',
  severity: 'error',
  summary:
    'The endpoint names a port on which no load balancer of the cluster listens for the API, or one of them does not.',

  *check(model) {
    const listeners = doorPorts(model);
    const { endpoint } = model;
    yield* oddPorts(model);
    if (endpoint === undefined || endpoint.value.port === undefined || listeners.length === 0) return;
    const { port } = endpoint.value;
    if (listeners.some((listener) => listener.port === port)) return;
    // An endpoint that is one of the servers does not pass a load balancer.
    if (controlPlanes(model).some((plane) => named(plane.addresses, endpoint.value.host) !== undefined)) return;
    const ports = [...new Set(listeners.map((listener) => listener.port))].join(', ');
    const [listener] = listeners;
    if (listener === undefined) return;
    yield {
      ...placeOf(endpoint),
      message: say('no load balancer listens on port {0} for the API; they listen on {1}', port, ports),
      related: [related(listener, say('the load balancer listens here'))],
    };
    for (const each of listeners) {
      yield {
        ...placeOf(each),
        message: say('the load balancer listens on {0}, but the endpoint of the cluster is port {1}', each.port, port),
        related: [related(endpoint, say('the endpoint is set here'))],
      };
    }
  },
});

/**
 * Load balancers that hand the virtual address to each other: one that listens for the API on none of the ports of another
 * takes the API away when it becomes master. Which of two is right the endpoint tells.
 */
function* oddPorts(model: ClusterModel): Iterable<Finding> {
  if (model.virtualAddresses.length === 0) return;
  const holders = new Set(model.keepalived.flatMap(machinesOf));
  const byFile = new Map<string, Listener[]>();
  // A proxy that only its own machine asks, or one beside no keepalived, hands nothing over.
  for (const { balancer, listeners: all } of apiBackends(model)) {
    if (!machinesOf(balancer).some((machine) => holders.has(machine))) continue;
    const listeners = all.filter(({ host }) => host === undefined || !/^127\.|^::1$/.test(host));
    byFile.set(balancer.facts.path, [...(byFile.get(balancer.facts.path) ?? []), ...listeners]);
  }
  const sets = [...byFile.values()].filter((each) => each.length > 0);
  const wanted = model.endpoint?.value.port;
  const right = sets.find((each) => each.some((listener) => listener.port === wanted)) ?? sets[0];
  const [anchor] = right?.filter((listener) => listener.port === wanted) ?? [];
  const other = anchor ?? right?.[0];
  if (other === undefined) return;
  for (const each of sets) {
    const [own] = each;
    if (own === undefined || each === right || each.some((one) => right?.some((known) => known.port === one.port)))
      continue;
    yield {
      ...placeOf(own),
      message: say('port {0}, but the load balancer that takes over listens for the API on {1}', own.port, other.port),
      related: [related(other, say('the load balancer listens here'))],
    };
  }
}

/** The machines that a file is for, by the inventory or by its name; the file itself where it is all of a machine's. */
function machinesOf({ facts, nodes }: Placed<LoadBalancerFacts> | Placed<KeepalivedFacts>): readonly string[] {
  if (nodes.length > 0) return nodes.map((node) => node.name.value);
  return [machineNamedIn(facts.path) ?? facts.path];
}

const bindUnknownAddress = rule<ClusterModel>({
  id: 'cluster/bind-unknown-address',
  severity: 'warning',
  summary: 'A load balancer listens for the API on an address that is neither virtual nor its own.',

  *check(model) {
    const own = ownAddresses(model);
    if (own === undefined) yield* besidesOtherListeners(model);
    yield* besidesItsMachine(model);
    if (own === undefined || model.virtualAddresses.length === 0) return;
    const doors = frontDoors(model);
    for (const { listeners } of apiBackends(model)) {
      for (const listener of listeners) {
        const { host } = listener;
        if (host === undefined || parseIp(host) === undefined || /^127\.|^::1$/.test(host)) continue;
        if (named(doors, host) !== undefined || named(own, host) !== undefined) continue;
        const [address] = model.virtualAddresses;
        if (address === undefined) continue;
        yield {
          ...placeOf(listener),
          message: say('"{0}" is no address of a load balancer; the virtual address is "{1}"', host, address.value),
          related: [related(address, say('the virtual address is set here'))],
        };
      }
    }
  },
});

/**
 * The one load balancer of an inventory, on a machine of which the address is known and with no address that moves: it listens
 * for the API at an address alone that is close to this one, and nobody has it.
 */
function* besidesItsMachine(model: ClusterModel): Iterable<Finding> {
  const { loadBalancers, keepalived, kubeVips, nodes: machines, knowsAllNodes, damagedKinds } = model;
  if (!knowsAllNodes || keepalived.length + kubeVips.length > 0 || damagedKinds.size > 0) return;
  const [home, ...more] = loadBalancers[0]?.nodes ?? [];
  if (home === undefined || more.length > 0 || loadBalancers.length > 1) return;
  const known = [...frontDoors(model), ...machines.map((node) => node.address)];
  const all = apiBackends(model).flatMap(({ listeners }) => listeners);
  const [only] = all;
  if (only?.host === undefined || all.length > 1 || named(known, only.host) !== undefined) return;
  if (!areClose(only.host, home.address.value)) return;
  yield {
    ...placeOf(only),
    message: say('"{0}" is no address of "{1}", which is {2}', only.host, home.name.value, home.address.value),
    related: [related(home.address, say('the node is described here'))],
  };
}

/**
 * Where nobody knows the addresses of the machines: a load balancer that listens for the API at one address alone, near the
 * virtual address at which another one listens.
 */
function* besidesOtherListeners(model: ClusterModel): Iterable<Finding> {
  if (model.damagedKinds.has('keepalived')) return;
  const doors = frontDoors(model);
  const all = apiBackends(model).map(({ listeners }) => listeners);
  const at = all.flat().find(({ host }) => host !== undefined && named(model.virtualAddresses, host) !== undefined);
  if (at?.host === undefined || parseIp(at.host) === undefined) return;
  for (const listeners of all) {
    const [only, ...more] = listeners;
    if (only?.host === undefined || more.length > 0 || named(doors, only.host) !== undefined) continue;
    if (!areClose(only.host, at.host)) continue;
    yield {
      ...placeOf(only),
      message: say('"{0}" is no address of a load balancer; the virtual address is "{1}"', only.host, at.host),
      related: [related(at, say('the load balancer listens here'))],
    };
  }
}

/** The addresses of the machines; without an inventory they are known where every router of keepalived says its own. */
function ownAddresses(model: ClusterModel): readonly Located<string>[] | undefined {
  if (model.damagedKinds.has('keepalived')) return undefined;
  if (model.knowsAllNodes) return model.nodes.map((node) => node.address);
  const routers = model.keepalived.flatMap(({ facts }) => facts.routers);
  const sources = routers.flatMap((router) => router.unicastSource ?? []);
  if (sources.length < routers.length) return undefined;
  return [...sources, ...controlPlanes(model).flatMap((plane) => plane.addresses)];
}

const bindNeedsNonlocal = rule<ClusterModel>({
  id: 'cluster/bind-needs-nonlocal',
  severity: 'hint',
  summary: 'A load balancer binds the virtual address, which the standby does not have when it starts.',

  *check(model) {
    for (const { facts } of model.loadBalancers) {
      for (const listener of facts.listeners) {
        const address = listener.host === undefined ? undefined : named(model.virtualAddresses, listener.host);
        if (address === undefined || listener.transparent) continue;
        yield {
          ...placeOf(listener),
          message: say(
            '{0} starts on the standby only with net.{1}.ip_nonlocal_bind=1, as it does not have "{2}" then',
            facts.program,
            parseIp(address.value)?.family === 6 ? 'ipv6' : 'ipv4',
            address.value,
          ),
          related: [related(address, say('the virtual address is set here'))],
        };
      }
    }
  },
});

const kubeVipPort = rule<ClusterModel>({
  id: 'cluster/kube-vip-port',
  severity: 'error',
  summary: 'kube-vip serves the virtual address on a port on which an API server does not listen.',

  *check(model) {
    // kube-vip gives the address to one of the servers; nothing stands between that and its API server.
    for (const { facts } of model.kubeVips) {
      const { port } = facts;
      if (port === undefined) continue;
      for (const plane of controlPlanes(model)) {
        if (plane.portAt === undefined || plane.port === port.value) continue;
        const message = say(
          'kube-vip serves port {0}, but the API server of "{1}" listens on {2}',
          port.value,
          plane.label,
          plane.port,
        );
        yield { ...placeOf(port), message, related: [related(plane.portAt, say('the node is described here'))] };
        yield { ...placeOf(plane.portAt), message, related: [related(port, say('the load balancer listens here'))] };
      }
    }
  },
});

export const loadBalancerRules = [
  kubeVipPort,
  backendIsVip,
  backendNotAServer,
  serverWithoutBackend,
  backendPort,
  apiPortTaken,
  endpointPort,
  bindUnknownAddress,
  bindNeedsNonlocal,
];
