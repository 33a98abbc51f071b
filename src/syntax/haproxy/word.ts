/** One word of a line. Offsets count from the start of the line; quotes and escapes lie inside them. */
export interface Word {
  /** The word as the program sees it: quotes gone, escapes replaced. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** An environment variable takes part, so what the program sees is not known here. */
  readonly open: boolean;
  /** What stands in the line, where quotes or escapes make it another text. */
  readonly raw?: string | undefined;
}
