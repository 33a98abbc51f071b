import { say } from '../../../base/message';
import type { SectionState } from '../section-state';

/** The answers that the program makes itself have to fit (2.6.12 to 3.4.7, whatever the file holds). */
const least = 337;

/** A message is counted with 28 bits; sizes are rounded up to 16. */
const most = 268_435_440;

/** From here on a size may have a unit. */
const unitsTaken = 301;

/** Holds the size of buffers against what the program makes of them once the file is read; a later line replaces an earlier one. */
export function checkBuffers(state: SectionState): void {
  const line = state.statements.findLastIndex((each) => each.directive?.name === 'tune.bufsize');
  const statement = state.statements[line];
  const [size] = statement?.args ?? [];
  if (statement === undefined || size === undefined || size.open || statement.problems.length > 0) return;
  const [, digits = '', unit = ''] = /^(\d+)([kmg]?)/i.exec(size.text) ?? [];
  if (digits === '') return;
  const factor = state.release < unitsTaken ? 1 : 1024 ** ' kmg'.indexOf(unit.toLowerCase() || ' ');
  // Only the lower bits of a number are kept.
  const bytes = Number(BigInt.asIntN(32, BigInt(digits))) * factor;
  if (bytes >= least && bytes <= most) return;
  state.report(line, size, 'bad-value', say('{0} is out of range: {1} to {2} are possible', size.text, least, most));
}
