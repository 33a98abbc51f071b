import { analyseKeepalived, type KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { diagnoseKeepalived } from '../../rules/keepalived/diagnose';
import { type Language, language } from '../language';
import { complete } from './complete';
import { hover } from './hover';
import { links } from './links';
import { folds, symbols } from './outline';

/** The language of keepalived configuration files. */
export const keepalivedLanguage: Language<KeepalivedAnalysis> = {
  kind: 'keepalived',
  analyse: ({ path, text, versions }, previous) =>
    analyseKeepalived({ path, text, version: versions.keepalived }, previous),
  diagnose: (analysis, siblings) =>
    diagnoseKeepalived(
      analysis,
      siblings.map((each) => each.analysis),
    ),
  complete,
  hover,
  symbols,
  folds,
  links,
};

export const keepalived = language(keepalivedLanguage);
