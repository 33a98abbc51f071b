import { Note } from '../../model/haproxy/note';
import type { Line, Word } from '../../syntax/haproxy/line';

/** Asks whether the parameters of a line are worth a closer look. Of lines that end alike, as servers do, one is asked. */
export class LineTest {
  private readonly ofEnding = new Note<boolean>();

  /** `holds` is asked of the last words of a line, the parameters among them, or of all. */
  constructor(private readonly holds: (words: readonly Word[]) => boolean) {}

  test({ words, ending }: Line): boolean {
    if (ending === undefined) return this.holds(words);
    let found = this.ofEnding.get(ending);
    if (found === undefined) {
      found = this.holds(ending.words);
      this.ofEnding.set(ending, found);
    }
    return found;
  }
}
