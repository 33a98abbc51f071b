import type { StaticPodAnalysis } from '../../model/static-pod/analyse-static-pod';
import type { Rule, RuleInfo } from '../rule';
import { badValue, missingField, unknownField, wrongKind } from './fields';
import { kubeVipRights, leaseTimes, unknownVariable, variableValue } from './kube-vip';
import { staticPodLanguage } from './language';
import { folderForFile, repeatedName, repeatedVariable, unknownVolume, unusedVolume } from './mounts';

export { staticPodLanguage } from './language';

/** The rules over the manifest of one static pod. */
export const staticPodChecks: readonly Rule<StaticPodAnalysis>[] = [
  unknownField,
  wrongKind,
  badValue,
  missingField,
  repeatedName,
  unknownVolume,
  repeatedVariable,
  unusedVolume,
  folderForFile,
  unknownVariable,
  variableValue,
  leaseTimes,
  kubeVipRights,
];

export const staticPodRules: readonly RuleInfo[] = [...Object.values(staticPodLanguage), ...staticPodChecks];
