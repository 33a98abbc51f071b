import { analyseKeepalived, type KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { checkConformance } from '../../rules/keepalived/conformance';
import { type Language, language } from '../language';
import { completeKeepalived } from './complete';
import { hoverKeepalived } from './hover';
import { foldsOf, linksOf, symbolsOf } from './structure';

/** The language of keepalived configuration files. */
export const keepalivedLanguage: Language<KeepalivedAnalysis> = {
  kind: 'keepalived',
  analyse: ({ path, text, versions }, previous) =>
    analyseKeepalived({ path, text, version: versions.keepalived }, previous),
  diagnose: (analysis) => checkConformance(analysis),
  complete: completeKeepalived,
  hover: hoverKeepalived,
  symbols: symbolsOf,
  folds: foldsOf,
  links: linksOf,
};

export const keepalived = language(keepalivedLanguage);
