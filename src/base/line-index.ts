/** A place as people and editors name it. Both count from zero; `column` is in UTF-16 code units. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** Converts between offsets and positions of one text. Lines end with LF, CR LF or a lone CR, as in VS Code. */
export class LineIndex {
  private readonly starts: readonly number[];

  constructor(private readonly text: string) {
    const starts = [0];
    if (!text.includes('\r')) {
      for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', feed + 1)) starts.push(feed + 1);
    } else {
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (unit === 10) starts.push(i + 1);
        else if (unit === 13 && text.charCodeAt(i + 1) !== 10) starts.push(i + 1);
      }
    }
    this.starts = starts;
  }

  get lineCount(): number {
    return this.starts.length;
  }

  /** The position of `offset`; offsets outside the text are moved to its nearer end. */
  positionAt(offset: number): Position {
    const wanted = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lineStart(middle) <= wanted) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: wanted - this.lineStart(low) };
  }

  /** The offset of `position`; a column behind the end of its line is moved to that end. */
  offsetAt(position: Position): number {
    const line = Math.max(0, Math.min(position.line, this.starts.length - 1));
    const end = line + 1 < this.starts.length ? this.lineStart(line + 1) : this.text.length;
    return Math.max(0, Math.min(this.lineStart(line) + position.column, end));
  }

  /** The offset at which line `line` (from zero) begins. */
  lineStart(line: number): number {
    return this.starts[line] ?? this.text.length;
  }

  /** The offset behind the last character of line `line` (from zero), in front of what ends it. */
  lineEnd(line: number): number {
    const next = this.starts[line + 1];
    if (next === undefined) return this.text.length;
    const isPair = this.text.charCodeAt(next - 1) === 10 && this.text.charCodeAt(next - 2) === 13;
    return next - (isPair ? 2 : 1);
  }
}
