import { areNeighbours, contains, isLinkLocal, neighbourhoodOf, parseCidr, parseIp, sameIp } from '../../base/address';
import { type Finding, placeOf, type Related, related } from '../../base/finding';
import { say } from '../../base/message';
import {
  apiBackends,
  type ClusterModel,
  type ClusterNode,
  controlPlanes,
  named,
  settingList,
} from '../../model/cluster/cluster-model';
import { isPlaceholder, type Located } from '../../model/cluster/located';
import { machineNamedIn } from '../../model/cluster/node-name';
import { areClose } from '../../model/cluster/slips';
import { rule } from '../rule';

/** What each file says its own node's address is, with the node the file is for. */
function claims(
  model: ClusterModel,
): readonly { readonly at: Located<string>; readonly node: ClusterNode | undefined }[] {
  const k3s = model.k3s.flatMap((each) =>
    ['node-ip', 'advertise-address'].flatMap((key) => settingList(each, key).map((at) => ({ at, node: each.node }))),
  );
  const kubeadm = model.kubeadm.flatMap(({ facts, nodes }) =>
    [...(facts.advertiseAddress === undefined ? [] : [facts.advertiseAddress]), ...facts.nodeIps].map((at) => ({
      at,
      node: nodes.length === 1 ? nodes[0] : undefined,
    })),
  );
  const routers = model.keepalived.flatMap(({ facts, nodes }) =>
    facts.routers.flatMap(({ unicastSource }) =>
      unicastSource === undefined ? [] : [{ at: unicastSource, node: nodes.length === 1 ? nodes[0] : undefined }],
    ),
  );
  return [...k3s, ...kubeadm, ...routers].filter(({ at }) => !isPlaceholder(at.value));
}

const vipIsNodeAddress = rule<ClusterModel>({
  id: 'cluster/vip-is-node-address',
  severity: 'error',
  summary: 'A virtual address is the address of a node, which loses it whenever another node is master.',

  *check(model) {
    const peers = model.keepalived.flatMap(({ facts }) => facts.routers.flatMap((router) => router.unicastPeers));
    const own = [...model.nodes.map((node) => node.address), ...claims(model).map(({ at }) => at), ...peers];
    const ofKubeVip = model.kubeVips.flatMap(({ facts }) => facts.address ?? []);
    for (const address of [...model.virtualAddresses, ...ofKubeVip]) {
      const owner = named(own, address.value);
      if (owner === undefined) continue;
      const message = say(
        '"{0}" is the address of a node and the virtual address; the node loses it as backup',
        address.value,
      );
      yield {
        ...placeOf(address),
        message,
        related: [related(owner, say('the node has this address'))],
      };
      yield {
        ...placeOf(owner),
        message,
        related: [related(address, say('the virtual address is set here'))],
      };
    }
  },
});

const duplicateAddress = rule<ClusterModel>({
  id: 'cluster/duplicate-address',
  severity: 'error',
  summary: 'Two nodes claim the same address or name.',

  *check(model) {
    const keys = ['node-ip', 'node-external-ip', 'advertise-address', 'node-name'];
    const all = [
      ...model.k3s.flatMap((node) => keys.flatMap((key) => settingList(node, key))),
      ...model.k3s.flatMap(({ facts: { settings, hostName } }) =>
        hostName === undefined || settings.has('node-name') || settings.has('with-node-id') ? [] : [hostName],
      ),
      ...model.kubeadm.flatMap(({ facts }) =>
        [facts.advertiseAddress, facts.nodeName].filter((each) => each !== undefined),
      ),
    ].filter((each) => !isPlaceholder(each.value));
    for (const [index, each] of all.entries()) {
      const other = all.find(
        (one, at) =>
          at !== index && one.path !== each.path && (one.value === each.value || sameIp(one.value, each.value)),
      );
      if (other === undefined) continue;
      yield {
        ...placeOf(each),
        message: say('"{0}" is claimed by another node as well', each.value),
        related: [related(other, say('the other node is here'))],
      };
    }
  },
});

/**
 * The one control plane in another network than at least two others and the address that they hand to each other by ARP, which
 * ends where the network does.
 */
