import { say } from '../../../base/message';
import type { Word } from '../../../syntax/haproxy/line';
import type { SectionState } from '../section-state';

/** The sizes of a `cache` section, one against the other. */
export function checkCache(state: SectionState): void {
  const { statements } = state;
  const numberIn = (name: string): { line: number; word: Word; value: number } | undefined => {
    const line = statements.findIndex((each) => each.directive?.name === name);
    const word = statements[line]?.args[0];
    return word === undefined || word.open ? undefined : { line, word, value: Number.parseInt(word.text, 10) };
  };
  const largest = numberIn('max-object-size');
  const total = numberIn('total-max-size');
  const half = (total?.value ?? 0) * 512 * 1024;
  // A negative size is read as a huge one.
  if (largest === undefined || total === undefined || (largest.value >= 0 && largest.value <= half)) return;
  state.report(
    largest.line,
    largest.word,
    'conflicting-settings',
    say('an object may take half of "total-max-size" at most: {0} bytes', half),
  );
}
