import type { NameKind, Problem } from './problem';

/** What is known of the names of a file for as long as its outline stays. */
export interface Outline {
  names?: NameIndex;
  /** What sections of one file are to each other, whatever they refer to. */
  neighbours?: readonly InSection[];
}

/** For each kind the names that a file defines, each with the place of its section among the sections. */
export type NameIndex = ReadonlyMap<NameKind, ReadonlyMap<string, number>>;

export interface InSection {
  /** The place of the section among the sections of the file. */
  readonly section: number;
  /** Counted from its header. */
  readonly line: number;
  readonly problem: Problem;
}
