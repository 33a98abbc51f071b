import type { ClusterModel } from '../../model/cluster/cluster-model';
import type { Rule } from '../rule';
import { vipNotInTlsSan } from './vip-not-in-tls-san';

/** The rules over everything that the files of one cluster say together. */
export const clusterRules: readonly Rule<ClusterModel>[] = [vipNotInTlsSan];
