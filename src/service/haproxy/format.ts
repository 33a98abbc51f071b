import type { Span, TextEdit } from '../../base/span';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import type { Statement } from '../../model/haproxy/statement';
import { lineAt } from '../../syntax/haproxy/document';
import type { Line } from '../../syntax/haproxy/line';
import type { FormatOptions } from '../language';

/** Words of a line that stand in columns where columns are aligned: a keyword, a name, an address or value. */
const alignedWords = 3;

/**
 * Section headers at the margin and their lines one step in; nothing behind the last word. Blanks between words stay
 * unless `columns` says otherwise. Lines that cannot be read, conditions (`.if`) and labels are left as they are.
 */
export function formatHaproxy(analysis: HaproxyAnalysis, options: FormatOptions, range?: Span): readonly TextEdit[] {
  const { lines, starts } = analysis.document;
  const first = range === undefined ? 0 : lineAt(starts, range.start);
  const last = range === undefined ? lines.length - 1 : lineAt(starts, range.end);
  const step = options.insertSpaces ? ' '.repeat(options.tabSize) : '\t';
  const beforeHeader = linesBeforeHeaders(analysis);
  const widths = options.columns === 'align' ? columnWidths(analysis) : undefined;
  const edits: TextEdit[] = [];
  let inSection = false;
  for (let i = 0; i <= last; i++) {
    const statement = analysis.statements[i];
    const line = lines[i];
    if (statement === undefined || line === undefined) continue;
    if (statement.header !== undefined) inSection = true;
    if (i < first || isLeftAlone(line)) continue;
    const margin = !inSection || statement.header !== undefined;
    const atMargin = margin || (line.words.length === 0 && beforeHeader.has(i) && line.comment === 0);
    const wanted = layOut(statement, atMargin ? '' : step, options.columns ?? 'keep', widths?.get(i));
    const start = starts[i] ?? 0;
    const end = start + line.raw.length - (line.raw.endsWith('\r') ? 1 : 0);
    if (wanted !== analysis.document.text.slice(start, end)) edits.push({ span: { start, end }, newText: wanted });
  }
  return edits;
}

function isLeftAlone({ words, fault }: Line): boolean {
  const [first] = words;
  return fault !== undefined || (first !== undefined && /^[.[]/.test(first.text));
}

function layOut(
  { line }: Statement,
  indent: string,
  columns: NonNullable<FormatOptions['columns']>,
  widths: readonly number[] | undefined,
): string {
  const { raw, words, comment } = line;
  const [first] = words;
  const remark = comment < 0 ? '' : raw.slice(comment).trimEnd();
  if (first === undefined) return remark === '' ? '' : indent + remark;
  let text = indent;
  words.forEach((word, i) => {
    const before = words[i - 1];
    if (before !== undefined) text += gap(i, before, word);
    text += raw.slice(word.start, word.end);
  });
  const last = words.at(-1) ?? first;
  if (remark === '') return text;
  return text + (columns === 'keep' ? raw.slice(last.end, comment) || ' ' : ' ') + remark;

  function gap(i: number, before: { start: number; end: number }, word: { start: number }): string {
    if (columns === 'keep') return raw.slice(before.end, word.start);
    const width = widths?.[i - 1] ?? 0;
    return ' '.repeat(Math.max(0, width - (before.end - before.start)) + 1);
  }
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
