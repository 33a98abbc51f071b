import { analyseHaproxy, analyseHaproxyInSteps, type HaproxyAnalysis } from '../../model/haproxy/analysis';
import { diagnoseHaproxy, prepareHaproxy } from '../../rules/haproxy/diagnose';
import { type Language, language } from '../language';
import { completeHaproxy } from './complete';
import { formatHaproxy } from './format';
import { hintsOf } from './hints';
import { hoverHaproxy } from './hover';
import { instanceOf } from './instance';
import { linksOf } from './links';
import { checkNameAt, definitionsAt, referencesAt, renameableAt, whyFixedAt } from './navigate';
import { signatureAt } from './signature';
import { foldsOf, selectionAt, symbolsOf } from './structure';
import { tokensOf } from './tokens';

/** The language of HAProxy configuration files. */
export const haproxyLanguage: Language<HaproxyAnalysis> = {
  kind: 'haproxy',
  analyse: ({ path, text, versions }, previous) => analyseHaproxy({ path, text, version: versions.haproxy }, previous),
  *analyseInSteps({ path, text, versions }) {
    const analysis = yield* analyseHaproxyInSteps({ path, text, version: versions.haproxy });
    yield;
    yield* prepareHaproxy(analysis);
    return analysis;
  },
  diagnose: (analysis, siblings) =>
    diagnoseHaproxy(
      analysis,
      siblings.map((each) => each.analysis),
      siblings.some((each) => each.before === undefined)
        ? undefined
        : siblings.filter((each) => each.before === true).length,
    ),
  instance: instanceOf,
  complete: completeHaproxy,
  hover: hoverHaproxy,
  signature: signatureAt,
  definition: definitionsAt,
  references: referencesAt,
  renameable: renameableAt,
  whyFixed: whyFixedAt,
  checkName: checkNameAt,
  symbols: symbolsOf,
  folds: foldsOf,
  selection: selectionAt,
  format: formatHaproxy,
  links: linksOf,
  tokens: tokensOf,
  hints: hintsOf,
};

export const haproxy = language(haproxyLanguage);
