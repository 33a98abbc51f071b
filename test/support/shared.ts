import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * The folder of facts, recordings and corpus beside the checkout (or where HAVEN_SHARED says), if it is there.
 * Tests that read it pass without it, and say so by name.
 */
export function sharedFolder(...path: readonly string[]): string | undefined {
  const folder = join(process.env.HAVEN_SHARED ?? resolve('..', 'shared'), ...path);
  return existsSync(folder) ? folder : undefined;
}
