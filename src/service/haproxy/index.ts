import { analyseHaproxy, type HaproxyAnalysis } from '../../model/haproxy/analysis';
import { diagnoseHaproxy } from '../../rules/haproxy/diagnose';
import { type Language, language } from '../language';
import { completeHaproxy } from './complete';
import { defineHaproxy } from './define';
import { hoverHaproxy } from './hover';
import { foldsOf, symbolsOf } from './structure';

/** The language of HAProxy configuration files. */
export const haproxyLanguage: Language<HaproxyAnalysis> = {
  kind: 'haproxy',
  analyse: ({ path, text, versions }, previous) => analyseHaproxy({ path, text, version: versions.haproxy }, previous),
  diagnose: (analysis, siblings) =>
    diagnoseHaproxy(
      analysis,
      siblings.map((each) => each.analysis),
    ),
  complete: completeHaproxy,
  hover: hoverHaproxy,
  definition: defineHaproxy,
  symbols: symbolsOf,
  folds: foldsOf,
};

export const haproxy = language(haproxyLanguage);
