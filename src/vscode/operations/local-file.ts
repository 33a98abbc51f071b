import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
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

/** Asks before something with secrets in it is put into a git work tree. */
export async function mayHoldSecrets(path: string): Promise<boolean> {
  const { workTreeOf } = await import('../../run');
  const tree = workTreeOf(path);
  if (tree === undefined) return true;
  const go = vscode.l10n.t('Put it there');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0} is a work tree of git.', tree),
    { modal: true, detail: vscode.l10n.t('What is put there holds secrets of the cluster. Do not commit it.') },
    go,
  );
  return answer === go;
}
