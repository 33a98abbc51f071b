/**
 * Text that was changed on its way (a backslash taken out, a definition put in) and for each of its characters the
 * stretch of the file that it came from.
 */
export class MappedText {
  private constructor(
    readonly text: string,
    private readonly starts: readonly number[],
    private readonly ends: readonly number[],
    /** Some of the text is not written here but came from a definition. */
    readonly replaced: boolean,
  ) {}

  /** Text that stands in the file at `start`. */
  static at(text: string, start: number): MappedText {
    const starts = Array.from({ length: text.length }, (_, i) => start + i);
    return new MappedText(
      text,
      starts,
      starts.map((each) => each + 1),
      false,
    );
  }

  /** Text that stands for the stretch from `start` to `end`. */
  static instead(text: string, start: number, end: number): MappedText {
    return new MappedText(
      text,
      new Array<number>(text.length).fill(start),
      new Array<number>(text.length).fill(end),
      true,
    );
  }

  slice(from: number, to: number = this.text.length): MappedText {
    return new MappedText(
      this.text.slice(from, to),
      this.starts.slice(from, to),
      this.ends.slice(from, to),
      this.replaced,
    );
  }

  concat(other: MappedText): MappedText {
    return new MappedText(
      this.text + other.text,
      [...this.starts, ...other.starts],
      [...this.ends, ...other.ends],
      this.replaced || other.replaced,
    );
  }

  /** Where the character at `index` begins in the file; behind the last one, where that ends. */
  startOf(index: number): number {
    return this.starts[index] ?? this.ends[this.ends.length - 1] ?? 0;
  }

  /** Where the stretch before `index` ends in the file. */
  endBefore(index: number): number {
    return this.ends[index - 1] ?? this.starts[0] ?? 0;
  }
}
