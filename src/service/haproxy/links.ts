import { type HaproxyAnalysis, spanOf } from '../../model/haproxy/analysis';
import type { Link } from '../language';
import { visitsOf } from './visits';

/** Converters whose first argument is a file: `map(…)`, `map_beg_ip(…)` and so on. */
const readsFile = /^map(?:_|$)/;

/** The files that a line has the program read: error pages, maps, certificates, lists of patterns. */
export function linksOf(analysis: HaproxyAnalysis): readonly Link[] {
  const links: Link[] = [];
  analysis.statements.forEach((statement, line) => {
    const { raw, words } = statement.line;
    // A name of a file has a dot or a slash in it; most lines have neither.
    if (words.length < 2 || !/[/.]/.test(raw)) return;
    for (const { start, end, expected } of visitsOf(analysis, statement)) {
      const isFile =
        expected.kind === 'node'
          ? expected.node.kind === 'argument' && expected.node.type === 'file'
          : expected.kind === 'function-argument' && expected.index === 0 && readsFile.test(expected.of.name);
      if (!isFile) continue;
      const target = raw
        .slice(start, end)
        .replace(/^(["'])(.*)\1$/, '$2')
        .replace(/^(?:opt|virt|file)@/, '');
      if (target.length > 1 && !/["'$\\\s]/.test(target) && /[/.]/.test(target))
        links.push({ span: spanOf(analysis, line, { start, end }), target });
    }
  });
  return links;
}
