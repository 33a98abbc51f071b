import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every file below `folder` whose name ends with `ending`, in a stable order; none where there is no such folder. */
export function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, ending);
      return entry.name.endsWith(ending) ? [path] : [];
    })
    .sort();
}

/**
 * Splits a text into files: a line `#- path` starts the next one. Text before the first such line belongs to `first`.
 * Lines of one file keep their order, so a single-file text comes back unchanged.
 */
export function splitFiles(text: string, first: string): { readonly path: string; readonly text: string }[] {
  const files: { path: string; text: string }[] = [{ path: first, text: '' }];
  for (const line of text.split(/(?<=\n)/)) {
    const header = /^#- (\S+)\r?\n?$/.exec(line);
    const last = files.at(-1);
    if (header?.[1] !== undefined) files.push({ path: header[1], text: '' });
    else if (last !== undefined) last.text += line;
  }
  return files.filter((file, index) => index > 0 || file.text.trim() !== '');
}
