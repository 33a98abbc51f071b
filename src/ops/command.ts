/** A word of a command: text, or the value that an earlier step of the same run captured under this name. */
export type Arg = string | { readonly output: string };

/**
 * A remote command as data: nothing is joined or quoted until it is executed. A secret travels in `secretStdin`, by the
 * name under which the run was given it, and never stands in a plan.
 */
export interface Command {
  readonly argv: readonly [string, ...Arg[]];
  /** Runs as root: directly, or through sudo. */
  readonly root: boolean;
  readonly timeoutSec: number;
  readonly stdin?: Arg;
  readonly secretStdin?: string;
}

/** How a command ended. Both streams are text; a command that was killed has no code. */
export interface ExecResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A question to a host whose answer is yes or no, repeated until yes or until the time is over. */
export interface Probe {
  readonly host: string;
  readonly command: Command;
  readonly yesWhen: Condition;
  /** Zero asks once. */
  readonly withinSec: number;
}

/** When the answer of a command means yes. Exit codes alone are believed only where the program is known to mean them. */
export type Condition =
  | { readonly stdoutHas: string }
  | { readonly stdoutLacks: string }
  /** A regular expression for one line, of what JavaScript and `grep -E` read alike (and `\\d`, `(?:`): runbooks ask so. */
  | { readonly stdoutMatches: string }
  | { readonly code: number }
  | { readonly all: readonly Condition[] };

/** A pattern of a condition as `grep -E` reads it (POSIX.1-2017, 9.4). */
export function asGrepReads(pattern: string): string {
  return pattern.replace(/\[\\s/g, '[[:space:]').replace(/\\d/g, '[0-9]').replace(/\(\?:/g, '(');
}

/** Whether `result` fulfils `condition`. Patterns are regular expressions over the whole output, `^` and `$` at lines. */
export function holds(condition: Condition, result: ExecResult): boolean {
  if ('all' in condition) return condition.all.every((each) => holds(each, result));
  if ('code' in condition) return result.code === condition.code;
  if ('stdoutHas' in condition) return result.stdout.includes(condition.stdoutHas);
  if ('stdoutLacks' in condition) return result.code === 0 && !result.stdout.includes(condition.stdoutLacks);
  return new RegExp(condition.stdoutMatches, 'm').test(result.stdout);
}
