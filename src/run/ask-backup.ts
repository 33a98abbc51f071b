import type { BackupParameters, Survey } from '../ops/backup';
import { type ApiResources, listApiResources, parseApiResources } from '../ops/commands/api-resources';
import { parseSurvey, surveyCommand } from '../ops/commands/config-survey';
import { snapshotName } from '../ops/snapshot';
import { askEach } from './ask-cluster';
import type { Site } from './conduct';

/** What a backup is made of; `keys` adds tokens, keys and Secrets, `settingsOnly` leaves snapshot and resources out. */
export interface BackupWish {
  readonly keys: boolean;
  readonly settingsOnly: boolean;
}

/**
 * Asks all nodes which settings they have, and the API what it can list.
 * @throws the signal's reason when it is called off
 */
export async function askBackup(
  hosts: Site['hosts'],
  cluster: Site['cluster'],
  { keys, settingsOnly }: BackupWish,
  signal: AbortSignal,
): Promise<{ readonly survey: Survey; readonly resources: ApiResources | undefined }> {
  const survey = await askEach(hosts, cluster.nodes, { command: () => surveyCommand(keys), read: parseSurvey }, signal);
  if (settingsOnly) return { survey, resources: undefined };
  const question = {
    command: () => listApiResources(cluster.distribution),
    read: (stdout: string, { name }: { readonly name: string }) => parseApiResources(name, stdout),
  };
  for (const node of cluster.nodes.filter((each) => each.roles.includes('server') && survey.has(each.name))) {
    const resources = (await askEach(hosts, [node], question, signal)).get(node.name);
    if (resources !== undefined) return { survey, resources };
  }
  return { survey, resources: { host: undefined, kinds: [], unheard: [] } };
}

/** What of the plan follows from the wish: a folder below `parent`, named by the time (milliseconds since 1970). */
export function backupParameters(
  parent: string,
  cluster: string,
  { keys, settingsOnly }: BackupWish,
  nowMs: number,
): Pick<BackupParameters, 'folder' | 'secrets' | 'snapshot'> {
  const name = snapshotName(nowMs);
  return {
    folder: `${parent}/${cluster.replace(/[^A-Za-z0-9._-]/g, '-')}-${name.slice('haven-'.length)}`,
    secrets: keys,
    ...(!settingsOnly && { snapshot: name }),
  };
}
