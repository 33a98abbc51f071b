import { newestRelease, oldestRelease, type Release } from '../../catalog/haproxy/catalog';
import type { Problem } from './problem';
import { readStatement } from './read-statement';
import type { Statement } from './statement';

/** Release lines that files are written for, the oldest first: the ones most unlike the newest are asked first. */
const releases: readonly Release[] = [oldestRelease, 205, 206, 207, 208, 209, 300, 301, 302, 303].filter(
  (each) => each < newestRelease,
);

const verdicts = new WeakMap<Statement, boolean>();

/**
 * Whether every release refuses what is wrong with `problem` on the line of `statement`. Where nobody said which release
 * a file is for, nothing less is an error. `severe` tells whether a problem counts as refusal.
 */
export function everyReleaseRefuses(
  statement: Statement | undefined,
  problem: Problem,
  severe: (problem: Problem) => boolean,
): boolean {
  if ((problem.refusedFrom ?? 0) > oldestRelease) return false;
  if (statement === undefined || !statement.problems.includes(problem)) return true;
  let verdict = verdicts.get(statement);
  if (verdict === undefined) {
    verdict = releases.every((each) => readStatement(statement.line, statement.section, each).problems.some(severe));
    verdicts.set(statement, verdict);
  }
  return verdict;
}
