import type { ClusterModel } from '../../model/cluster/cluster-model';
import type { Rule } from '../rule';
import { addressManagerRules } from './address-managers';
import { addressRules } from './addresses';
import { checkNeverPasses } from './check-never-passes';
import { checkPathDiffers } from './check-path-differs';
import { checkPort } from './check-port';
import { endpointRules } from './endpoint';
import { etcdEndpointUnknown, etcdMembersDiffer } from './etcd-endpoints';
import { k3sFleetRules } from './k3s-fleet';
import { k3sRefusesCheck } from './k3s-refuses-check';
import { kubeVipBgp } from './kube-vip-bgp';
import { kubeadmFleetRules } from './kubeadm-fleet';
import { kubeconfigNamesServer } from './kubeconfig-names-server';
import { loadBalancerRules } from './load-balancer';
import { memberRules } from './members';
import { podNetwork } from './pod-network';
import { roleDiffers } from './role-differs';
import { routerRules } from './routers';
import { vipNotInTlsSan } from './vip-not-in-tls-san';

/** The rules over everything that the files of one cluster say together. */
export const clusterRules: readonly Rule<ClusterModel>[] = [
  vipNotInTlsSan,
  ...endpointRules,
  ...loadBalancerRules,
  ...addressRules,
  ...k3sFleetRules,
  ...kubeadmFleetRules,
  ...memberRules,
  ...routerRules,
  ...addressManagerRules,
  checkNeverPasses,
  checkPort,
  checkPathDiffers,
  k3sRefusesCheck,
  etcdEndpointUnknown,
  podNetwork,
  kubeconfigNamesServer,
  etcdMembersDiffer,
  kubeVipBgp,
  roleDiffers,
];
