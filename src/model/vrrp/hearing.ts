import { sameIp } from '../../base/address';
import type { VrrpInstance, VrrpNode } from './node';

/** What becomes of an advert on its way between two instances: it does not arrive, is thrown away, or counts. */
type Reception = 'deaf' | 'rejected' | 'accepted';

/**
 * What `receiver` does with an advert of `sender` when the network between them works (`vrrp_check_packet` in
 * keepalived/vrrp/vrrp.c). Where the files do not tell an address, the peers are believed to be each other's.
 */
function reception(sender: VrrpInstance, receiver: VrrpInstance, others: readonly VrrpNode[]): Reception {
  if (sender.vrid !== receiver.vrid || sender.family !== receiver.family) return 'deaf';
  if ((sender.unicastPeers === undefined) !== (receiver.unicastPeers === undefined)) return 'deaf';
  if (sender.unicastPeers === undefined) {
    if (sender.multicastGroup !== receiver.multicastGroup) return 'deaf';
  } else if (!reaches(sender.unicastPeers, receiver, others)) return 'deaf';

  if (sender.version !== receiver.version || sender.auth !== receiver.auth) return 'rejected';
  if (sender.version === 2 && sender.advertUs !== receiver.advertUs) return 'rejected';
  if (sender.addresses.length !== receiver.addresses.length) return 'rejected';
  const known = (address: string) => receiver.addresses.some((each) => sameIp(each, address));
  if (!sender.addresses.every(known)) return 'rejected';
  if (
    receiver.checksUnicastSource &&
    receiver.unicastPeers !== undefined &&
    sender.sourceAddress !== undefined &&
    !receiver.unicastPeers.some((peer) => sameIp(peer, sender.sourceAddress ?? ''))
  )
    return 'rejected';
  return 'accepted';
}

/** Whether one of `peers` is the receiver: its own address, or, when that is not known, one that no other node has. */
function reaches(peers: readonly string[], receiver: VrrpInstance, others: readonly VrrpNode[]): boolean {
  const source = receiver.sourceAddress;
  if (source !== undefined) return peers.some((peer) => sameIp(peer, source));
  const taken = others.flatMap((node) => node.instances.flatMap((each) => each.sourceAddress ?? []));
  return peers.some((peer) => !taken.some((address) => sameIp(address, peer)));
}

/** One instance's line to another: indexes into all instances of all nodes, and what the receiver makes of adverts. */
export interface Line {
  readonly to: number;
  readonly accepted: boolean;
}

/** An instance with the index of its node. */
export interface Placed {
  readonly node: number;
  readonly instance: VrrpInstance;
}

/** For each instance, the lines on which its adverts arrive somewhere. */
export function hearingGraph(nodes: readonly VrrpNode[], placed: readonly Placed[]): readonly (readonly Line[])[] {
  return placed.map(({ node, instance }) =>
    placed.flatMap((other, to) => {
      if (other.node === node || !sameSegment(instance, other, nodes)) return [];
      const result = reception(instance, other.instance, nodes);
      return result === 'deaf' ? [] : [{ to, accepted: result === 'accepted' }];
    }),
  );
}

/**
 * A node may use one VRID on several interfaces; then only the instance on the interface of the same name is on the
 * sender's segment. With a single one the names do not matter: machines name their interfaces as they like.
 */
function sameSegment(sender: VrrpInstance, other: Placed, nodes: readonly VrrpNode[]): boolean {
  const alike = (nodes[other.node]?.instances ?? []).filter(
    (each) => each.vrid === sender.vrid && each.family === sender.family,
  );
  return alike.length < 2 || other.instance.interface === sender.interface;
}
