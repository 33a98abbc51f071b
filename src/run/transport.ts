import type { ExecResult } from '../ops/command';

/** A command ready to be executed: every word is final. `stdin` may hold a secret; it is never logged. */
export interface ExecRequest {
  readonly argv: readonly string[];
  readonly root: boolean;
  readonly timeoutSec: number;
  readonly stdin?: string | Uint8Array;
}

/**
 * One connected host. A command that exits non-zero is a result; a broken connection, a timeout or a cancelled wait
 * throws `TransportError`, because then nobody knows whether the command took effect.
 */
export interface Transport {
  readonly host: string;
  exec(request: ExecRequest, signal?: AbortSignal): Promise<ExecResult>;
  /** Writes a file so that its path shows either the old or the whole new content. `mode` is octal text like `0600`. */
  upload(
    content: Uint8Array,
    path: string,
    options: { readonly mode: string; readonly root: boolean },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Hands the content of a file over piece by piece. */
  download(
    path: string,
    options: { readonly root: boolean },
    onChunk: (chunk: Uint8Array) => void,
    signal?: AbortSignal,
  ): Promise<void>;
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

/** Nobody knows what became of the command. The message names the host, what was expected and what to do next. */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  constructor(
    readonly host: string,
    readonly failure: TransportFailure,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${host}: ${message}`, options);
  }
}
