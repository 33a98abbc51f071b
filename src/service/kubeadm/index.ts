import { analyseKubeadm, type KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { kubeadmRules } from '../../rules/kubeadm';
import { runRules } from '../../rules/rule';
import { language } from '../language';

/** The files that kubeadm commands are given with `--config`. */
export const kubeadm = language<KubeadmAnalysis>({
  kind: 'kubeadm',
  analyse: ({ path, text, versions }) => analyseKubeadm({ path, text, version: versions.kubernetes }),
  diagnose: (analysis) => runRules(kubeadmRules, analysis),
});
