/** Something that later stages may keep findings with, for as long as it stays as it is. */
export interface Noted {
  readonly notes: unknown[];
}

let kinds = 0;

/** A place for one finding of each kind: lists that grow when something is kept are slow to write to. */
export const emptyNotes = (): unknown[] => new Array<unknown>(kinds).fill(undefined);

/**
 * One kind of finding that is kept with what it was found in. A plain slot does the work of a `WeakMap`, whose entries
 * cost the garbage collector more than all the rest of a large file.
 */
export class Note<T> {
  private readonly slot = kinds++;

  get(of: Noted): T | undefined {
    return of.notes[this.slot] as T | undefined;
  }

  set(of: Noted, value: T): void {
    of.notes[this.slot] = value;
  }
}
