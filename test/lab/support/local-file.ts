import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import type { LocalFile } from '../../../src/ops/local-file';

/** A program of this machine as a plan names it, with its hash. */
export async function localFile(localPath: string): Promise<LocalFile> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(localPath)) hash.update(chunk as Uint8Array);
  return { localPath, sha256: hash.digest('hex'), bytes: statSync(localPath).size };
}