function* besidesAll(model: ClusterModel): Iterable<Finding> {
  const held = [
    ...model.virtualAddresses,
    ...model.kubeVips.flatMap(({ facts }) => (facts.bgp === undefined ? (facts.address ?? []) : [])),
  ];
  const homes = controlPlanes(model).flatMap(({ addresses }) => {
    const at = addresses.find((each) => parseIp(each.value) !== undefined);
    const ip = parseIp(at?.value ?? '');
    return at === undefined || ip === undefined ? [] : [{ at, ip, network: neighbourhoodOf(ip) }];
  });
  for (const { at, ip, network } of homes) {
    const others = homes.filter((each) => each.at !== at && each.ip.family === ip.family);
    const [other] = others;
    if (other === undefined || others.length < 2 || other.network === network) continue;
    if (others.some((each) => each.network !== other.network)) continue;
    if (!held.some(({ value }) => neighbourhoodOf(parseIp(value) ?? ip) === other.network)) continue;
    yield {
      ...placeOf(at),
      severity: 'hint',
      message: say(
        '"{0}", but all other servers and the virtual address are in the network of "{1}"',
        at.value,
        other.at.value,
      ),
      related: [related(other.at, say('a node of this network is here'))],
    };
  }
}

/**
 * The one machine of an inventory that has another third number than all others, where it is an agent or has one of its kind among
 * those: a load balancer may well have a network of its own.
 */
function* besidesInventory(model: ClusterModel): Iterable<Finding> {
  const homes = model.nodes.flatMap((node) => {
    const ip = parseIp(node.address.value);
    return ip?.family === 4 ? [{ node, ip }] : [];
  });
  for (const { node, ip } of homes) {
    const others = homes.filter((each) => each.node !== node);
    const [other] = others;
    if (other === undefined || others.length < 3 || areNeighbours(ip, other.ip)) continue;
    if (!contains({ address: other.ip, prefix: 16 }, ip) || others.some((each) => !areNeighbours(each.ip, other.ip)))
      continue;
    if (!node.roles.includes('agent') && !others.some((each) => each.node.roles.join() === node.roles.join())) continue;
    yield {
      ...placeOf(node.address),
      severity: 'hint',
      message: say(
        '"{0}", but all other nodes are in the network of "{1}"',
        node.address.value,
        other.node.address.value,
      ),
      related: [related(other.node.address, say('a node of this network is here'))],
    };
  }
}

/**
 * The only load balancer of an inventory beside the endpoint, which is an address close to it that no machine has: nothing is
 * described that hands an address from one machine to another, so the balancer itself most likely has this one.
 */
function* besidesEndpoint(model: ClusterModel): Iterable<Finding> {
  const { endpoint } = model;
  const [only, ...more] = model.nodes.filter((node) => node.roles.includes('loadbalancer'));
  if (!model.knowsAllNodes || only === undefined || more.length > 0) return;
  if (endpoint === undefined || endpoint.path !== model.inventory) return;
  const kinds = ['keepalived', 'kube-vip', 'address-pool'] as const;
  const holders = [...model.keepalived, ...model.kubeVips, ...model.pools];
  if (holders.length > 0 || kinds.some((kind) => model.damagedKinds.has(kind))) return;
  const { host } = endpoint.value;
  if (!areClose(only.address.value, host) || only.roles.length > 1) return;
  if (model.nodes.some(({ address }) => sameIp(address.value, host))) return;
  const own = apiBackends(model).flatMap(({ balancer, listeners }) =>
    balancer.nodes.length === 1 && balancer.nodes[0] === only ? listeners : [],
  );
  // A second address of the machine would be listened on beside the first.
  const [listener, ...others] = own;
  if (listener === undefined || others.length > 0 || listener.port !== endpoint.value.port) return;
  const at = parseIp(listener.host ?? '');
  if (at !== undefined && at.value !== 0n && !sameIp(listener.host ?? '', host)) return;
  yield {
    ...placeOf(only.address),
    severity: 'hint',
    message: say('"{0}", but the endpoint is "{1}", which no machine has', only.address.value, host),
    related: [related(endpoint, say('the address is named here'))],
  };
}

/**
 * The kubelet has an address in the network of the one that the API server advertises, and it is another one; or it has another
 * one where on all other nodes the two are the same.
 */
