import { related } from '../../base/finding';
import { say } from '../../base/message';
import { apiBackends, type ClusterModel } from '../../model/cluster/cluster-model';
import type { Listener, PodRights } from '../../model/cluster/facts/file-facts';
import { rule } from '../rule';

export const podNetwork = rule<ClusterModel>({
  id: 'cluster/pod-network',
  severity: 'error',
  summary: 'kube-vip or a load balancer of the API runs in a network of its own, where no address of the node is.',

  *check(model) {
    const balancers = new Map<string, { readonly pod: PodRights; readonly listener: Listener | undefined }>();
    for (const { balancer, listeners } of apiBackends(model)) {
      const { pod } = balancer;
      if (pod !== undefined && !pod.hasHostPort) balancers.set(pod.path, { pod, listener: listeners[0] });
    }
    const place = ({ image, networkAt }: PodRights) => {
      const { path, span } = networkAt ?? image;
      return { path, span };
    };
    for (const { address, rights } of model.kubeVips.map(({ facts }) => facts))
      if (address !== undefined && !rights.hostNetwork)
        yield {
          ...place(rights),
          message: say('without hostNetwork: true kube-vip sets the address up in the pod, where nobody reaches it'),
          related: [related(address, say('the virtual address is set here'))],
        };
    for (const { pod, listener } of balancers.values())
      if (!pod.hostNetwork)
        yield {
          ...place(pod),
          message: say(
            'without hostNetwork: true or a hostPort nobody reaches the load balancer at an address of its node',
          ),
          related: listener === undefined ? [] : [related(listener, say('the load balancer listens here'))],
        };
  },
});
