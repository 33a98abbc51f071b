import { clusterRules } from './cluster';
import { workspaceRules } from './cluster/across-clusters';
import { haproxyRules } from './haproxy';
import { inventoryRules } from './inventory';
import { k3sNodeRules, k3sRules } from './k3s';
import { keepalivedRules } from './keepalived';
import { kubeadmRules } from './kubeadm';
import { nginxRules } from './nginx';
import type { RuleInfo } from './rule';
import { runbookRules } from './runbook';
import { staticPodRules } from './static-pod';

/** Every rule of every language, for `haven rules`, `haven explain` and the pages. Each language lists its own. */
export const allRules: readonly RuleInfo[] = [
  ...clusterRules,
  ...workspaceRules,
  ...haproxyRules,
  ...inventoryRules,
  ...k3sRules,
  ...k3sNodeRules,
  ...keepalivedRules,
  ...kubeadmRules,
  ...nginxRules,
  ...runbookRules,
  ...staticPodRules,
];
