import type { Span, TextEdit } from '../../base/span';
import { readGoYaml } from '../../syntax/go-yaml/parse';
import type { YamlValue } from '../../syntax/located-yaml';
import type { FormatOptions } from '../language';

interface Line {
  /** Without its line break. */
  readonly text: string;
  readonly start: number;
  readonly column: number;
  readonly isBlank: boolean;
  readonly isComment: boolean;
}

/**
 * Keys and items one step in from what holds them, nothing behind the last word, one line break at the end. Comments
 * go with the lines they stand at; texts of several lines and brackets move as a whole. Blanks inside of a line stay.
 * What is read never changes: a text that would be read otherwise afterwards is left as it is.
 */
export function formatYaml(
  text: string,
  roots: readonly (YamlValue | undefined)[],
  { tabSize }: FormatOptions,
  range?: Span,
): readonly TextEdit[] {
  const lines = linesOf(text);
  const layout = new Layout(text, lines, tabSize);
  for (const root of roots) if (root !== undefined) layout.place(root, 0);
  const edits = layout.edits().filter(({ span }) => range === undefined || touchesLines(span, range, text));
  return edits.length > 0 && meansTheSame(text, edits) ? edits : [];
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (const found of text.matchAll(/([^\n]*?)(\r?\n|$)/g)) {
    const line = found[1] ?? '';
    if (found[0] === '' && found.index === text.length) break;
    const rest = line.trim();
    // A mark of the byte order is no blank here.
    const column = /^[ \t]*/.exec(line)?.[0].length ?? 0;
    lines.push({ text: line, start: found.index, column, isBlank: rest === '', isComment: rest.startsWith('#') });
  }
  return lines;
}

function touchesLines({ start, end }: Span, range: Span, text: string): boolean {
  const from = text.lastIndexOf('\n', range.start - 1) + 1;
  const newline = text.indexOf('\n', range.end);
  return start >= from && end <= (newline < 0 ? text.length : newline);
}

class Layout {
  /** The column at which a line that begins a key or an item is to stand. */
  private readonly wanted = new Map<number, number>();
  /** Lines that go on with a text or a bracket of the line above. */
  private readonly goesOn = new Set<number>();
  /** Lines inside of texts, whose blanks may be a part of them. */
  private readonly inText = new Set<number>();
  private readonly above: (number | undefined)[] = [];
  private readonly below: (number | undefined)[] = [];

  constructor(
    private readonly text: string,
    private readonly lines: readonly Line[],
    private readonly step: number,
  ) {}

  /** Says where the lines of a value stand whose keys or items are to begin at `column`. */
  place(value: YamlValue, column: number): void {
    const { kind, span } = value;
    if (kind === 'scalar' || value.flow) {
      const last = this.lineAt(Math.max(span.start, span.end - 1));
      for (let line = this.lineAt(span.start) + 1; line <= last; line++) {
        this.goesOn.add(line);
        if (kind === 'scalar') this.inText.add(line);
      }
      return;
    }
    if (kind === 'map') {
      for (const { keySpan, value: each } of value.entries) {
        this.want(keySpan.start, column);
        // An alias stands for a value further up, which has its place.
        if (each.span.start >= keySpan.end) this.place(each, this.columnOfValue(keySpan.start, each, column));
      }
      return;
    }
    for (const item of value.items) {
      if (item.span.start < span.start) continue;
      const line = this.lineAt(item.span.start);
      const own = this.lines[line];
      if (own === undefined) continue;
      const isOnDashLine = own.text[own.column] === '-' && /^-(?:\s|$)/.test(own.text.slice(own.column));
      if (isOnDashLine) this.want(own.start + own.column, column);
      const dash = this.dashColumn(own, item.span.start);
      const behind = item.span.start - own.start - dash;
      this.place(item, isOnDashLine && dash >= own.column ? column + (dash - own.column) + behind : column + this.step);
    }
  }

  /** The column of the dash in front of an item; items may begin other lists on their line (`- - a`). */
  private dashColumn({ text, start }: Line, at: number): number {
    return Math.max(0, text.lastIndexOf('-', at - start - 1));
  }

