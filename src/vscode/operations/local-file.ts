import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { LocalFile } from '../../ops/local-file';

/** A file of this machine with its hash, read piece by piece. */
export async function localFile(localPath: string): Promise<LocalFile> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(localPath)) hash.update(chunk as Uint8Array);
  return { localPath, sha256: hash.digest('hex'), bytes: (await stat(localPath)).size };
}

/** The file that the user picks. */
export async function pickFile(title: string): Promise<LocalFile | undefined> {
  const [uri] = (await vscode.window.showOpenDialog({ title })) ?? [];
  return uri === undefined ? undefined : localFile(uri.fsPath);
}

/** Whether a folder lies in a git work tree: it or one above it has a `.git`. */
export async function isInWorkTree(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(join(at, '.git')).catch(() => undefined);
    if (found !== undefined) return true;
    if (dirname(at) === at) return false;
  }
}
