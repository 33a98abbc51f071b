import { analyseKeepalived, type KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { diagnoseKeepalived } from '../../rules/keepalived/diagnose';
import { diagnoseFleet } from '../../rules/keepalived/together';
import { failoverLenses } from '../failover/lenses';
import { type Language, language } from '../language';
import { complete } from './complete';
import { format } from './format';
import { hints } from './hints';
import { hover } from './hover';
import { instanceOf } from './instance';
import { links } from './links';
import { checkNameAt, definitionsAt, referencesAt, renameableAt } from './navigate';
import { folds, selection, symbols } from './outline';
import { signature } from './signature';
import { tokens } from './tokens';

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
  diagnoseTogether: diagnoseFleet,
  instance: instanceOf,
  complete,
  hover,
  signature,
  definition: definitionsAt,
  references: referencesAt,
  renameable: renameableAt,
  checkName: checkNameAt,
  symbols,
  folds,
  selection,
  format,
  links,
  tokens,
  hints,
  lenses: failoverLenses,
};

export const keepalived = language(keepalivedLanguage);
