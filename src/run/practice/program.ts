import type { Machine } from './machine';
import type { Input } from './shell/streams';

/** One start of a program on a practice machine: its words, its streams and where it runs. */
export interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin: Input;
  readonly machine: Machine;
  readonly folder: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly umask: number;
  /** @throws FileError when what is behind the stream is full */
  out(text: string | Buffer): void;
  err(text: string): void;
  /** A path as the system sees it from the folder the program runs in. */
  path(path: string): string;
  /** Starts another program with the same streams; 127 when there is none of this name. */
  start(argv: readonly string[], options?: { readonly environment?: ReadonlyMap<string, string> }): Promise<number>;
}

/** Plays a program; the number is its exit code. */
export type Program = (call: Call) => number | Promise<number>;

/** Says `NAME: text` as programs do when they fail, and gives the code. */
export function complain(call: Call, text: string, code = 1): number {
  call.err(`${call.name}: ${text}\n`);
  return code;
}
