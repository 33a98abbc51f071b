import type { Span } from '../../base/span';
import { type HaproxyAnalysis, type Section, spanOf } from '../../model/haproxy/analysis';
import type { DocumentSymbol, Fold } from '../language';
import { placeAt } from './place';
import { visitsOf } from './visits';

/** Sections, and in them their servers, ACLs and listening addresses. */
export function symbolsOf(analysis: HaproxyAnalysis): readonly DocumentSymbol[] {
  return analysis.sections.map((section) => {
    const header = analysis.statements[section.header]?.line.words[0] ?? { start: 0, end: 0 };
    return {
      name: section.name?.text ?? section.type,
      ...(section.name !== undefined && { detail: section.type }),
      kind: section.name === undefined ? 'section' : 'proxy',
      span: bodyOf(analysis, section),
      nameSpan: spanOf(analysis, section.header, section.name ?? header),
      children: childrenOf(analysis, section),
    };
  });
}

const kinds = {
  server: 'server',
  'server-template': 'server',
  acl: 'acl',
  bind: 'address',
  nameserver: 'server',
  peer: 'server',
  user: 'value',
} as const;

function childrenOf(analysis: HaproxyAnalysis, section: Section): DocumentSymbol[] {
  const children: DocumentSymbol[] = [];
  for (let line = section.header + 1; line < section.end; line++) {
    const statement = analysis.statements[line];
    const [name] = statement?.args ?? [];
    const directive = statement?.directive?.name ?? '';
    if (name === undefined || !Object.hasOwn(kinds, directive)) continue;
    const first = statement?.line.words[0] ?? name;
    const last = statement?.line.words.at(-1) ?? name;
    children.push({
      name: name.text,
      detail: directive,
      kind: kinds[directive as keyof typeof kinds],
      span: spanOf(analysis, line, { start: first.start, end: last.end }),
      nameSpan: spanOf(analysis, line, name),
      children: [],
    });
  }
  return children;
}

/** Sections, and comments of several lines. */
export function foldsOf(analysis: HaproxyAnalysis): readonly Fold[] {
  const folds: Fold[] = analysis.sections.map((section) => ({ span: bodyOf(analysis, section), kind: 'region' }));
  const { lines, starts } = analysis.document;
  const isComment = (i: number) => lines[i]?.words.length === 0 && lines[i].comment >= 0;
  for (let i = 0; i < lines.length; i++) {
    if (!isComment(i)) continue;
    const first = i;
    while (isComment(i + 1)) i++;
    const end = (starts[i] ?? 0) + (lines[i]?.raw.length ?? 0);
    if (i > first) folds.push({ span: { start: starts[first] ?? 0, end }, kind: 'comment' });
  }
  return folds;
}

/** The name or part of a word, the word, the words of the line, its section, the file. */
export function selectionAt(analysis: HaproxyAnalysis, offset: number): readonly Span[] {
  const { line, column, section, statement, word, start } = placeAt(analysis, offset);
  const spans: Span[] = [];
  const add = (span: Span): void => {
    const inner = spans.at(-1);
    if (span.end <= span.start || (inner !== undefined && (span.start > inner.start || span.end < inner.end))) return;
    if (inner === undefined || span.start < inner.start || span.end > inner.end) spans.push(span);
  };
  const inLine = (part: Span) => ({ start: start + part.start, end: start + part.end });
  if (statement !== undefined && word !== undefined) {
    const parts = [...statement.references, ...visitsOf(analysis, statement)]
      .filter((each) => each.start <= column && column <= each.end)
      .sort((a, b) => a.end - a.start - (b.end - b.start));
    for (const each of parts) add(inLine(each));
    add(inLine(word));
  }
  const words = statement?.line.words ?? [];
  const [first] = words;
  const last = words.at(-1);
  if (first !== undefined && last !== undefined) add(inLine({ start: first.start, end: last.end }));
  add({ start, end: start + (analysis.document.lines[line]?.raw.length ?? 0) });
  if (section !== undefined) add(bodyOf(analysis, section));
  add({ start: 0, end: analysis.document.text.length });
  return spans;
}

/** From the header to the last line with a word on it. */
function bodyOf(analysis: HaproxyAnalysis, section: Section) {
  let last = section.end - 1;
  while (last > section.header && (analysis.document.lines[last]?.words.length ?? 0) === 0) last--;
  const start = analysis.document.starts[section.header] ?? 0;
  const end = analysis.document.lines[last]?.words.at(-1)?.end ?? 0;
  return { start, end: (analysis.document.starts[last] ?? 0) + end };
}
