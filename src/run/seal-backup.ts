import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Message } from '../base/message';
import { folderOfBackup } from '../ops/backup';
import { backupPage, backupProblems, type SealedBackup } from '../ops/backup-page';
import { unreadMark } from '../ops/commands/api-resources';
import type { HostCluster } from '../ops/host';
import type { Plan } from '../ops/plan';
import type { Say } from '../ops/render-plan';
import { localFacts } from './files';
import { readLocalSnapshot } from './read-snapshot';
import { HostError } from './transport';

/**
 * Ends a backup whose run is done, also one that was gone on with: reads the snapshot, writes the checksums of all files and
 * the page that says how to use them. Undefined for a plan of something else.
 */
export async function sealBackup(
  plan: Plan,
  { distribution }: Pick<HostCluster, 'distribution'>,
  text: Say,
): Promise<{ readonly folder: string; readonly page: string; readonly problems: readonly Message[] } | undefined> {
  const folder = folderOfBackup(plan);
  if (folder === undefined) return undefined;
  const sealed = await lookInto(plan, folder);
  const page = join(folder, 'README.md');
  await writeFile(page, backupPage(plan, sealed, distribution, text), { mode: 0o600 });
  const sums = await Promise.all(
    (await filesBelow(folder)).map(async (path) => `${(await localFacts(join(folder, path)))?.sha256}  ${path}\n`),
  );
  await writeFile(join(folder, 'SHA256SUMS'), sums.join(''), { mode: 0o600 });
  return { folder, page, problems: backupProblems(sealed) };
}

async function lookInto(plan: Plan, folder: string): Promise<SealedBackup> {
  const unread: { kind: string; why: string }[] = [];
  const missing: string[] = [];
  let snapshot: SealedBackup['snapshot'];
  for (const step of plan.steps) {
    if (!('download' in step)) continue;
    const { to } = step.download;
    const file = relative(folder, to).split(sep).join('/');
    const there = await stat(to).catch(() => undefined);
    if (there === undefined) missing.push(file);
    else if (step.id.startsWith('resources-')) {
      const why = (await readFile(to, 'utf8')).split('\n').find((line) => line.startsWith(unreadMark));
      const kind = file.replace(/^resources\/|\.yaml$/g, '');
      if (why !== undefined) unread.push({ kind, why: why.slice(unreadMark.length).trim() });
    } else if (step.id.startsWith('bring-snapshot@')) snapshot = { file, read: await readBrought(to, step.host) };
  }
  return { unread, missing, ...(snapshot !== undefined && { snapshot }) };
}

async function readBrought(path: string, host: string): Promise<NonNullable<SealedBackup['snapshot']>['read']> {
  try {
    return (await readLocalSnapshot(path, host)).content;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { damaged: error.concern.message };
  }
}

/** Every file, by its path from the folder with slashes; what belongs to the backup itself is left out. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((each) => each.isFile())
    .map((each) => relative(folder, join(each.parentPath, each.name)).split(sep).join('/'))
    .filter((each) => each !== 'SHA256SUMS' && !each.endsWith('.part'))
    .sort();
}
