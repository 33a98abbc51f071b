import { parseIp, sameIp } from '../../base/address';
import { type Finding, type Fix, placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import { type ClusterModel, controlPlanes, named } from '../../model/cluster/cluster-model';
import type { KeepalivedFacts, RouterFacts } from '../../model/cluster/facts/file-facts';
import type { Located } from '../../model/cluster/located';
import { machineNamedIn } from '../../model/cluster/node-name';
import { areInOneNetwork } from '../../model/cluster/slips';
import { rule } from '../rule';

interface Member {
  readonly router: RouterFacts;
  /** The file, and where its lines name hosts the one of them. */
  readonly host: string;
  /** The address of the node that the file is for, when the inventory says so of one. */
  readonly home: Located<string> | undefined;
}

const known = new WeakMap<ClusterModel, readonly (readonly Member[])[]>();

/**
 * The routers of different files that hold the same address, or say the same name and id: they are one virtual router.
 * Several rules ask the same of a model, which never changes.
 */
function virtualRouters(model: ClusterModel): readonly (readonly Member[])[] {
  let found = known.get(model);
  if (found === undefined) {
    found = groupsOf(
      model.keepalived.flatMap(({ facts, nodes }) => {
        const home = nodes.length === 1 ? nodes[0]?.address : addressOfMachine(model, facts.path);
        return facts.routers.map((router) => ({ router, host: hostOf(facts), home }));
      }),
    );
    known.set(model, found);
  }
  return found;
}

/** The address of the control plane that a file is called after, where no inventory says which node it is for. */
function addressOfMachine(model: ClusterModel, path: string): Located<string> | undefined {
  const machine = model.inventory === undefined ? machineNamedIn(path) : undefined;
  const plane = machine === undefined ? undefined : controlPlanes(model).find((each) => each.label === machine);
  return plane?.addresses.find((each) => parseIp(each.value) !== undefined);
}

function groupsOf(members: readonly Member[]): readonly (readonly Member[])[] {
  const groupOf = new Map<string, Member[]>();
  for (const member of members) {
    const { router } = member;
    const keys = [
      `name ${router.name.value} ${router.virtualRouterId?.value}`,
      ...router.virtualAddresses.map((each) => `address ${plainAddress(each.value)}`),
    ];
    const joined = keys
      .map((key) => groupOf.get(key))
      .find((group) => group?.some((other) => other.host !== member.host) === true);
    const group = joined ?? [];
    group.push(member);
    for (const key of keys) if (joined !== undefined || !groupOf.has(key)) groupOf.set(key, group);
  }
  return [...new Set(groupOf.values())].filter((group) => new Set(group.map((each) => each.host)).size > 1);
}

function hostOf({ path, hosts }: KeepalivedFacts): string {
  return hosts.length === 0 ? path : `${path} ${hosts[0]?.id ?? ''}`;
}

/** An address in one form, however it is written. */
function plainAddress(text: string): string {
  const ip = parseIp(text);
  return ip === undefined ? text : `${ip.family} ${ip.value}`;
}

/** Each member with the one it is compared with: the first of the group, or for that one the second. Both files are told. */
function* pairs(group: readonly Member[]): Iterable<readonly [Member, Member]> {
  for (const member of group) {
    const other = group.find((each) => areApart(member, each));
    if (other !== undefined) yield [member, other];
  }
}

/** Each member with every other one. */
function* allPairs(group: readonly Member[]): Iterable<readonly [Member, Member]> {
  for (const member of group) for (const other of group) if (areApart(member, other)) yield [member, other];
}

/** Of two hosts, and not the same lines of a file that both include. */
function areApart(a: Member, b: Member): boolean {
  const [mine, theirs] = [a.router.name, b.router.name];
  return a.host !== b.host && (a.host.startsWith(`${mine.path} `) || mine.path !== theirs.path);
}

const routerIdDiffers = rule<ClusterModel>({
  id: 'cluster/virtual-router-id-differs',
  severity: 'error',
  summary: 'Nodes that share a virtual address have different `virtual_router_id`s, so each of them holds it.',

  *check(model) {
    for (const group of virtualRouters(model)) {
      for (const [{ router }, { router: other }] of pairs(group)) {
        const [id, wanted] = [router.virtualRouterId, other.virtualRouterId];
        if (id === undefined || wanted === undefined || id.value === wanted.value) continue;
        yield {
          ...placeOf(id),
          message: say(
            'virtual_router_id {0}, but {1} on the other node: both hold the address at once',
            id.value,
            wanted.value,
          ),
          related: [related(wanted, say('the other value is here'))],
          ...(id.replaced
            ? {}
            : {
                fixes: [
                  {
                    title: say('Change {0} to "{1}"', 'virtual_router_id', wanted.value),
                    edits: [{ ...placeOf(id), newText: String(wanted.value) }],
                    confidence: 'review' as const,
                  },
                ],
              }),
        };
      }
    }
  },
});

const priorityEqual = rule<ClusterModel>({
  id: 'cluster/priority-equal',
  severity: 'warning',
  summary: 'Two nodes of one virtual router have the same priority; who takes over is left to chance.',

  *check(model) {
    for (const group of virtualRouters(model)) {
      for (const [{ router }, { router: other }] of allPairs(group)) {
        const [mine, theirs] = [router.priority, other.priority];
        if (mine === undefined || theirs === undefined || mine.value !== theirs.value) continue;
        yield {
          ...placeOf(mine),
          message: say('priority {0} is that of another node as well; give each its own', mine.value),
          related: [related(theirs, say('the other value is here'))],
          fixes: lowering(mine, group),
        };
      }
    }
  },
});

/** The next priority below that no node of the router has. */
function lowering(priority: Located<number>, group: readonly Member[]): readonly Fix[] {
  const taken = new Set(group.map(({ router }) => router.priority?.value));
  let free = priority.value - 1;
  while (taken.has(free)) free--;
  if (free < 1 || priority.replaced === true) return [];
  return [
    {
      title: say('Change {0} to "{1}"', 'priority', free),
      edits: [{ ...placeOf(priority), newText: String(free) }],
      confidence: 'review',
    },
  ];
}

const addressesDiffer = rule<ClusterModel>({
  id: 'cluster/virtual-addresses-differ',
  severity: 'error',
  summary: 'The nodes of one virtual router do not list the same addresses; each ignores the other and holds its own.',

  *check(model) {
    for (const group of virtualRouters(model)) {
      for (const [{ router }, { router: other }] of pairs(group)) {
        const extra = router.virtualAddresses.filter(
          (each) => !other.virtualAddresses.some((one) => sameIp(one.value, each.value)),
        );
        for (const address of extra) {
          const place = other.virtualAddresses[0] ?? other.name;
          yield {
            ...placeOf(address),
            message: say(
              '"{0}" is not in the list of the other node: adverts are refused and both hold addresses',
              address.value,
            ),
            related: [related(place, say('the other list is here'))],
          };
        }
      }
    }
  },
});

const prefixDiffers = rule<ClusterModel>({
  id: 'cluster/virtual-address-prefix-differs',
  severity: 'warning',
  summary: 'The same virtual address has another prefix length on another node.',

  *check(model) {
    for (const group of virtualRouters(model)) {
      for (const [{ router }, { router: other }] of pairs(group)) {
        for (const address of router.virtualAddresses) {
          const same = other.virtualAddresses.find((each) => sameIp(each.value, address.value));
          if (same === undefined || same.prefix === address.prefix) continue;
          yield {
            ...placeOf(address),
            message: say(
              '"{0}" has the prefix /{1} here and /{2} on the other node',
              address.value,
              address.prefix ?? 32,
              same.prefix ?? 32,
            ),
            related: [related(same, say('the other value is here'))],
          };
        }
      }
    }
  },
});

const peersDiffer = rule<ClusterModel>({
  id: 'cluster/peers-one-sided',
  severity: 'error',
  summary: 'A node of a virtual router does not list another as a unicast peer, so that one never hears it.',

  *check(model) {
    for (const group of virtualRouters(model)) {
      for (const [{ router }, { router: other, home }] of allPairs(group)) {
        // Adverts without a source of their own leave with the first address of the interface: most likely the node's.
        const likely = home !== undefined && isNear(router.unicastPeers, home) ? home : undefined;
        const source = other.unicastSource ?? likely;
        if (router.unicastPeers.length === 0) {
          if (other.unicastPeers.length === 0) continue;
          const place = other.unicastPeers[0] ?? other.name;
          yield {
            ...placeOf(router.name),
            message: say('this node sends multicast and the other unicast: they never hear each other'),
            related: [related(place, say('the other list is here'))],
          };
        } else if (source !== undefined && !router.unicastPeers.some((peer) => sameIp(peer.value, source.value))) {
          const [peer] = router.unicastPeers;
          yield {
            ...placeOf(peer ?? router.name),
            ...(other.unicastSource === undefined ? { severity: 'warning' } : {}),
            message: say(
              '"{0}", the address of the other node, is not among the peers: it never hears this node',
              source.value,
            ),
            related: [related(source, say('the node has this address'))],
          };
        }
      }
    }
  },
});

/** Whether an address is a neighbour of one of the others. */
function isNear(others: readonly Located<string>[], address: Located<string>): boolean {
  return others.some((each) => areInOneNetwork(each.value, address.value));
}

const unknownPeer = rule<ClusterModel>({
  id: 'cluster/unknown-peer',
  severity: 'warning',
  summary: 'A unicast peer is an address that no node of the inventory has, or that no other list of peers has.',

  *check(model) {
    if (model.damagedKinds.has('keepalived')) return;
    if (!model.knowsAllNodes) {
      for (const group of virtualRouters(model)) yield* oddPeers(group);
      return;
    }
    const own = [...model.nodes.map((node) => node.address), ...model.virtualAddresses];
    for (const group of virtualRouters(model)) {
      const odd = [...oddPeers(group)];
      yield* odd;
      const sources = group.flatMap(({ router, home }) => router.unicastSource ?? home ?? []);
      const known = [...own, ...sources];
      for (const { router } of group) {
        const lacks = sources.some(
          (source) =>
            source !== router.unicastSource && !router.unicastPeers.some((peer) => sameIp(peer.value, source.value)),
        );
        // Where a node is missing in the list, that is what is wrong with it.
        if (lacks && router.unicastSource !== undefined) continue;
        for (const peer of router.unicastPeers) {
          const near = sources.find((source) => isNear([peer], source));
          if (near === undefined || named(known, peer.value) !== undefined) continue;
          if (odd.some(({ path, span }) => path === peer.path && span.start === peer.span.start)) continue;
          // A node may have an address of another network, or of IPv6, of which the inventory does not tell.
          if (!model.nodes.some((node) => isNear([peer], node.address))) continue;
          yield {
            ...placeOf(peer),
            message: say('"{0}" is no address of a node of this cluster: the adverts to it reach nobody', peer.value),
            related: [related(near, say('a node of this network is here'))],
          };
        }
      }
    }
  },
});

/** Where all nodes list all nodes, the one address that stands in a single list, and what all others have in its place. */
function* oddPeers(group: readonly Member[]): Iterable<Finding> {
  const lists = group.map(({ router }) => router.unicastPeers);
  for (const list of lists) {
    const others = lists.filter((each) => each !== list);
    const lacks = (peers: readonly Located<string>[], peer: Located<string>) => named(peers, peer.value) === undefined;
    const odd = list.filter((peer) => others.every((each) => lacks(each, peer)));
    const missing = (others[0] ?? []).filter((peer) => others.every((each) => !lacks(each, peer)) && lacks(list, peer));
    const [peer, wanted] = [odd[0], missing[0]];
    if (others.length < 2 || odd.length !== 1 || missing.length !== 1 || peer === undefined || wanted === undefined)
      continue;
    if (lists.some((each) => each.length !== list.length) || list.length < group.length) continue;
    yield {
      ...placeOf(peer),
      message: say('"{0}" is among the peers of this node alone; all others have "{1}"', peer.value, wanted.value),
      related: [related(wanted, say('the other list is here'))],
    };
  }
}

const interfaceDiffers = rule<ClusterModel>({
  id: 'cluster/interface-differs',
  severity: 'hint',
  summary: 'A node has the virtual address, or flannel, on another interface than the others, which are at one.',

  *check(model) {
    yield* oddInterfaces(model);
    for (const group of virtualRouters(model)) {
      const named = group.flatMap(({ router }) => router.interface ?? []);
      const count = (name: string) => named.filter((each) => each.value === name).length;
      const most = Math.max(...named.map((each) => count(each.value)));
      const common = named.find((each) => count(each.value) === most);
      if (common === undefined) continue;
      const odd = named.filter((each) => each.value !== common.value);
      for (const each of odd) {
        // Machines of different makes call their interfaces differently; a number more or less is a slip, or another network,
        // and so may be the only one that is unlike all others.
        const isAlone = odd.length === 1 && most > 1;
        if (!isAlone && plainName(each.value) !== plainName(common.value)) continue;
        yield {
          ...placeOf(each),
          message: say(
            '"{0}" here and "{1}" on the other node: is this the network of the virtual address?',
            each.value,
            common.value,
          ),
          related: [related(common, say('the other value is here'))],
        };
      }
    }
  },
});

/** The interface of flannel, or of kube-vip, that one of at least three nodes has with another number than all others. */
function* oddInterfaces(model: ClusterModel): Iterable<Finding> {
  yield* oddAmong(model.k3s.flatMap((node) => node.facts.settings.get('flannel-iface')?.values.at(-1) ?? []));
  yield* oddAmong(model.kubeVips.flatMap(({ facts }) => facts.interface ?? []));
}

function* oddAmong(all: readonly Located<string>[]): Iterable<Finding> {
  for (const each of all) {
    const others = all.filter((other) => other !== each);
    const [common] = others;
    if (common === undefined || others.length < 2 || others.some((other) => other.value !== common.value)) continue;
    if (each.value === common.value || plainName(each.value) !== plainName(common.value)) continue;
    yield {
      ...placeOf(each),
      message: say('"{0}" here and "{1}" on the other nodes: is this the same network?', each.value, common.value),
      related: [related(common, say('the other value is here'))],
    };
  }
}

/** The name of an interface without its numbers. */
function plainName(name: string): string {
  return name.replace(/\d+/g, '');
}

export const routerRules = [
  interfaceDiffers,
  unknownPeer,
  routerIdDiffers,
  priorityEqual,
  addressesDiffer,
  prefixDiffers,
  peersDiffer,
];
