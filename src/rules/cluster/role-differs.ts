import { type Place, placeOf, related, startOf } from '../../base/finding';
import { say } from '../../base/message';
import { serverKeys } from '../../model/cluster/build-model';
import { type ClusterModel, type ClusterNode, keyPlace } from '../../model/cluster/cluster-model';
import { rule } from '../rule';

export const roleDiffers = rule<ClusterModel>({
  id: 'cluster/role-differs',
  severity: 'warning',
  summary: 'The inventory calls a node or the whole cluster something else than the file of the node makes it.',

  *check(model) {
    const { distributionAt: distribution, k3s, kubeadm } = model;
    const said = { k3s: kubeadm[0]?.facts, kubeadm: k3s[0]?.facts };
    // With files of both kinds nobody knows which are left over.
    if (distribution !== undefined && (k3s.length === 0 || kubeadm.length === 0)) {
      const other =
        distribution.value === 'k3s' ? said.k3s : distribution.value === 'kubeadm' ? said.kubeadm : undefined;
      if (other !== undefined)
        yield {
          ...placeOf(distribution),
          message: say(
            'the inventory says {0}, but the files of the nodes are those of {1}',
            distribution.value,
            other.kind,
          ),
          related: [related(startOf(other.path), say('the other value is here'))],
        };
    }
    // A file for several nodes may have settings that one of them passes over.
    const servers: [ClusterNode, Place][] = [];
    for (const { node, facts } of k3s) {
      const key = serverKeys.find((each) => facts.settings.has(each));
      const setting = key === undefined ? undefined : facts.settings.get(key);
      if (node === undefined || setting === undefined || node.roles.includes('server')) continue;
      if (k3s.some((other) => other.node !== node && other.facts.path === facts.path)) continue;
      servers.push([node, keyPlace(setting)]);
    }
    for (const { facts, nodes } of kubeadm) {
      const [node, ...more] = nodes;
      if (node === undefined || more.length > 0 || facts.isEtcdHost) continue;
      const place = facts.advertiseAddress ?? facts.joins;
      if (facts.isControlPlane && !node.roles.includes('server') && place !== undefined) servers.push([node, place]);
      else if (!facts.isControlPlane && facts.joins !== undefined && node.roles.includes('server'))
        yield {
          ...placeOf(node.role ?? node.name),
          message: say(
            '"{0}" is a server here, but its file lacks controlPlane: it joins as a worker',
            node.name.value,
          ),
          related: [related(facts.joins, say('the node is described here'))],
        };
    }
    for (const [node, place] of servers)
      yield {
        ...placeOf(node.role ?? node.name),
        message: say('"{0}" is no server here, but its file is that of a server', node.name.value),
        related: [related(place, say('the node is described here'))],
      };
  },
});
