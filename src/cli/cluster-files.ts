import { dirname, resolve } from 'node:path';
import { say } from '../base/message';
import { configTargets } from '../ops/config-target';
import type { PushFile, PushParameters } from '../ops/push-config';
import { type ClusterFiles, fileConcerns, pushFiles } from '../ops/repository-files';
import { slashed } from './load';
import { type OpenSite, UsageError } from './site';

/** Reads the files that the inventory names. What is diagnosed afterwards is the very text that was read here. */
export async function clusterFiles({ workspace, inventory, cluster }: OpenSite): Promise<ClusterFiles> {
  const { readClusterFiles } = await import('../run');
  const folder = dirname(inventory);
  const read = await readClusterFiles(folder, cluster);
  for (const { localPath, text } of read.files.values()) workspace.open(slashed(localPath), text);
  const kind = (name: string) => workspace.file(slashed(resolve(folder, name)))?.kind;
  return { ...read, targets: configTargets(cluster, kind) };
}

/**
 * The files to push: those that were named, as the inventory writes them or as a path from here, or else all.
 * @throws UsageError when one is not in the inventory or cannot be read
 */
export function chosenFiles(all: ClusterFiles, names: readonly string[]): readonly PushFile[] {
  const [unread] = all.unread.filter((each) => names.length === 0 || names.includes(each));
  if (unread !== undefined) throw new UsageError(say('the inventory names {0}, which cannot be read', unread));
  const files = pushFiles(all);
  const isNamed = (file: PushFile, name: string) => file.file === name || file.localPath === resolve(name);
  const unknown = names.find((name) => !files.some((file) => isNamed(file, name)));
  const known = [...new Set(files.map((each) => each.file))].join(', ');
  if (unknown !== undefined)
    throw new UsageError(say('the inventory puts no file "{0}" on a node; it puts: {1}', unknown, known));
  if (files.length === 0)
    throw new UsageError(say('the inventory puts no file on a node; name files under "configs" in haven.yaml'));
  return names.length === 0 ? files : files.filter((file) => names.some((name) => isNamed(file, name)));
}

/** What `haven lint` says against the files. */
export function lintConcerns({ workspace }: OpenSite, files: readonly PushFile[]): PushParameters['concerns'] {
  return fileConcerns(files, (localPath) => {
    const path = slashed(localPath);
    return workspace.file(path) === undefined ? [] : workspace.diagnose(path);
  });
}
