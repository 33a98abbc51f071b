import type { Span, TextEdit } from '../../base/span';
import { sectionsKnowing } from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import type { Statement } from '../../model/haproxy/statement';
import { lineAt } from '../../syntax/haproxy/document';
import type { Line, Word } from '../../syntax/haproxy/line';
import type { FormatOptions } from '../language';

/** Words of a line that stand in columns where columns are aligned: a keyword, a name, an address or value. */
const alignedWords = 3;
const noWidths: ReadonlyMap<number, readonly number[]> = new Map();

/**
 * Section headers at the margin and their lines one step in; nothing behind the last word. Blanks between words stay
 * unless `columns` says otherwise. Lines that cannot be read or begin with an unknown word, conditions (`.if`) and labels
 * are left as they are.
 */
export function formatHaproxy(analysis: HaproxyAnalysis, options: FormatOptions, range?: Span): readonly TextEdit[] {
  const { lines, starts } = analysis.document;
  const first = range === undefined ? 0 : lineAt(starts, range.start);
  const last = range === undefined ? lines.length - 1 : lineAt(starts, range.end);
  const step = options.insertSpaces ? ' '.repeat(options.tabSize) : '\t';
  const beforeHeader = linesBeforeHeaders(analysis);
  const columns = options.columns ?? 'keep';
  const widths = columns === 'keep' ? undefined : columns === 'align' ? columnWidths(analysis) : noWidths;
  const edits: TextEdit[] = [];
  let inSection = false;
  for (let i = 0; i <= last; i++) {
    const statement = analysis.statements[i];
    const line = lines[i];
    if (statement === undefined || line === undefined) continue;
    if (statement.header !== undefined) inSection = true;
    if (i < first || isLeftAlone(line) || !isUnderstood(statement)) continue;
    const margin = !inSection || statement.header !== undefined;
    const atMargin = margin || (line.words.length === 0 && beforeHeader.has(i) && line.comment === 0);
    const indent = atMargin ? '' : step;
    if (widths === undefined && isInPlace(line, indent)) continue;
    const wanted = layOut(line, indent, widths && (widths.get(i) ?? []));
    const start = starts[i] ?? 0;
    const end = start + line.raw.length - (line.raw.endsWith('\r') ? 1 : 0);
    if (wanted !== analysis.document.text.slice(start, end)) edits.push({ span: { start, end }, newText: wanted });
  }
  return edits;
}

/** Most lines of most files stand where they should. */
function isInPlace({ raw, words, comment }: Line, indent: string): boolean {
  const start = words[0]?.start ?? comment;
  const end = comment >= 0 ? raw.trimEnd().length : (words.at(-1)?.end ?? 0);
  return start === indent.length && raw.startsWith(indent) && raw.length === end;
}

/** A word that is none of the program's may be a header with a slip in it: what stands around it says more than we know. */
function isUnderstood({ line: { words }, header, directive, section }: Statement): boolean {
  if (words.length === 0 || header !== undefined) return true;
  if (section === '') return false;
  // Another release or section may have it.
  return directive !== undefined || [1, 2, 3].some((count) => isKnown(words.slice(0, count)));
}

const isKnown = (words: readonly Word[]): boolean =>
  sectionsKnowing(words.map((each) => each.text).join(' ')).length > 0;

function isLeftAlone({ words, fault }: Line): boolean {
  const [first] = words;
  return fault !== undefined || (first !== undefined && /^[.[]/.test(first.text));
}

/** `widths` are those of the first words where columns are aligned; undefined keeps the blanks between words as they are. */
function layOut({ raw, words, comment }: Line, indent: string, widths: readonly number[] | undefined): string {
  const remark = comment < 0 ? '' : raw.slice(comment).trimEnd();
  const [first] = words;
  if (first === undefined) return remark === '' ? '' : indent + remark;
  const end = words.at(-1)?.end ?? 0;
  if (widths === undefined) {
    const text = indent + raw.slice(first.start, end);
    return remark === '' ? text : text + (raw.slice(end, comment) || ' ') + remark;
  }
  const laidOut = words.map(({ start, end: wordEnd }, i) => {
    const word = raw.slice(start, wordEnd);
    return i + 1 < words.length ? word.padEnd(widths[i] ?? 0) : word;
  });
  if (remark !== '') laidOut.push(remark);
  return indent + laidOut.join(' ');
}

/** Lines of comments and blanks that a header follows: they belong to it, not to the section above. */
function linesBeforeHeaders(analysis: HaproxyAnalysis): ReadonlySet<number> {
  const found = new Set<number>();
  let following = true;
  for (let i = analysis.statements.length - 1; i >= 0; i--) {
    const statement = analysis.statements[i];
    if (statement === undefined) continue;
    if (statement.line.words.length > 0) following = statement.header !== undefined;
    else if (following) found.add(i);
  }
  return found;
}

/** The widths of the first words of neighbouring lines that begin with the same word. */
function columnWidths(analysis: HaproxyAnalysis): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, readonly number[]>();
  let group: number[] = [];
  let key = '';
  const close = (): void => {
    if (group.length > 1) {
      const widths: number[] = [];
      for (const i of group)
        analysis.statements[i]?.line.words.slice(0, alignedWords).forEach((word, column, all) => {
          // What nothing follows needs no room.
          if (column + 1 < (analysis.statements[i]?.line.words.length ?? all.length))
            widths[column] = Math.max(widths[column] ?? 0, word.end - word.start);
        });
      for (const i of group) found.set(i, widths);
    }
    group = [];
  };
  analysis.statements.forEach((statement, i) => {
    const { line, header } = statement;
    const next = header !== undefined || isLeftAlone(line) ? '' : (line.words[0]?.text ?? '');
    if (next !== key) close();
    key = next;
    if (next !== '') group.push(i);
  });
  close();
  return found;
}
