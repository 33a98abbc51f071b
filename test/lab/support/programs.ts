import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Puts a program into a layer, unless this very program is there. Two releases may be of one size, and the later one may have
 * been unpacked with an older date, so what is in them is compared.
 */
export function placeProgram(from: string, to: string): void {
  const source = realpathSync(from);
  if (existsSync(to) && statSync(to).size === statSync(source).size && hashOf(to) === hashOf(source)) return;
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { force: true });
  copyFileSync(source, to);
  chmodSync(to, 0o755);
}

/** What stands for these programs, in a note beside what was made of them. */
export function printOf(programs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const each of programs) hash.update(`${existsSync(each) ? hashOf(each) : 'absent'}\n`);
  return hash.digest('hex');
}

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
