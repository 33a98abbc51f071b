import type { Word } from './line';

/** What stands behind the first words of a line. Lines that end alike, from the same column on, share one. */
export interface Ending {
  readonly words: readonly Word[];
  /** Where the `#` of the comment is, or -1. */
  readonly comment: number;
  /** What later stages keep with it; see `note.ts` of the model. */
  readonly notes: unknown[];
}

/**
 * The endings of one file. Most lines of a large file are servers, and hundreds of them end with the same
 * `check inter 2s fall 3 rise 2`: its words are cut, kept and judged once.
 */
export class Endings {
  private readonly byColumn: Map<string, Ending>[] = [];

  find(column: number, text: string): Ending | undefined {
    return this.byColumn[column]?.get(text);
  }

  keep(column: number, text: string, ending: Ending): void {
    let known = this.byColumn[column];
    if (known === undefined) {
      known = new Map();
      this.byColumn[column] = known;
    }
    known.set(text, ending);
  }
}

/** How many words such a line has of its own: the keyword, a name and an address. */
export const ownWords = 3;

/** Whether lines that begin with `word` tend to end alike. */
export const endsAlike = (word: Word | undefined): boolean => word?.text === 'server';