function* besidesAdvertised(model: ClusterModel): Iterable<Finding> {
  for (const each of model.k3s) {
    const [own, ...more] = settingList(each, 'node-ip');
    const advertised = settingList(each, 'advertise-address')[0];
    const [mine, theirs] = [parseIp(own?.value ?? ''), parseIp(advertised?.value ?? '')];
    if (own === undefined || advertised === undefined || mine === undefined || theirs === undefined) continue;
    if (each.node !== undefined || more.length > 0 || mine.value === theirs.value) continue;
    if (!areClose(own.value, advertised.value)) continue;
    yield {
      ...placeOf(own),
      message: say(
        'the kubelet has "{0}", but the API server of this node advertises "{1}"',
        own.value,
        advertised.value,
      ),
      related: [related(advertised, say('the other value is here'))],
    };
  }
  const isAlike = ({ facts: { advertiseAddress, nodeIps } }: (typeof model.kubeadm)[number]) =>
    advertiseAddress !== undefined && named(nodeIps, advertiseAddress.value) !== undefined;
  const telling = model.kubeadm.filter(({ facts }) => facts.advertiseAddress !== undefined && facts.nodeIps.length > 0);
  for (const placed of model.kubeadm) {
    const { facts, nodes } = placed;
    const others = telling.filter((each) => each !== placed);
    const isOdd = others.length > 1 && others.every(isAlike);
    const { advertiseAddress, nodeIps } = facts;
    const advertised = parseIp(advertiseAddress?.value ?? '');
    // With an inventory both are held to it.
    if (advertiseAddress === undefined || advertised === undefined || nodes.length === 1) continue;
    if (named(nodeIps, advertiseAddress.value) !== undefined || named(model.virtualAddresses, advertiseAddress.value))
      continue;
    const near = nodeIps.find((each) => {
      const ip = parseIp(each.value);
      return ip !== undefined && (areNeighbours(advertised, ip) || (isOdd && ip.family === advertised.family));
    });
    if (near === undefined) continue;
    yield {
      ...placeOf(near),
      message: areNeighbours(advertised, parseIp(near.value) ?? advertised)
        ? say(
            'the kubelet has "{0}", but the API server of this node advertises "{1}" of the same network',
            near.value,
            advertiseAddress.value,
          )
        : say(
            'the kubelet has "{0}", but the API server of this node advertises "{1}"; on all other nodes the two are the same',
            near.value,
            advertiseAddress.value,
          ),
      related: [related(advertiseAddress, say('the other value is here'))],
    };
  }
}

/** Where the inventory gives a file to a node, if the file has the address of another one: then that is most likely what is wrong. */
function assignment(model: ClusterModel, at: Located<string>, node: ClusterNode): readonly Related[] {
  if (!model.nodes.some((each) => each !== node && sameIp(each.address.value, at.value))) return [];
  const name = model.assigned.get(at.path)?.find((each) => each.value === node.name.value);
  return name === undefined ? [] : [related(name, say('the file is given to it here'))];
}

const nodeAddressDiffers = rule<ClusterModel>({
  id: 'cluster/node-address-differs',
  severity: 'warning',
  summary: 'A file says another address for its node than the inventory, in the same network or unlike all others.',

  *check(model) {
    const all = claims(model);
    yield* besidesAdvertised(model);
    if (model.inventory === undefined) yield* besidesAll(model);
    else {
      yield* besidesInventory(model);
      yield* besidesEndpoint(model);
    }
    const agreeing = new Set(
      all.flatMap(({ at, node }) => (node !== undefined && sameIp(at.value, node.address.value) ? [node] : [])),
    );
    for (const { at, node } of all) {
      if (node === undefined || sameIp(at.value, node.address.value)) continue;
      const said = parseIp(at.value);
      const known = parseIp(node.address.value);
      if (said === undefined || known === undefined) continue;
      // A node may well have a second network; two addresses in one small network are one that was mistyped, and so is
      // one of another network where every other node has the address that the inventory says.
      const others = new Set(all.flatMap((each) => (each.node === undefined || each.node === node ? [] : [each.node])));
      const standsOut = others.size > 1 && [...others].every((each) => agreeing.has(each));
      if (!areNeighbours(known, said) && (!standsOut || known.family !== said.family)) continue;
      yield {
        ...placeOf(at),
        message: say('"{0}", but the inventory says that {1} is {2}', at.value, node.name.value, node.address.value),
        related: [...assignment(model, at, node), related(node.address, say('the node is described here'))],
      };
    }
  },
});

/** The name that a file gives its node, and what the inventory, or else a load balancer, calls the node of this address. */
interface SaidName {
  readonly at: Located<string>;
  readonly called: Located<string> | undefined;
}

/** What k3s calls a node: its setting, else what the machine is called. */
function namesOf(node: ClusterModel['k3s'][number]): readonly Located<string>[] {
  const { settings, hostName } = node.facts;
  const isOwn = hostName !== undefined && !settings.has('node-name') && !settings.has('with-node-id');
  return isOwn ? [hostName] : settingList(node, 'node-name');
}

