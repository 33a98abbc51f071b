import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Link } from '../language';

/** Included files without wildcards: the editor can open those. */
export function links(analysis: KeepalivedAnalysis): readonly Link[] {
  return analysis.tree.includes.flatMap(({ pattern, patternSpan }) =>
    /[*?{[]/.test(pattern) ? [] : [{ span: patternSpan, target: pattern }],
  );
}
