import { resolve } from 'node:path';
import { say } from '../base/message';
import { planBackup } from '../ops/backup';
import { clusterFiles } from './cluster-files';
import { UsageError } from './site';
import type { CliOperation } from './wishes';

/** `haven run backup FOLDER`: snapshot, resources and settings in a new folder below it. */
export const backup: CliOperation = {
  usage: 'backup FOLDER [--keys|--settings-only] [--into-work-tree]',
  plan: async (site, state, { words, keys, settingsOnly, intoWorkTree }, signal) => {
    const { askBackup, backupParameters } = await import('../run');
    const [folder, more] = words;
    if (folder === undefined || more !== undefined)
      throw new UsageError(say('name one folder that the backup goes into'));
    if (keys && settingsOnly) throw new UsageError(say('say --keys or --settings-only, not both'));
    const parent = await outsideWorkTrees(folder, intoWorkTree);
    const { cluster } = state;
    const wish = { keys, settingsOnly };
    const { survey, resources } = await askBackup(site.hosts, cluster, wish, signal);
    const { targets, files } = await clusterFiles(site);
    return planBackup(state, survey, {
      ...backupParameters(parent, cluster.name, wish, Date.now()),
      ...(resources !== undefined && { resources }),
      repository: { targets, hashOf: (file) => files.get(file)?.sha256 },
    });
  },
};

/**
 * The absolute path, unless secrets would lie in a git work tree that nobody agreed to.
 * @throws UsageError when they would
 */
export async function outsideWorkTrees(path: string, isAgreed: boolean): Promise<string> {
  const { workTreeOf } = await import('../run');
  const absolute = resolve(path);
  const tree = isAgreed ? undefined : workTreeOf(absolute);
  if (tree !== undefined)
    throw new UsageError(
      say('{0} is a work tree of git, and this holds secrets; take another place, or say --into-work-tree', tree),
    );
  return absolute;
}
