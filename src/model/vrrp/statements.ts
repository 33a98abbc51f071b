import type { Statement } from '../../syntax/keepalived/tree';
import { within } from '../keepalived/analysis';

/** The lines of all lists of this keyword. */
export function entries(statement: Statement, keyword: string): Statement[] {
  return within(statement, keyword).flatMap(
    (each) => each.block?.statements.filter((line) => line.words.length > 0) ?? [],
  );
}

/** The number behind a keyword. */
export function number(statement: Statement | undefined, fallback: number): number {
  const value = Number(statement?.words[1]?.text ?? Number.NaN);
  return Number.isFinite(value) ? value : fallback;
}

/** A flag without a word is on. */
export function isOn(statement: Statement | undefined): boolean {
  const word = statement?.words[1]?.text;
  return statement !== undefined && (word === undefined || word === 'true' || word === 'on' || word === 'yes');
}
