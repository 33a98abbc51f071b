import { type Message, render, say } from '../base/message';
import type { ExecResult } from '../ops/command';
import type { Concern } from '../ops/plan';

/** Bytes that are at hand, or come piece by piece. */
export type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/** A command ready to be executed: every word is final. `stdin` may hold a secret; it is never logged. */
export interface ExecRequest {
  readonly argv: readonly string[];
  readonly root: boolean;
  readonly timeoutSec: number;
  readonly stdin?: Content;
}

/** How a command ended whose output was handed over piece by piece. */
export type StreamResult = Omit<ExecResult, 'stdout'>;

/**
 * One connected host. A command that exits non-zero is a result; a broken connection, a timeout or a cancelled wait
 * throws `TransportError`, because then nobody knows whether the command took effect. Files go over it by `files.ts`.
 */
export interface Transport {
  readonly host: string;
  exec(request: ExecRequest, signal?: AbortSignal): Promise<ExecResult>;
  /** Hands the output over as it comes; the host waits while `onChunk` is still at work. */
  stream(
    request: ExecRequest,
    onChunk: (chunk: Uint8Array) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<StreamResult>;
  close(): void;
}

export type TransportFailure =
  | 'unreachable'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'host-key-unknown'
  | 'authentication'
  | 'lost'
  | 'timeout'
  | 'cancelled'
  | 'refused';

/** A fault in words that can be said in the reader's language. */
abstract class SpokenError extends Error {
  /** What went wrong, where, what was expected and what to do next; without a host it went wrong on this machine. */
  readonly concern: Concern;

  constructor(host: string | undefined, message: Message, cause: unknown) {
    super(host === undefined ? render(message) : `${host}: ${render(message)}`, { cause });
    this.concern = { ...(host !== undefined && { host }), message };
  }
}

/** Nobody knows what became of the command. */
export class TransportError extends SpokenError {
  override readonly name = 'TransportError';

  constructor(
    readonly host: string,
    readonly failure: TransportFailure,
    message: Message,
    options?: { readonly cause?: unknown },
  ) {
    super(host, message, options?.cause);
  }
}

/** The host answered, and did not do what a step needs of it: nothing is unknown. */
export class HostError extends SpokenError {
  override readonly name = 'HostError';

  constructor(
    readonly host: string,
    message: Message,
    options?: { readonly cause?: unknown },
  ) {
    super(host, message, options?.cause);
  }
}

/** This machine cannot do what a step, or the run itself, needs of it: a full disk, a folder that may not be written. */
export class HereError extends SpokenError {
  override readonly name = 'HereError';

  constructor(message: Message, options?: { readonly cause?: unknown }) {
    super(undefined, message, options?.cause);
  }
}

const passing: ReadonlySet<TransportFailure> = new Set(['lost', 'timeout', 'unreachable']);

/** Whether it may be over in a moment; other faults, like a changed host key, need a person. */
export function isPassing(error: unknown): error is TransportError {
  return error instanceof TransportError && passing.has(error.failure);
}

/** What an error says, in parts; one that is no fault of a host is a bug and says it in English. */
export function concernOf(error: unknown): Concern {
  if (error instanceof SpokenError) return error.concern;
  return { message: say('{0}', error instanceof Error ? error.message : String(error)) };
}
