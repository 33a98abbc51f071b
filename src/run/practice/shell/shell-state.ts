import type { Machine } from '../world';
import type { Steps } from './steps';
import type { Streams } from './streams';
import type { Tree } from './tree';

/** A shell as the commands built into it see it: what they read, set and start. */
export interface ShellState {
  readonly machine: Machine;
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly functions: Map<string, Tree>;
  readonly options: Set<string>;
  /** What the variables were before each function that runs made them its own; the innermost last. */
  readonly locals: Map<string, string | undefined>[];
  readonly traps: Map<string, string>;
  arguments: readonly string[];
  name: string;
  folder: string;
  umask: number;
  /** The exit code of the last command. */
  status: number;
  /** The value of a variable or a special parameter; nothing when it is not set. */
  variable(name: string): string | undefined;
  /** A path as the system sees it from the folder the shell is in. */
  path(path: string): string;
  /** Writes a line to standard error. */
  complain(streams: Streams, line: string): void;
  run(tree: Tree, streams: Streams): Steps<number>;
  /** What a command writes that stands in a word, without the ends of its last lines (POSIX.1-2017, 2.6.3). */
  outputOf(tree: Tree, streams: Streams): Steps<string>;
  /** Starts a program; 127 when there is none of this name. */
  start(argv: readonly string[], streams: Streams, environment: ReadonlyMap<string, string>): Steps<number>;
}
