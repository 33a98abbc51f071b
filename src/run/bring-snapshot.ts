import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { HostCluster } from '../ops/host';
import type { Plan } from '../ops/plan';
import type { SnapshotPlace } from './ask-restore';
import { downloadFile, partPath } from './files';
import type { Hosts } from './hosts';
import { type LocalSnapshot, readLocalSnapshot } from './read-snapshot';

/** A copy of a snapshot that an operation needs for a while. It holds every secret of the cluster. */
export interface BroughtSnapshot extends LocalSnapshot {
  /** Removes the copy. */
  remove(): Promise<void>;
}

/**
 * Brings a snapshot into `folder` on this machine, which only its owner reads, and reads what it holds.
 * `here` is what this machine is called where its file is damaged.
 * @throws HostError when it is damaged or cannot be read; nothing of it stays here then
 */
export async function bringSnapshot(
  hosts: Pick<Hosts, 'connect'>,
  cluster: HostCluster,
  { host, path }: SnapshotPlace,
  to: { readonly folder: string; readonly stamp: string; readonly here: string },
  onProgress: (bytes: number, of: number) => void,
  signal: AbortSignal,
): Promise<BroughtSnapshot> {
  const copy = join(to.folder, `${to.stamp}-${basename(path)}`);
  // The next try has a stamp of its own, so it would not go on with the beginning of this one.
  const remove = async () => {
    for (const path of [copy, partPath(copy)]) await rm(path, { force: true });
  };
  await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
  try {
    const node = cluster.nodes.find((each) => each.name === host);
    if (node === undefined) {
      await copyFile(path, copy);
      await chmod(copy, 0o600);
    } else {
      const transport = await hosts.connect(node, signal);
      await downloadFile(transport, { path, root: true }, copy, onProgress, signal);
    }
    return { ...(await readLocalSnapshot(copy, host ?? to.here)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Whether a plan sends this file of this machine, and so needs it until the run is over. */
export function sends({ steps }: Plan, localPath: string): boolean {
  return steps.some(
    (each) => 'upload' in each && 'file' in each.upload.content && each.upload.content.file === localPath,
  );
}
