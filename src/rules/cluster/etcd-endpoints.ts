import { parseIp, sameIp } from '../../base/address';
import { type Finding, placeOf, related } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { type ClusterModel, named } from '../../model/cluster/cluster-model';
import { type EtcdEndpoint, etcdEndpoints, strangePeers } from '../../model/cluster/datastore';
import type { EtcdUrl, KubeadmFacts } from '../../model/cluster/facts/file-facts';
import { type Located, parseHostPort } from '../../model/cluster/located';
import { machineNamedIn } from '../../model/cluster/node-name';
import { rule } from '../rule';

export const etcdEndpointUnknown = rule<ClusterModel>({
  id: 'cluster/etcd-endpoint-unknown',
  severity: 'warning',
  summary: 'An address of the external etcd, or of a member, is that of no machine that the inventory has for it.',

  *check(model) {
    yield* strangePorts(model);
    yield* strangeOfKnownNodes(model);
    yield* strangeEndpoints(model);
    if (!model.knowsAllNodes) return;
    const strange = strangePeers(model);
    const [server] = model.nodes.filter((node) => node.roles.includes('server'));
    for (const each of strange) {
      if (server === undefined || parseIp(each.value.replace(/^.*\/\/|:\d+$/g, '')) === undefined) continue;
      yield {
        ...placeOf(each),
        message: say('"{0}" is no member that the inventory knows: etcd waits for it', each.value),
        related: [related(server.address, say('a node of this network is here'))],
      };
    }
  },
});

/** A machine that etcd alone runs on. */
interface EtcdHost {
  readonly name: string;
  readonly at: Located<string>;
  /** Also names by which it is called. */
  readonly names: readonly Located<string>[];
}

/** The machines for etcd alone: by the inventory, or without one by the files that set them up. */
function etcdHosts(model: ClusterModel): readonly EtcdHost[] {
  if (model.knowsAllNodes)
    return model.nodes
      .filter((node) => node.roles.includes('etcd'))
      .map(({ name, address }) => ({ name: name.value, at: address, names: [address, name] }));
  return model.kubeadm.flatMap(({ facts }) => {
    const { advertiseAddress: at, nodeName } = facts;
    if (!facts.isEtcdHost || at === undefined) return [];
    return [{ name: nodeName?.value ?? at.value, at, names: [at] }];
  });
}

/** Endpoints that are none of the machines for etcd; where none of them is, the machines are somebody else's. */
function* strangeEndpoints(model: ClusterModel): Iterable<Finding> {
  const hosts = etcdHosts(model);
  const known = hosts.flatMap((host) => host.names);
  const endpoints = etcdEndpoints(model);
  const [first] = hosts;
  if (first === undefined || !endpoints.some((each) => named(known, each.value) !== undefined)) return;
  const lacking = hosts.find((host) => !endpoints.some((one) => named(host.names, one.value)));
  // Without an inventory there may be further machines; with one that nobody asks the address is most likely wrong.
  if (!model.knowsAllNodes && lacking === undefined) return;
  const place = (lacking ?? first).at;
  const described = [related(place, say('the node is described here'))];
  for (const each of endpoints) {
    const twice = endpoints.find(
      (one) => one !== each && one.path === each.path && one.value === each.value && one.span.start < each.span.start,
    );
    if (twice !== undefined && lacking !== undefined) {
      const message = say('"{0}" stands in the list already, and {1} is missing', each.value, lacking.name);
      yield { ...placeOf(each), message, related: described };
    }
    if (parseIp(each.value) === undefined || named(known, each.value) !== undefined) continue;
    const message = model.knowsAllNodes
      ? say('"{0}" is no etcd host of the inventory', each.value)
      : say('"{0}" is no etcd host that a file sets up', each.value);
    yield { ...placeOf(each), message, related: described };
  }
}

/** A port that no other endpoint of the same list has, where there are at least two others. */
function* strangePorts(model: ClusterModel): Iterable<Finding> {
  yield* oddPorts(etcdEndpoints(model));
  const lists = model.kubeadm.filter(({ facts }) => facts.initialCluster.length > 0);
  const [only, ...more] = lists;
  // Lists of several members, and what one says of itself, are held to each other elsewhere.
  if (only === undefined || more.length > 0) return;
  yield* oddPorts(
    only.facts.initialCluster.flatMap((each) => {
      const [name, url = ''] = each.value.split('=');
      const read = parseHostPort(url);
      const isOwn = name === only.facts.etcdName?.value || only.facts.etcdUrls.some(({ value }) => value === url);
      return read === undefined || isOwn ? [] : [{ ...each, value: read.host, port: read.port }];
    }),
  );
}

function* oddPorts(endpoints: readonly EtcdEndpoint[]): Iterable<Finding> {
  for (const each of endpoints) {
    const rest = endpoints.filter((one) => one !== each && one.path === each.path && one.value !== each.value);
    const [other] = rest;
    if (other === undefined || rest.length < 2 || rest.some((one) => one.port !== other.port)) continue;
    if (each.port === other.port) continue;
    yield {
      ...placeOf(each),
      message: say('port {0} of etcd, and {1} at all other members', each.port ?? 2379, other.port ?? 2379),
      related: [related(other, say('the other value is here'))],
    };
  }
}

/**
 * Members of etcd against what the files of the nodes say, where no inventory does: a member of the name of a node that
 * has another address, although those of others have theirs.
 */
