import { say } from '../base/message';
import { isPlainKey, type S3Settings, type SnapshotSchedule, s3AccessKey, s3SecretKey } from '../ops/snapshot-schedule';
import { newStamp } from '../run/stamp';
import { type OpenSite, UsageError } from './site';
import type { CliOperation, Wishes } from './wishes';
import { text } from './words';

/** `haven run schedule-snapshots`: when the servers take snapshots by themselves, and where they go in S3. */
export const schedule: CliOperation = {
  usage:
    'schedule-snapshots "CRON" [--keep N] [--compress] | schedule-snapshots off\n' +
    '  schedule-snapshots [the same] --folder DIR|default\n' +
    '  schedule-snapshots [the same] --s3-endpoint HOST --s3-bucket NAME [--s3-folder F] [--s3-region R] [--s3-keys]|--s3-off',
  plan: async (site, state, wishes, signal) => {
    const { planSchedule } = await import('../run');
    const when = scheduleOf(wishes);
    const s3 = wishes.s3Off ? ('off' as const) : await s3Of(site, wishes);
    const parameters = {
      stamp: newStamp(),
      ...(when !== undefined && { schedule: when }),
      ...(s3 !== undefined && { s3 }),
      ...(wishes.folder !== undefined && { folder: wishes.folder }),
    };
    return planSchedule(site.hosts, state, parameters, signal);
  },
};

function scheduleOf({ words, keep, compress }: Wishes): SnapshotSchedule | 'off' | undefined {
  const [cron, more] = words;
  if (more !== undefined) throw new UsageError(say('write the five fields of the time as one word, in quotes'));
  if (cron === undefined || cron === 'off') return cron;
  return { cron, keep: keep === undefined ? 14 : Number(keep), compress };
}

/** Keys are asked for now: a wrong letter would only be seen when k3s does not start any more. */
async function s3Of(site: OpenSite, wishes: Wishes): Promise<S3Settings | undefined> {
  const { s3Endpoint: endpoint, s3Bucket: bucket, s3Folder: folder, s3Region: region, s3Keys } = wishes;
  if (endpoint === undefined && bucket === undefined) return undefined;
  if (endpoint === undefined || bucket === undefined)
    throw new UsageError(say('--s3-endpoint and --s3-bucket go together'));
  for (const name of s3Keys ? [s3AccessKey, s3SecretKey] : []) {
    const key = await site.secret(name, text(name === s3AccessKey ? say('access key of S3') : say('secret key of S3')));
    if (key !== undefined && !isPlainKey(key.reveal()))
      throw new UsageError(say('the secret "{0}" holds a blank, a quote or a backslash', name));
  }
  return {
    endpoint,
    bucket,
    ...(folder !== undefined && { folder }),
    ...(region !== undefined && { region }),
    keys: s3Keys ? 'typed' : 'machine',
  };
}
