import { randomBytes } from 'node:crypto';
import { commandLine } from '../../base/shell';

/** Said on both streams right before the command begins, so that what the login shell says first is told apart from it. */
const began = 'haven-here-';
/**
 * Where k3s, its installer and people put programs. The `secure_path` of sudo leaves these folders out on RHEL and its kin,
 * and so does the PATH that sshd gives without a login: k3s would not be found where it runs. They come last, so that nothing
 * is put in the place of a program of the system.
 */
export const morePath = 'PATH=$PATH:/usr/local/sbin:/usr/local/bin:/opt/bin; export PATH';
/** Puts the pieces of the command line together, takes its escapes apart, and becomes the command. */
const script = `${morePath}; printf %s "$0"; printf %s "$0" >&2; l=; for w; do l=$l$w; done; eval "exec $(printf %b "$l")"`;
/** Every shell takes words of this length; of csh some do not take longer ones. */
const mostInWord = 900;

/**
 * What is sent for a command. sshd gives it to the login shell of the user, and that may be any: fish takes a backslash in
 * single quotes for an escape, csh takes no new line and no exclamation mark there. So all of them are asked for one thing that they
 * read alike, to start `sh` with plain words, and sh is told the rest in octal (POSIX.1-2017, printf, `%b`).
 */
export function startLine(argv: readonly string[], mark: string): string {
  const line = commandLine(argv).replace(/[\\'!\n\r\t]|[^\x20-\x7e]+/g, (part) =>
    [...Buffer.from(part)].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join(''),
  );
  const words: string[] = [];
  for (let at = 0; at < line.length; at += mostInWord) words.push(`'${line.slice(at, at + mostInWord)}'`);
  return `sh -c '${script}' ${mark} ${words.join(' ')}`;
}

export function newMark(): string {
  return `${began}${randomBytes(12).toString('hex')}`;
}

/** Takes a line of `startLine` apart, where a machine that is played runs it; undefined for any other. */
export function startedBy(line: string): { readonly mark: string; readonly line: string } | undefined {
  const head = `sh -c '${script}' `;
  if (!line.startsWith(head)) return undefined;
  const [mark = '', ...words] = line.slice(head.length).split(' ');
  const text = words.join(' ').slice(1, -1).replaceAll("' '", '');
  const bytes = text.replace(/\\0(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return { mark, line: Buffer.from(bytes, 'latin1').toString('utf8') };
}

/** One stream of a command, of which only what comes after the mark is the command's own. */
export class Beginning {
  private pending: Buffer = Buffer.alloc(0);
  private passed = false;

  constructor(
    private readonly mark: string,
    /** How much of what is said before is kept, for the one who asks why the command never began. */
    private readonly most = 65_536,
  ) {}

  /** Whether the command has begun. */
  get isPast(): boolean {
    return this.passed;
  }

  /** Gives back what the command itself has said in this piece. */
  hear(chunk: Buffer): Buffer {
    if (this.passed) return chunk;
    const all = Buffer.concat([this.pending, chunk]);
    const at = all.indexOf(this.mark);
    if (at < 0) {
      this.pending = all.subarray(Math.max(0, all.length - this.most));
      return Buffer.alloc(0);
    }
    this.passed = true;
    this.pending = Buffer.alloc(0);
    return all.subarray(at + this.mark.length);
  }

  /** What was said instead of a beginning. */
  rest(): string {
    return this.pending.toString('utf8');
  }
}