  /** Lists may stand at the column of their key; they stay so. */
  private columnOfValue(key: number, { kind, span }: YamlValue, column: number): number {
    const line = this.lines[this.lineAt(span.start)];
    const owner = this.lines[this.lineAt(key)];
    const isLevel = kind === 'list' && line !== undefined && owner !== undefined && line.column === key - owner.start;
    return isLevel ? column : column + this.step;
  }

  private want(at: number, column: number): void {
    const line = this.lineAt(at);
    const { start = 0, column: first = 0 } = this.lines[line] ?? {};
    const lead = this.text.slice(start + first, at);
    // Behind a dash the line belongs to the item; an anchor or tag in front belongs to the key.
    if (!this.wanted.has(line) && !/^-(?:\s|$)/.test(lead)) this.wanted.set(line, column);
  }

  private lineAt(offset: number): number {
    let low = 0;
    let high = this.lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lines[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  edits(): TextEdit[] {
    const edits: TextEdit[] = [];
    let moved = 0;
    this.linkWanted();
    for (const [index, line] of this.lines.entries()) {
      const wanted = this.wanted.get(index);
      if (wanted !== undefined && !this.goesOn.has(index)) moved = wanted - line.column;
      const column = this.goesOn.has(index)
        ? line.column + moved
        : (wanted ?? (line.isComment ? this.commentColumn(index) : line.column));
      const isLeft = this.inText.has(index) || (this.goesOn.has(index) && line.isBlank);
      const body = isLeft ? line.text.slice(line.column) : line.text.slice(line.column).trimEnd();
      const lead = line.text.slice(0, line.column);
      const newLead = line.isBlank ? (isLeft ? lead : '') : /\t/.test(lead) ? lead : ' '.repeat(Math.max(0, column));
      if (newLead + body !== line.text)
        edits.push({ span: { start: line.start, end: line.start + line.text.length }, newText: newLead + body });
    }
    const last = this.lines.at(-1);
    if (last !== undefined && !last.isBlank && last.start + last.text.length === this.text.length)
      edits.push({
        span: { start: this.text.length, end: this.text.length },
        newText: this.text.includes('\r\n') ? '\r\n' : '\n',
      });
    return edits;
  }

  /** The lines with a place of their own next to each line: thousands of comments would look for them again and again. */
  private linkWanted(): void {
    let last: number | undefined;
    for (const index of this.lines.keys()) {
      this.above.push(last);
      if (this.wanted.has(index)) last = index;
    }
    let next: number | undefined;
    for (let index = this.lines.length - 1; index >= 0; index--) {
      this.below.push(next);
      if (this.wanted.has(index)) next = index;
    }
    this.below.reverse();
  }

  /** A comment stands with the line below it, or with those above if it was in line with them and further in. */
  private commentColumn(index: number): number {
    const own = this.lines[index]?.column ?? 0;
    const below = this.below[index];
    const nextOld = below === undefined ? 0 : (this.lines[below]?.column ?? 0);
    const nextNew = below === undefined ? 0 : (this.wanted.get(below) ?? 0);
    if (own <= nextOld) return below === undefined ? own : nextNew;
    for (let line = this.above[index]; line !== undefined; line = this.above[line]) {
      const column = this.lines[line]?.column;
      const wanted = this.wanted.get(line);
      if (wanted !== undefined && column !== undefined && column <= own)
        return column === own ? wanted : own - column + wanted;
    }
    return own;
  }
}

/** Whether the text is read as before with the edits in it. */
function meansTheSame(text: string, edits: readonly TextEdit[]): boolean {
  let changed = '';
  let at = 0;
  for (const { span, newText } of edits) {
    changed += text.slice(at, span.start) + newText;
    at = span.end;
  }
  changed += text.slice(at);
  const before = readings(text);
  return before !== undefined && before === readings(changed);
}

function readings(text: string): string | undefined {
  const { roots, fault } = readGoYaml(text);
  return fault === undefined
    ? JSON.stringify(roots, (key, value: unknown) => (key === 'span' || key === 'keySpan' ? undefined : value))
    : undefined;
}
