import { randomBytes } from 'node:crypto';
import type { Secret } from '../../base/secret';
import { commandLine } from '../../base/shell';
import { morePath } from './beginning';

/** Whether sshd (session.c) or sudo (its PAM module) says that the password of the user is to be changed first. */
export function isExpired(said: string): boolean {
  return /password (?:has|is) expired|reset your password and try again|password change required/i.test(said);
}

/** Said on standard error right before the command itself begins, so that its standard input can follow. */
const began = 'haven-began-';
/** The two halves of what is said stand apart in it: a sudo that refuses repeats the whole command. */
const beginning = ['--', 'sh', '-c', `${morePath}; printf '${began}%s' "$1" >&2; shift; exec "$@"`, 'sh'];

/**
 * Takes a command line of `SudoDialogue` apart where a machine that is played runs it: what is said on standard error
 * before the first byte of input comes, and the command line without that. Undefined for any other command line.
 */
export function beginningOf(line: string): { readonly said: string; readonly rest: string } | undefined {
  const middle = ` ${commandLine(beginning)} `;
  const at = line.indexOf(middle);
  const [word, ...words] = line.slice(at + middle.length).split(' ');
  if (at < 0 || word === undefined) return undefined;
  return { said: `${began}${word}`, rest: `${line.slice(0, at)} -- ${words.join(' ')}` };
}

/**
 * One command under sudo. It says when it begins: until then everything that is heard comes from sudo, and a sudo that
 * refuses is never taken for the command's own answer. Nothing is written before sudo has asked with a prompt that only we
 * know, and the command's own standard input follows only after the command has begun: the password can never be read by
 * the command, also where sudo turns out not to ask.
 */
export class SudoDialogue {
  private readonly prompt = `haven-sudo-${randomBytes(12).toString('hex')}:`;
  private readonly word = randomBytes(12).toString('hex');
  private readonly start = `${began}${this.word}`;
  private pending = '';
  private asked = 0;
  private running = false;

  constructor(
    private readonly options: {
      /** Absent: sudo must not ask. */
      readonly password?: Secret;
      write(text: string): void;
      /** sudo asks again: the password is wrong. */
      onRefused(): void;
      onBegan(): void;
    },
  ) {}

  /** Whether sudo let the command begin. */
  get hasBegun(): boolean {
    return this.running;
  }

  argvFor(argv: readonly string[]): string[] {
    const asking = this.options.password === undefined ? ['-n'] : ['-S', '-p', this.prompt];
    // In the C locale: what sudo itself says is read.
    return ['env', 'LC_ALL=C', 'sudo', ...asking, ...beginning, this.word, ...argv];
  }

  /** Takes a piece of standard error and gives back what is the command's own. */
  hear(chunk: Buffer): Buffer {
    if (this.running) return chunk;
    // Latin-1 keeps every byte, whatever the pieces cut apart.
    this.pending += chunk.toString('latin1');
    for (let at = this.pending.indexOf(this.prompt); at >= 0; at = this.pending.indexOf(this.prompt)) {
      this.pending = this.pending.slice(0, at) + this.pending.slice(at + this.prompt.length);
      const { password } = this.options;
      if (password !== undefined && this.asked++ === 0) this.options.write(`${password.reveal()}\n`);
      else this.options.onRefused();
    }
    const at = this.pending.indexOf(this.start);
    if (at < 0) {
      // A new password is asked for with other words, and none is given.
      if (isExpired(this.pending)) this.options.onRefused();
      return Buffer.alloc(0);
    }
    this.running = true;
    // What sudo itself said before, as a lecture, is no word of the command.
    const rest = this.pending.slice(at + this.start.length);
    this.pending = '';
    this.options.onBegan();
    return Buffer.from(rest, 'latin1');
  }

  /** What was said by sudo when the command never began. */
  rest(): Buffer {
    return Buffer.from(this.pending, 'latin1');
  }
}
