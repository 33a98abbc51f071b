import { say } from '../../../base/message';
import type { Release } from '../../../catalog/haproxy/catalog';
import type { SectionState } from '../section-state';

/** Before, a ring could only grow, and a unit behind its size was passed over (2.6.12; 3.0.11 takes any size). */
const anySize: Release = 207;
const firstSize = 16_384;

/** The sizes of a `ring`, each against the one before. */
export function checkRing(state: SectionState): void {
  if (state.release >= anySize) return;
  let size = firstSize;
  state.statements.forEach(({ directive, args: [word] }, line) => {
    if (directive?.name !== 'size' || word === undefined || word.open) return;
    const value = Number.parseInt(word.text, 10);
    if (value < size && value > 0)
      state.report(
        line,
        word,
        'bad-value',
        say('the ring cannot get smaller: it has {0} bytes, and "{1}" is read as {2}', size, word.text, value),
      );
    else size = value;
  });
}
