import { parseIp, sameIp } from '../../base/address';
import { placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import { type ClusterModel, controlPlanes } from '../../model/cluster/cluster-model';
import type { BgpFacts } from '../../model/cluster/facts/file-facts';
import { isPlaceholder, type Located } from '../../model/cluster/located';
import { machineNamedIn } from '../../model/cluster/node-name';
import { areInOneNetwork } from '../../model/cluster/slips';
import { rule } from '../rule';

interface Speaker {
  readonly bgp: BgpFacts;
  /** The address of the node that the file is for. */
  readonly home: Located<string> | undefined;
}

/** The pods of kube-vip that speak BGP, each for one node. */
function speakersIn(model: ClusterModel): readonly Speaker[] {
  return model.kubeVips.flatMap(({ facts: { bgp, path }, nodes }): Speaker[] => {
    if (bgp === undefined) return [];
    if (nodes.length === 1) return [{ bgp, home: nodes[0]?.address }];
    const machine = model.inventory === undefined ? machineNamedIn(path) : undefined;
    const plane = machine === undefined ? undefined : controlPlanes(model).find((each) => each.label === machine);
    return [{ bgp, home: plane?.addresses.find((each) => parseIp(each.value) !== undefined) }];
  });
}

export const kubeVipBgp = rule<ClusterModel>({
  id: 'cluster/kube-vip-bgp',
  severity: 'warning',
  summary: 'kube-vip of a node has the BGP router id of another one, or another AS or other peers than all others.',

  *check(model) {
    const speakers = speakersIn(model);
    const known = (located: Located<string> | undefined) =>
      located === undefined || isPlaceholder(located.value) ? undefined : located;
    const ids = speakers.flatMap(({ bgp, home }) => {
      const id = known(bgp.routerId);
      return id === undefined ? [] : [{ id, home }];
    });
    const isOwn = ({ id, home }: (typeof ids)[number]) => home !== undefined && sameIp(id.value, home.value);
    for (const each of ids) {
      const { id, home } = each;
      if (isOwn(each)) continue;
      const same = ids.find((other) => other !== each && sameIp(other.id.value, id.value));
      // Of two equal ones the one that is no node's own is told, or the second.
      if (same !== undefined && (isOwn(same) || ids.indexOf(same) < ids.indexOf(each)))
        yield {
          ...placeOf(id),
          message: say('"{0}" is the router id of another node as well: routers take the two for one', id.value),
          related: [related(same.id, say('the other one is here'))],
        };
      else if (same === undefined && home !== undefined && parseIp(home.value)?.family === 4 && ids.length > 2) {
        if (!ids.every((other) => other === each || isOwn(other))) continue;
        yield {
          ...placeOf(id),
          message: say('the router id is "{0}", but on all other nodes it is the address of the node', id.value),
          related: [related(home, say('the address is named here'))],
        };
      }
    }
    for (const key of ['as', 'peers'] as const) {
      const all = speakers.flatMap(({ bgp, home }) => {
        const value = known(bgp[key]);
        return value === undefined ? [] : [{ value, home, plain: value.value.split(',').sort().join(',') }];
      });
      for (const { value, home, plain } of all) {
        const others = all.filter((other) => other.value !== value);
        const [common] = others;
        if (common === undefined || others.length < 2 || common.plain === plain) continue;
        if (others.some((other) => other.plain !== common.plain)) continue;
        // Nodes of another rack have other routers.
        if (!others.every((other) => areInOneNetwork(home?.value ?? '', other.home?.value ?? ''))) continue;
        yield {
          ...placeOf(value),
          message: say('"{0}" here and "{1}" on all other nodes of this network', value.value, common.value.value),
          related: [related(common.value, say('the other value is here'))],
        };
      }
    }
  },
});
