import { say } from '../../../base/message';
import type { SectionState } from '../section-state';
import type { Statement } from '../statement';

/** Holds the numbers in `capture … id N` of the rules at `lines` against the captures that the section has. */
export function checkCaptures(state: SectionState, lines: readonly number[]): void {
  const { type, statements, inherited } = state;
  // A backend uses those of the frontend in front of it.
  if ((type !== 'frontend' && type !== 'listen') || state.disabled) return;
  // A line that is not understood may have been meant to capture.
  if (statements.some((each) => (each.uncertain || each.problems.length > 0) && mayCapture.test(each.line.raw))) return;
  // Rules of the defaults section capture, too, ahead of those that stand here.
  const above = inherited === undefined ? 0 : inherited.captures;
  if (above === undefined) return;
  const counts = new Map<string, number>();
  for (const line of lines) {
    const statement = statements[line];
    const isLate =
      statement?.directive?.name === 'http-response' || statement?.directive?.name === 'http-after-response';
    const side = isLate ? 'response' : 'request';
    const id = wordBehind(statement, 'id');
    if (id === undefined || id.open) continue;
    const count =
      counts.get(side) ?? statements.filter((each) => capturesOn(each, side)).length + (side === 'request' ? above : 0);
    counts.set(side, count);
    if (Number(id.text) >= count)
      state.report(
        line,
        id,
        'unknown-reference',
        say('there is no capture {0}: this section has {1} of the {2}', id.text, count, side),
      );
  }
}

const mayCapture = /captur/i;

const wordBehind = (statement: Statement | undefined, word: string) =>
  statement?.args[statement.args.findIndex((each) => each.text === word) + 1 || Number.POSITIVE_INFINITY];

/** How many places the rules of a `defaults` section keep; undefined where a line that is not understood may be one. */
export const capturesOfDefaults = (statements: readonly Statement[]): number | undefined =>
  statements.some((each) => (each.uncertain || each.problems.length > 0) && mayCapture.test(each.line.raw))
    ? undefined
    : statements.filter((each) => capturesOn(each, 'request')).length;

function capturesOn(statement: Statement, side: string): boolean {
  const name = statement.directive?.name;
  if (name === 'declare capture') return statement.arg(0)?.text === side;
  if (name === `capture ${side} header`) return true;
  if (side !== 'request' || (name !== 'http-request' && name !== 'tcp-request content')) return false;
  return statement.arg(0)?.text === 'capture' && wordBehind(statement, 'len') !== undefined;
}
