import { analyseStaticPod, type StaticPodAnalysis } from '../../model/static-pod/analyse-static-pod';
import { diagnosticOf, runRules } from '../../rules/rule';
import { staticPodChecks, staticPodLanguage } from '../../rules/static-pod';
import { beforeDamage, yamlProblemMessage } from '../../rules/yaml-problem';
import { language } from '../language';
import { completeStaticPod } from './complete';
import { hoverStaticPod } from './hover';

/** Manifests of static pods: load balancers and the components that kubeadm starts. */
export const staticPod = language<StaticPodAnalysis>({
  kind: 'static-pod',
  analyse: ({ path, text }) => analyseStaticPod(path, text),
  diagnose: (analysis) =>
    beforeDamage(
      [
        ...analysis.documents.flatMap(({ problems }) =>
          problems.map((each) =>
            diagnosticOf(staticPodLanguage.syntax, { span: each.span, message: yamlProblemMessage(each) }),
          ),
        ),
        ...runRules(staticPodChecks, analysis),
      ],
      analysis.text,
      analysis.documents,
    ),
  complete: completeStaticPod,
  hover: hoverStaticPod,
});
