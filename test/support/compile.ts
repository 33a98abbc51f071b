import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const out = 'out';

/**
 * Compiles all TypeScript of the repository into a new folder, in which every file lies as it does here.
 * Each test file is a process of its own, and to compile what it needs in each of them took longer than most tests do.
 *
 * @returns the folder, which is removed when this process ends
 */
export async function compileAll(): Promise<string> {
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out)) if (isLeft(name)) rmSync(join(out, name), { recursive: true, force: true });
  const folder = resolve(out, `tests-${process.pid}`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [...['src', 'test', 'scripts'].flatMap(sourcesBelow), 'webview/scroll.ts', 'webview/lines.ts'],
    outdir: folder,
    outbase: '.',
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    loader: { '.json': 'copy' },
    supported: { 'dynamic-import': false },
    logLevel: 'error',
  });
  return folder;
}

/** Whether a folder is that of a process which was killed. */
function isLeft(name: string): boolean {
  const pid = /^tests-(\d+)$/.exec(name)?.[1];
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch {
    return true;
  }
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'fixtures' ? [] : sourcesBelow(path);
    return /\.(ts|json)$/.test(entry.name) ? [path] : [];
  });
}
