import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import { readStatement } from '../../model/haproxy/read-statement';
import type { Statement } from '../../model/haproxy/statement';
import type { Expected } from '../../model/haproxy/visit';

/** A stretch of a line and what the reader looked for there; offsets count from the start of the line. */
export interface Visited {
  readonly start: number;
  readonly end: number;
  readonly expected: Expected;
}

const known = new WeakMap<Statement, readonly Visited[]>();

/** The places that the reader comes to in a line, in its order; kept for as long as the line's statement is. */
export function visitsOf(analysis: HaproxyAnalysis, statement: Statement): readonly Visited[] {
  let visits = known.get(statement);
  if (visits === undefined) {
    const found: Visited[] = [];
    readStatement(statement.line, statement.section, analysis.release, ({ start, end }, expected) => {
      found.push({ start, end, expected });
    });
    visits = found;
    known.set(statement, visits);
  }
  return visits;
}
