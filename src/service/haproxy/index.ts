import { analyseHaproxy, type HaproxyAnalysis } from '../../model/haproxy/analysis';
import { diagnoseHaproxy } from '../../rules/haproxy/diagnose';
import { type Language, language } from '../language';

/** The language of HAProxy configuration files. */
export const haproxyLanguage: Language<HaproxyAnalysis> = {
  kind: 'haproxy',
  analyse: ({ path, text, versions }, previous) => analyseHaproxy({ path, text, version: versions.haproxy }, previous),
  diagnose: (analysis, siblings) =>
    diagnoseHaproxy(
      analysis,
      siblings.map((each) => each.analysis),
    ),
};

export const haproxy = language(haproxyLanguage);
