import { say } from '../../base/message';
import { apiBackends, type ClusterModel } from '../../model/cluster/cluster-model';
import type { PodRights } from '../../model/cluster/facts/file-facts';
import { rule } from '../rule';

export const podNetwork = rule<ClusterModel>({
  id: 'cluster/pod-network',
  severity: 'error',
  summary: 'kube-vip or a load balancer of the API runs in a network of its own, where no address of the node is.',

  *check(model) {
    const vips = model.kubeVips.flatMap(({ facts }) => (facts.address === undefined ? [] : facts.rights));
    const balancers = new Map<string, PodRights>();
    for (const { balancer } of apiBackends(model))
      if (balancer.pod !== undefined && !balancer.pod.hasHostPort) balancers.set(balancer.pod.path, balancer.pod);
    const place = ({ image: { path, span } }: PodRights) => ({ path, span });
    for (const pod of vips)
      if (!pod.hostNetwork)
        yield {
          ...place(pod),
          message: say('without hostNetwork: true kube-vip sets the address up in the pod, where nobody reaches it'),
        };
    for (const pod of balancers.values())
      if (!pod.hostNetwork)
        yield {
          ...place(pod),
          message: say(
            'without hostNetwork: true or a hostPort nobody reaches the load balancer at an address of its node',
          ),
        };
  },
});