function* strangeOfKnownNodes(model: ClusterModel): Iterable<Finding> {
  if (model.inventory !== undefined) return;
  const nodes = model.kubeadm.flatMap(({ facts }) => {
    const name = facts.nodeName?.value ?? machineNamedIn(facts.path);
    return name === undefined || facts.advertiseAddress === undefined ? [] : [{ name, at: facts.advertiseAddress }];
  });
  const members = model.kubeadm
    .flatMap(({ facts }) => facts.initialCluster)
    .map((at) => {
      const [name = '', url = ''] = at.value.split('=');
      return { at, node: nodes.find((each) => each.name === name), host: parseHostPort(url)?.host ?? '' };
    });
  const isHome = ({ node, host }: (typeof members)[number]) => node !== undefined && sameIp(node.at.value, host);
  if (!members.some(isHome)) return;
  for (const member of members) {
    const { at, node, host } = member;
    if (node === undefined || parseIp(host) === undefined || isHome(member)) continue;
    yield {
      ...placeOf(at),
      message: say(
        '"{0}", but {1} has the address {2}: etcd waits for a member that is not there',
        at.value,
        node.name,
        node.at.value,
      ),
      related: [related(node.at, say('the node is described here'))],
    };
  }
}

export const etcdMembersDiffer = rule<ClusterModel>({
  id: 'cluster/etcd-members-differ',
  severity: 'error',
  summary: '`initial-cluster` gives a member of etcd another address than another file, or its own URLs, do.',

  *check(model) {
    yield* strangeOwnUrls(model);
    for (const { facts } of model.kubeadm) yield* memberAtOdds(facts);
    const members = model.kubeadm.flatMap(({ facts }) =>
      facts.initialCluster.map((at) => {
        const equals = at.value.indexOf('=');
        return { at, name: at.value.slice(0, equals), url: at.value.slice(equals + 1) };
      }),
    );
    for (const { at, name, url } of members) {
      const same = members.filter((each) => each.name === name && each.at.path !== at.path);
      const other = same.find((each) => each.url !== url);
      // Of three files the two that are at one are left alone.
      if (other === undefined || same.filter((each) => each.url === url).length > 1) continue;
      if (same.some((each) => each.url === url) && same.filter((each) => each.url === other.url).length < 2) continue;
      yield {
        ...placeOf(at),
        message: say('"{0}" has the address {1} in the list of another member: etcd does not start', name, other.url),
        related: [related(other.at, say('the other value is here'))],
      };
    }
  },
});

/**
 * What the arguments of one member say of it, held to each other: etcd starts only where the list of members has its name
 * with the URLs that it advertises to them, and listens for clients and members at ports of their own (etcd
 * server/embed/config.go, server/config/config.go).
 */
function* memberAtOdds({ initialCluster, etcdUrls, etcdName }: KubeadmFacts): Iterable<Finding> {
  const only = (argument: EtcdUrl) => {
    const [first, ...others] = etcdUrls.filter((each) => each.argument === argument);
    const port = others.length > 0 || first === undefined ? undefined : parseHostPort(first.value)?.port;
    return first === undefined || port === undefined ? undefined : { at: first, port };
  };
  const told = (place: Located<string>, message: Message, other: Located<unknown>): Finding => ({
    ...placeOf(place),
    message,
    related: [related(other, say('the other value is here'))],
  });
  const advertised = only('initial-advertise-peer-urls');
  const entry = initialCluster.find((each) => each.value.endsWith(`=${advertised?.at.value}`));
  const inList = initialCluster.find((each) => each.value.startsWith(`${etcdName?.value}=`));
  if (etcdName !== undefined && entry !== undefined && entry !== inList)
    yield told(
      etcdName,
      say('the list of members has the URL of this one as "{0}": etcd does not start', entry.value),
      entry,
    );
  const url = inList?.value.slice(inList.value.indexOf('=') + 1) ?? '';
  const [listed, own] = [parseHostPort(url), parseHostPort(advertised?.at.value ?? '')];
  if (advertised !== undefined && inList !== undefined && listed?.port !== undefined && listed.host === own?.host)
    if (listed.port !== advertised.port)
      yield told(advertised.at, say('the list of members has "{0}" for this one: etcd does not start', url), inList);
  const [peers, clients] = [only('listen-peer-urls'), only('listen-client-urls')];
  if (peers !== undefined && clients !== undefined && peers.at.value === clients.at.value)
    yield told(
      clients.at,
      say('etcd listens for clients and for members at "{0}": give each a port', clients.at.value),
      peers.at,
    );
  const pairs = [
    [peers, advertised],
    [clients, only('advertise-client-urls')],
  ] as const;
  for (const [listening, announced] of pairs)
    if (listening !== undefined && announced !== undefined && listening.port !== announced.port)
      yield {
        ...told(announced.at, say('etcd listens on port {0}, not here', listening.port), listening.at),
        severity: 'warning',
      };
}

/** URLs of a member itself with another address than the list of members gives it. */
function* strangeOwnUrls(model: ClusterModel): Iterable<Finding> {
  for (const { facts } of model.kubeadm) {
    const own = facts.initialCluster.find((each) => each.value.startsWith(`${facts.nodeName?.value}=`));
    const home = own === undefined ? undefined : parseHostPort(own.value.slice(own.value.indexOf('=') + 1))?.host;
    if (own === undefined || home === undefined || parseIp(home) === undefined) continue;
    const urls = facts.etcdUrls.map((at) => ({ at, host: parseHostPort(at.value)?.host ?? '' }));
    // Where none of them is at home, clients have a network of their own.
    if (!urls.some(({ host }) => sameIp(host, home))) continue;
    for (const { at, host } of urls) {
      if (parseIp(host) === undefined || sameIp(host, home) || /^(?:127\.|0\.0\.0\.0$|::1?$)/.test(host)) continue;
      yield {
        ...placeOf(at),
        severity: 'warning',
        message: say('"{0}", but the list of members gives this node the address {1}', at.value, home),
        related: [related(own, say('the other value is here'))],
      };
    }
  }
}
