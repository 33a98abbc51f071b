import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * The exports of `contents`, which imports from the root of the repository, as they are shipped: what runs the tests adds
 * a call to every function that is made, which costs a third.
 */
export function bundled<Exports>(contents: string): Exports {
  const folder = mkdtempSync(join(tmpdir(), 'haven-bench-'));
  const outfile = join(folder, 'bundle.cjs');
  try {
    buildSync({
      stdin: { contents, resolveDir: join(__dirname, '../..') },
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node20',
      outfile,
    });
    return createRequire(outfile)(outfile) as Exports;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
