import type { Word } from './word';

/** What stands behind the first words of a line. Lines that end alike, from the same column on, share one. */
export interface Ending {
  readonly words: readonly Word[];
  /** Where the `#` of the comment is, or -1. */
  readonly comment: number;
  /** What later stages keep with it; see `note.ts` of the model. */
  readonly notes: unknown[];
}

/**
 * What the lines of one file share. Most lines of a large file are servers, and hundreds of them end with the same
 * `check inter 2s fall 3 rise 2`: its words are cut, kept and judged once. So is the word that lines begin with.
 */
export class SharedWords {
  private readonly endings: Map<string, Ending>[] = [];
  private readonly firsts: Map<string, Word>[] = [];

  /** The word `text` as the first one of its line. */
  first(column: number, text: string): Word {
    const known = at(this.firsts, column);
    let word = known.get(text);
    if (word === undefined) {
      word = { text, start: column, end: column + text.length, open: false, raw: undefined };
      known.set(text, word);
    }
    return word;
  }

  ending(column: number, text: string): Ending | undefined {
    return this.endings[column]?.get(text);
  }

  keepEnding(column: number, text: string, ending: Ending): void {
    at(this.endings, column).set(text, ending);
  }
}

function at<T>(columns: Map<string, T>[], column: number): Map<string, T> {
  let known = columns[column];
  if (known === undefined) {
    known = new Map();
    columns[column] = known;
  }
  return known;
}

/** How many words such a line has of its own: the keyword, a name and an address. */
export const ownWords = 3;

/** Whether lines that begin with `word` tend to end alike. */
export const endsAlike = (word: Word | undefined): boolean => word?.text === 'server';
