/** What a program reads: bytes with a place to go on from, shared by all that read the same stream. */
export class Input {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** All that is left. */
  all(): Buffer {
    const rest = this.bytes.subarray(this.at);
    this.at = this.bytes.length;
    return rest;
  }

  /** The next line without its end; nothing when there is no more. */
  line(): { readonly text: string; readonly ended: boolean } | undefined {
    if (this.at >= this.bytes.length) return undefined;
    const end = this.bytes.indexOf(10, this.at);
    const stop = end < 0 ? this.bytes.length : end;
    const text = this.bytes.toString('utf8', this.at, stop);
    this.at = end < 0 ? stop : end + 1;
    return { text, ended: end >= 0 };
  }
}

/** Where output goes. */
interface Sink {
  write(bytes: Buffer): void;
}

/** Keeps what was written. */
export class Collector implements Sink {
  private readonly chunks: Buffer[] = [];

  constructor(private readonly onWrite?: (bytes: Buffer) => void) {}

  write(bytes: Buffer): void {
    this.chunks.push(bytes);
    this.onWrite?.(bytes);
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

export const nowhere: Sink = { write: () => {} };

/** The streams of a command, by number. */
export interface Streams {
  readonly stdin: Input;
  readonly outputs: ReadonlyMap<number, Sink>;
}
