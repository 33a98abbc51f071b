import { contains, parseCidr, parseIp } from '../../base/address';
import { placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import { type ClusterModel, named } from '../../model/cluster/cluster-model';
import type { PodRights, VirtualAddress } from '../../model/cluster/facts/file-facts';
import { rule } from '../rule';

const twoAddressManagers = rule<ClusterModel>({
  id: 'cluster/two-address-managers',
  severity: 'error',
  summary: 'kube-vip and keepalived both hold the same virtual address, each where it likes.',

  *check(model) {
    for (const { facts } of model.kubeVips) {
      const own = facts.address;
      const other = own === undefined ? undefined : named(model.virtualAddresses, own.value);
      if (own === undefined || other === undefined) continue;
      const message = say(
        'kube-vip and keepalived both hold "{0}" and know nothing of each other: it is on two nodes at once; keep one of them',
        own.value,
      );
      yield { ...placeOf(own), message, related: [related(other, say('the other one is here'))] };
      yield { ...placeOf(other), message, related: [related(own, say('the other one is here'))] };
    }
  },
});

const vipInPool = rule<ClusterModel>({
  id: 'cluster/vip-in-pool',
  severity: 'error',
  summary: 'A virtual address, or that of a node, is among the addresses that MetalLB gives to services.',

  *check(model) {
    const taken = [...model.virtualAddresses, ...model.nodes.map((node) => node.address)];
    for (const range of model.pools.flatMap((pool) => pool.ranges)) {
      const inside = taken.find((each) => isWithin(range.value, each.value));
      if (inside === undefined) continue;
      yield {
        ...placeOf(range),
        message: say(
          '"{0}" contains {1}, which is in use: the next service may get it; leave it out of the pool',
          range.value,
          inside.value,
        ),
        related: [related(inside, say('the address is named here'))],
      };
    }
  },
});

/** Whether a network (`10.0.0.0/24`) or a range (`10.0.0.1-10.0.0.9`) contains the address. */
function isWithin(range: string, address: string): boolean {
  const ip = parseIp(address);
  if (ip === undefined) return false;
  const cidr = parseCidr(range);
  if (cidr !== undefined) return contains(cidr, ip);
  const [low, high] = range.split('-').map((each) => parseIp(each.trim()));
  if (low === undefined || high === undefined || low.family !== ip.family) return false;
  return low.value <= ip.value && ip.value <= high.value;
}

const keepalivedPodRights = rule<ClusterModel>({
  id: 'cluster/keepalived-pod-rights',
  severity: 'error',
  summary: 'A pod of keepalived may not change the network of its node, so the node never gets the address.',

  *check(model) {
    const pods = new Map<string, { readonly rights: PodRights; readonly address: VirtualAddress | undefined }>();
    for (const { facts, pod } of model.keepalived) {
      const rights = facts.rights ?? (pod?.program === 'keepalived' ? pod : undefined);
      const address = facts.routers[0]?.virtualAddresses[0];
      if (rights !== undefined) pods.set(rights.image.path, { rights, address });
    }
    for (const { rights, address } of pods.values()) {
      const { image, hostNetwork, networkAt, privileged, capabilities } = rights;
      if (!hostNetwork)
        yield {
          path: image.path,
          span: (networkAt ?? image).span,
          message: say('without hostNetwork: true keepalived sets the address up in the pod, where nobody reaches it'),
          ...(address !== undefined && {
            related: [related(address, say('the virtual address is set here'))],
          }),
        };
      else if (!privileged && !capabilities.includes('NET_ADMIN') && !capabilities.includes('ALL'))
        yield {
          ...placeOf(image),
          message: say(
            'keepalived needs the capabilities {0} to set the address up',
            'NET_ADMIN, NET_BROADCAST, NET_RAW',
          ),
        };
    }
  },
});

const kubeVipUnannounced = rule<ClusterModel>({
  id: 'cluster/kube-vip-unannounced',
  severity: 'error',
  summary: 'kube-vip may use neither ARP nor BGP, so it ends at once and nobody holds the address.',

  *check(model) {
    for (const { facts } of model.kubeVips) {
      const place = facts.unannounced;
      if (place === undefined) continue;
      yield {
        ...placeOf(place),
        message: say('neither ARP nor BGP is on, so kube-vip holds no address: set vip_arp to "true"'),
        ...(facts.address === undefined
          ? {}
          : {
              related: [related(facts.address, say('the virtual address is set here'))],
            }),
      };
    }
  },
});

export const addressManagerRules = [kubeVipUnannounced, twoAddressManagers, vipInPool, keepalivedPodRights];
