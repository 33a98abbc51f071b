import { areNeighbours, contains, parseCidr, parseIp, sameIp } from '../../base/address';
import { say } from '../../base/message';
import { type ClusterModel, type ClusterNode, named, settingList } from '../../model/cluster/cluster-model';
import { isPlaceholder, type Located } from '../../model/cluster/located';
import { rule } from '../rule';

/** What each file says its own node's address is, with the node the file is for. */
function claims(
  model: ClusterModel,
): readonly { readonly at: Located<string>; readonly node: ClusterNode | undefined }[] {
  const k3s = model.k3s.flatMap((each) =>
    ['node-ip', 'advertise-address'].flatMap((key) => settingList(each, key).map((at) => ({ at, node: each.node }))),
  );
  const kubeadm = model.kubeadm.flatMap(({ facts, nodes }) =>
    facts.advertiseAddress === undefined
      ? []
      : [{ at: facts.advertiseAddress, node: nodes.length === 1 ? nodes[0] : undefined }],
  );
  const routers = model.keepalived.flatMap(({ facts, nodes }) =>
    facts.routers.flatMap(({ unicastSource }) =>
      unicastSource === undefined ? [] : [{ at: unicastSource, node: nodes.length === 1 ? nodes[0] : undefined }],
    ),
  );
  return [...k3s, ...kubeadm, ...routers].filter(({ at }) => !isPlaceholder(at.value));
}

export const vipIsNodeAddress = rule<ClusterModel>({
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
        path: address.path,
        span: address.span,
        message,
        related: [{ path: owner.path, span: owner.span, message: say('the node has this address') }],
      };
      yield {
        path: owner.path,
        span: owner.span,
        message,
        related: [{ path: address.path, span: address.span, message: say('the virtual address is set here') }],
      };
    }
  },
});

export const duplicateAddress = rule<ClusterModel>({
  id: 'cluster/duplicate-address',
  severity: 'error',
  summary: 'Two nodes claim the same address or name.',

  *check(model) {
    const keys = ['node-ip', 'node-external-ip', 'advertise-address', 'node-name'];
    const all = [
      ...model.k3s.flatMap((node) => keys.flatMap((key) => settingList(node, key))),
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
        path: each.path,
        span: each.span,
        message: say('"{0}" is claimed by another node as well', each.value),
        related: [{ path: other.path, span: other.span, message: say('the other node is here') }],
      };
    }
  },
});

export const nodeAddressDiffers = rule<ClusterModel>({
  id: 'cluster/node-address-differs',
  severity: 'warning',
  summary: 'A file says another address for its node than the inventory, in the same network or unlike all others.',

  *check(model) {
    const all = claims(model);
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
        path: at.path,
        span: at.span,
        message: say('"{0}", but the inventory says that {1} is {2}', at.value, node.name.value, node.address.value),
        related: [{ path: node.address.path, span: node.address.span, message: say('the node is described here') }],
      };
    }
  },
});

export const nodeNameDiffers = rule<ClusterModel>({
  id: 'cluster/node-name-differs',
  severity: 'hint',
  summary: 'A file names its node otherwise than the inventory, although those of the other nodes do not.',

  *check(model) {
    const said = [
      ...model.k3s.flatMap((each) => settingList(each, 'node-name').map((at) => ({ at, node: each.node }))),
      ...model.kubeadm.flatMap(({ facts, nodes }) =>
        facts.nodeName === undefined ? [] : [{ at: facts.nodeName, node: nodes.length === 1 ? nodes[0] : undefined }],
      ),
    ].filter(({ at }) => !isPlaceholder(at.value));
    const isSame = ({ at, node }: (typeof said)[number]) => at.value.toLowerCase() === node?.name.value.toLowerCase();
    for (const each of said) {
      const { at, node } = each;
      const others = said.filter((other) => other !== each && other.node !== undefined);
      if (node === undefined || isSame(each) || others.length < 2 || !others.every(isSame)) continue;
      yield {
        path: at.path,
        span: at.span,
        message: say(
          '"{0}", but the inventory calls this node "{1}", as the files of the others do',
          at.value,
          node.name.value,
        ),
        related: [{ path: node.name.path, span: node.name.span, message: say('the node is described here') }],
      };
    }
  },
});

export const networkOverlap = rule<ClusterModel>({
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
        path: network.path,
        span: network.span,
        message: say(
          '"{0}" contains {1}, an address of the machines: packets to it stay in the cluster',
          network.value,
          inside.value,
        ),
        related: [{ path: inside.path, span: inside.span, message: say('the address is named here') }],
      };
    }
  },
});

export const vipOutsideNetwork = rule<ClusterModel>({
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
            ip.family !== home.family ||
            prefix === undefined ||
            prefix >= (ip.family === 4 ? 31 : 127)
          )
            continue;
          if (contains({ address: ip, prefix }, home)) continue;
          yield {
            path: address.path,
            span: address.span,
            message: say('{0}/{1} is not the network of this node, which has {2}', address.value, prefix, own.value),
            related: [{ path: own.path, span: own.span, message: say('the node has this address') }],
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
