import type { Statement } from '../../../syntax/keepalived/tree';
import { parseLocatedYaml } from '../../../syntax/located-yaml';
import type { KeepalivedAnalysis } from '../../keepalived/analysis';
import { analyseNginx } from '../../nginx/analyse-nginx';
import type { AnalysedFile } from './facts-of';

/**
 * Whether the shape of a text is broken, as while somebody types: what it seems to lack may stand there all the same, and
 * what follows may be read as a part of something else. A line of haproxy is read by itself, whatever stands above.
 */
export function isDamaged({ kind, text, analysis }: Omit<AnalysedFile, 'path'>): boolean {
  switch (kind) {
    case 'haproxy':
      return false;
    case 'keepalived':
      return (analysis as KeepalivedAnalysis).views.some(({ tree }) =>
        tree.items.some(({ statement }) => isUnbalanced(statement)),
      );
    case 'nginx': {
      const { tree, upstreams } = analyseNginx(text);
      // Any words up to a semicolon are a directive, also those of two lines that nobody ended.
      const names = upstreams.flatMap((upstream) => (upstream.block ?? []).map((each) => each.name.text));
      return tree.problems.length > 0 || names.some((name) => !/^\w+$/.test(name));
    }
    default:
      return parseLocatedYaml(text).some((document) => document.problems.length > 0);
  }
}

function isUnbalanced({ words, block }: Statement): boolean {
  if (words.length === 0) return true;
  return block !== undefined && (block.close === undefined || block.statements.some(isUnbalanced));
}
