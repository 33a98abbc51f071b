import { createInterface } from 'node:readline';
import { Secret } from '../base/secret';
import { err, shown } from './terminal';

/** Whether a person sits before this command: else nobody is asked, and nothing is assumed. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** One question at a time: fifty hosts with the same trouble must not talk at once. */
let queue: Promise<unknown> = Promise.resolve();

function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const next = queue.then(work, work);
  queue = next.catch(() => undefined);
  return next;
}

/** A line that the person types; undefined where nobody is there or the input ends. Questions go to standard error. */
export function ask(question: string, signal?: AbortSignal): Promise<string | undefined> {
  if (!isInteractive()) return Promise.resolve(undefined);
  return inTurn(
    () =>
      new Promise((resolve) => {
        const lines = createInterface({ input: process.stdin, output: process.stderr });
        const end = () => lines.close();
        signal?.addEventListener('abort', end, { once: true });
        let answer: string | undefined;
        lines.once('close', () => {
          signal?.removeEventListener('abort', end);
          resolve(answer);
        });
        lines.question(`${shown(question)} `, (text) => {
          answer = text.trim();
          lines.close();
        });
      }),
  );
}

/** The same without showing what is typed. */
export function askSecret(question: string): Promise<Secret | undefined> {
  if (!isInteractive()) return Promise.resolve(undefined);
  return inTurn(
    () =>
      new Promise((resolve) => {
        const { stdin } = process;
        err(`${question}: `);
        stdin.setRawMode(true);
        stdin.setEncoding('utf8');
        stdin.resume();
        let typed = '';
        const finish = (answer: string | undefined) => {
          stdin.off('data', hear);
          stdin.setRawMode(false);
          stdin.pause();
          err('\n');
          resolve(answer === undefined ? undefined : new Secret(answer));
        };
        const hear = (text: string) => {
          for (const letter of text) {
            if (letter === '\r' || letter === '\n') return finish(typed);
            // Ctrl+C and Ctrl+D.
            if (letter === '\u0003' || letter === '\u0004') return finish(undefined);
            typed = letter === '\u007f' || letter === '\b' ? typed.slice(0, -1) : typed + letter;
          }
        };
        stdin.on('data', hear);
      }),
  );
}
