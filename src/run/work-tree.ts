import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The git work tree in which a path lies, or would lie: what is put there is soon in everybody's hands. */
export function workTreeOf(path: string): string | undefined {
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return undefined;
  }
}
