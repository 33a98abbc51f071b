import { randomBytes } from 'node:crypto';
import type { Secret } from '../../base/secret';

/** Said on standard error right before the command itself begins, so that its standard input can follow. */
const began = 'haven-began';

/**
 * One command under a sudo that asks for a password. Nothing is written before sudo has asked with a prompt that only we
 * know, and the command's own standard input follows only after the command has begun: the password can never be read by
 * the command, also where sudo turns out not to ask.
 */
export class SudoDialogue {
  private readonly prompt = `haven-sudo-${randomBytes(12).toString('hex')}:`;
  private readonly start = `${began}-${randomBytes(12).toString('hex')}`;
  private pending = '';
  private asked = 0;
  private running = false;

  constructor(
    private readonly options: {
      readonly password: Secret;
      write(text: string): void;
      /** sudo asks again: the password is wrong. */
      onRefused(): void;
      onBegan(): void;
    },
  ) {}

  argvFor(argv: readonly string[]): string[] {
    const script = 'printf %s "$1" >&2; shift; exec "$@"';
    return ['sudo', '-S', '-p', this.prompt, '--', 'sh', '-c', script, 'sh', this.start, ...argv];
  }

  /** Takes a piece of standard error and gives back what is the command's or sudo's own. */
  hear(chunk: Buffer): Buffer {
    if (this.running) return chunk;
    // Latin-1 keeps every byte, whatever the pieces cut apart.
    this.pending += chunk.toString('latin1');
    for (let at = this.pending.indexOf(this.prompt); at >= 0; at = this.pending.indexOf(this.prompt)) {
      this.pending = this.pending.slice(0, at) + this.pending.slice(at + this.prompt.length);
      if (this.asked++ === 0) this.options.write(`${this.options.password.reveal()}\n`);
      else this.options.onRefused();
    }
    const at = this.pending.indexOf(this.start);
    if (at < 0) return Buffer.alloc(0);
    this.running = true;
    const rest = this.pending.slice(0, at) + this.pending.slice(at + this.start.length);
    this.pending = '';
    this.options.onBegan();
    return Buffer.from(rest, 'latin1');
  }

  /** What was said by sudo when the command never began. */
  rest(): Buffer {
    return Buffer.from(this.pending, 'latin1');
  }
}
