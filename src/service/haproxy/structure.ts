import type { Span } from '../../base/span';
import { type HaproxyAnalysis, type Section, spanOf } from '../../model/haproxy/analysis';
import type { DocumentSymbol, Fold, SymbolKind } from '../language';
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

const kinds: ReadonlyMap<string, SymbolKind> = new Map([
  ['server', 'server'],
  ['server-template', 'server'],
  ['acl', 'acl'],
  ['bind', 'address'],
  ['nameserver', 'server'],
  ['peer', 'server'],
  ['mailer', 'server'],
  ['user', 'value'],
  ['group', 'value'],
  ['table', 'value'],
]);

/** Shared by all lines: a file has tens of thousands. */
const noChildren: readonly DocumentSymbol[] = [];

function childrenOf(analysis: HaproxyAnalysis, section: Section): DocumentSymbol[] {
  const children: DocumentSymbol[] = [];
  for (let line = section.header + 1; line < section.end; line++) {
    const statement = analysis.statements[line];
    const directive = statement?.directive?.name;
    const kind = directive === undefined ? undefined : kinds.get(directive);
    if (statement === undefined || kind === undefined) continue;
    const name = statement.arg(0);
    if (name === undefined) continue;
    const { words } = statement.line;
    const first = words[0] ?? name;
    const last = words.at(-1) ?? name;
    children.push({
      name: name.text,
      detail: directive,
      kind,
      span: spanOf(analysis, line, { start: first.start, end: last.end }),
      nameSpan: spanOf(analysis, line, name),
      children: noChildren,
    });
  }
  return children;
}

/** Sections, the branches of conditions, and comments of several lines. */
export function foldsOf(analysis: HaproxyAnalysis): readonly Fold[] {
  const folds: Fold[] = analysis.sections.map((section) => ({ span: bodyOf(analysis, section), kind: 'region' }));
  const { lines, starts } = analysis.document;
  const isComment = (i: number) => lines[i]?.words.length === 0 && lines[i].comment >= 0;
  for (let i = 0; i < lines.length; i++) {
    if (!isComment(i)) continue;
    const first = i;
    while (isComment(i + 1)) i++;
    const end = (starts[i] ?? 0) + (lines[i]?.raw.trimEnd().length ?? 0);
    if (i > first) folds.push({ span: { start: starts[first] ?? 0, end }, kind: 'comment' });
  }
  if (analysis.hasConditionals)
    for (const { from, to } of branchesOf(analysis)) {
      const end = (starts[to] ?? 0) + (lines[to]?.raw.trimEnd().length ?? 0);
      if (to > from) folds.push({ span: { start: starts[from] ?? 0, end }, kind: 'region' });
    }
  return folds;
}

/** The word that begins a line of a condition; undefined for other lines. */
const conditionalAt = ({ document }: HaproxyAnalysis, line: number): string | undefined =>
  /^\.(?:if|elif|else|endif)$/.exec(document.lines[line]?.words[0]?.text ?? '')?.[0];

interface Branch {
  /** The line that opens it. */
  readonly from: number;
  /** The last line in front of the one that ends it. */
  readonly to: number;
}

/** The branches of `.if` between `from` and `to`; what is not ended there is left out. */
function branchesOf(analysis: HaproxyAnalysis, from = 0, to = analysis.document.lines.length): readonly Branch[] {
  const found: Branch[] = [];
  const open: number[] = [];
  for (let line = from; line < to; line++) {
    const word = conditionalAt(analysis, line);
    if (word === undefined) continue;
    const opened = word === '.if' ? undefined : open.pop();
    if (opened !== undefined) found.push({ from: opened, to: line - 1 });
    if (word !== '.endif' && (word === '.if' || opened !== undefined)) open.push(line);
  }
  return found;
}

/** The name or part of a word, the word, the words of the line, its section, the file. */
export function selectionAt(analysis: HaproxyAnalysis, offset: number): readonly Span[] {
  const { line, column, section, statement, word, start } = placeAt(analysis, offset);
  const spans: Span[] = [];
  const add = (span: Span): void => {
    const inner = spans.at(-1);
    // An editor refuses all of them where one does not hold the cursor: in the indentation, or behind the last line.
    if (offset < span.start || offset > span.end) return;
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
  add({ start, end: start + (analysis.document.lines[line]?.raw.replace(/\r$/, '').length ?? 0) });
  if (section !== undefined) add(bodyOf(analysis, section));
  add({ start: 0, end: analysis.document.text.length });
  return spans;
}

/** From the header to the last line with a word on it; conditions that hold whole sections are not theirs. */
function bodyOf(analysis: HaproxyAnalysis, section: Section) {
  let last = section.end - 1;
  const branches = analysis.hasConditionals ? branchesOf(analysis, section.header, section.end) : [];
  const isOwn = (line: number): boolean =>
    conditionalAt(analysis, line) === undefined || branches.some(({ from, to }) => from === line || to + 1 === line);
  while (last > section.header && ((analysis.document.lines[last]?.words.length ?? 0) === 0 || !isOwn(last))) last--;
  const start = analysis.document.starts[section.header] ?? 0;
  const end = analysis.document.lines[last]?.words.at(-1)?.end ?? 0;
  return { start, end: (analysis.document.starts[last] ?? 0) + end };
}
