import { type HaproxyAnalysis, namesOf, spanOf } from '../../model/haproxy/analysis';
import type { NameKind } from '../../model/haproxy/problem';
import type { FileSpan, Sibling } from '../language';
import { placeAt } from './place';

const kinds: Readonly<Record<string, NameKind>> = { default_backend: 'backend', use_backend: 'backend' };

/** The section that a backend's name stands for, or the `acl` lines of a condition's name. */
export function defineHaproxy(
  analysis: HaproxyAnalysis,
  offset: number,
  siblings: readonly Sibling<HaproxyAnalysis>[],
): readonly FileSpan[] {
  const { word, statement, section } = placeAt(analysis, offset);
  if (word === undefined || statement === undefined) return [];
  const kind = kinds[statement.directive?.name ?? ''];
  if (kind !== undefined && statement.args[0] === word) {
    for (const each of [{ path: undefined, analysis }, ...siblings]) {
      const found = namesOf([each.analysis]).find(kind, word.text);
      if (found?.name === undefined) continue;
      const span = spanOf(each.analysis, found.header, found.name);
      return [each.path === undefined ? { span } : { path: each.path, span }];
    }
    return [];
  }
  const condition = statement.line.words.findIndex((each) => each.text === 'if' || each.text === 'unless');
  if (condition < 0 || statement.line.words.indexOf(word) <= condition || section === undefined) return [];
  const name = word.text.replace(/^!/, '');
  const spans: FileSpan[] = [];
  for (let line = section.header + 1; line < section.end; line++) {
    const each = analysis.statements[line];
    const given = each?.directive?.name === 'acl' ? each.args[0] : undefined;
    if (given?.text === name) spans.push({ span: spanOf(analysis, line, given) });
  }
  return spans;
}