function saidNames(model: ClusterModel): readonly SaidName[] {
  const servers = apiBackends(model).flatMap(({ balancer, backend }) =>
    balancer.facts.program === 'haproxy' ? backend.servers : [],
  );
  const inBackend = (addresses: readonly Located<string>[]): Located<string> | undefined => {
    const server = servers.find((each) => named(addresses, each.host) !== undefined);
    return server === undefined ? undefined : { value: server.name, ...placeOf(server) };
  };
  const nameOf = (node: ClusterNode | undefined, addresses: readonly Located<string>[]) =>
    model.inventory === undefined ? inBackend(addresses) : node?.name;
  return [
    ...model.k3s.flatMap((each) =>
      namesOf(each).map((at) => ({ at, called: nameOf(each.node, settingList(each, 'node-ip')) })),
    ),
    ...model.kubeadm.flatMap(({ facts, nodes }): SaidName[] => {
      const { nodeName: at, advertiseAddress } = facts;
      if (at === undefined) return [];
      const addresses = advertiseAddress === undefined ? [] : [advertiseAddress];
      return [{ at, called: nameOf(nodes.length === 1 ? nodes[0] : undefined, addresses) }];
    }),
  ].filter(({ at }) => !isPlaceholder(at.value));
}

const nodeNameDiffers = rule<ClusterModel>({
  id: 'cluster/node-name-differs',
  severity: 'hint',
  summary: 'A file names its node otherwise than the inventory, although those of the other nodes do not.',

  *check(model) {
    const said = saidNames(model);
    const isSame = ({ at, called }: SaidName) => at.value.toLowerCase() === called?.value.toLowerCase();
    for (const each of said) {
      const { at, called } = each;
      const others = said.filter((other) => other !== each && other.called !== undefined);
      if (called === undefined || isSame(each) || !others.every(isSame)) continue;
      // One more witness than the place that says otherwise: another node, or the name of the file.
      if (others.length + (machineNamedIn(at.path) === called.value ? 1 : 0) < 2) continue;
      yield {
        ...placeOf(at),
        message:
          model.inventory === undefined
            ? say(
                '"{0}", but the load balancer calls this node "{1}", as the files of the others do',
                at.value,
                called.value,
              )
            : say(
                '"{0}", but the inventory calls this node "{1}", as the files of the others do',
                at.value,
                called.value,
              ),
        related: [related(called, say('the node is described here'))],
      };
    }
  },
});

const networkOverlap = rule<ClusterModel>({
  id: 'cluster/network-overlap',
  severity: 'error',
  summary: 'The network of pods or services contains the address of a node or a virtual address.',

  *check(model) {
    const networks = [
      ...model.k3s.flatMap((node) => [...settingList(node, 'cluster-cidr'), ...settingList(node, 'service-cidr')]),
      ...model.kubeadm.flatMap(({ facts }) => [...facts.podSubnets, ...facts.serviceSubnets]),
    ];
    const addresses = [
      ...model.nodes.map((node) => node.address),
      ...claims(model).map(({ at }) => at),
      ...model.virtualAddresses,
    ];
    for (const network of networks) {
      const cidr = parseCidr(network.value);
      if (cidr === undefined) continue;
      const inside = addresses.find((each) => {
        const address = parseIp(each.value);
        return address !== undefined && contains(cidr, address);
      });
      if (inside === undefined) continue;
      yield {
        ...placeOf(network),
        message: say(
          '"{0}" contains {1}, an address of the machines: packets to it stay in the cluster',
          network.value,
          inside.value,
        ),
        related: [related(inside, say('the address is named here'))],
      };
    }
  },
});

const vipOutsideNetwork = rule<ClusterModel>({
  id: 'cluster/vip-outside-network',
  severity: 'warning',
  summary: 'The virtual address is not in the network of the nodes that hold it.',

  *check(model) {
    for (const { facts, nodes } of model.keepalived) {
      for (const router of facts.routers) {
        const own = router.unicastSource ?? (nodes.length === 1 ? nodes[0]?.address : undefined);
        const home = own === undefined ? undefined : parseIp(own.value);
        if (own === undefined || home === undefined) continue;
        for (const address of router.virtualAddresses) {
          const ip = parseIp(address.value);
          const { prefix } = address;
          // Without a prefix the size of the network is not written anywhere.
          if (
            ip === undefined ||
            isLinkLocal(address.value) !== isLinkLocal(own.value) ||
            ip.family !== home.family ||
            prefix === undefined ||
            prefix >= (ip.family === 4 ? 31 : 127)
          )
            continue;
          if (contains({ address: ip, prefix }, home)) continue;
          yield {
            ...placeOf(address),
            message: say('{0}/{1} is not the network of this node, which has {2}', address.value, prefix, own.value),
            related: [related(own, say('the node has this address'))],
          };
        }
      }
    }
  },
});

export const addressRules = [
  vipIsNodeAddress,
  duplicateAddress,
  nodeAddressDiffers,
  nodeNameDiffers,
  networkOverlap,
  vipOutsideNetwork,
];
