import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the functions of src/ops that make plans, as they stand in its files. */
export function planners(folder = join('src', 'ops')): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return planners(path);
    const made = /^export (?:async )?function (plan\w+)\([^{]*?\): (?:Promise<)?Plan\b/gms;
    return [...readFileSync(path, 'utf8').matchAll(made)].flatMap(([, name]) => name ?? []);
  });
}
