import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { say } from '../base/message';
import type { DrillReport } from '../ops/restore/drill';
import type { LocalSnapshot, SnapshotPlace } from '../run';
import { copiesFolder } from '../run/own-folders';
import { newStamp } from '../run/stamp';
import { placeOf } from './restore';
import { formatOf, openSite } from './site';
import { err, out } from './terminal';
import { text } from './words';

export const testSnapshotUsage =
  'usage: haven test-snapshot NAME|NODE:PATH|FILE [--on here|node] [--in DIR] [--cluster NAME] [--format text|json]\n';

/**
 * `haven test-snapshot`: reads what a snapshot holds and, with `--on`, lets a scratch etcd start on it. Exit code 0 when it is
 * whole and the etcd holds the same, 1 when not, 2 when it could not be had.
 */
export async function testSnapshot(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      in: { type: 'string', default: '.' },
      cluster: { type: 'string' },
      format: { type: 'string', default: 'text' },
      on: { type: 'string' },
    },
  });
  const { on } = values;
  if (positionals.length !== 1 || (on !== undefined && on !== 'here' && on !== 'node')) {
    err(testSnapshotUsage);
    return 2;
  }
  const format = formatOf(values.format, ['text', 'json']);
  const site = await openSite(values.in, values.cluster);
  const { signal } = new AbortController();
  try {
    const { askCluster, bringSnapshot, drillSnapshot, HostError } = await import('../run');
    const state = await askCluster(site.hosts, site.cluster, site.vips, signal);
    const place = await placeOf(state, positionals);
    const to = { folder: copiesFolder(), stamp: newStamp(), here: hostname() };
    try {
      const local = await bringSnapshot(site.hosts, site.cluster, place, to, () => {}, signal);
      try {
        const report =
          on === undefined ? undefined : await drillSnapshot(site.hosts, site.cluster, place, local, on, signal);
        out(
          format === 'json'
            ? `${JSON.stringify({ version: 1, ...jsonOf(place, local), drill: report ?? null })}\n`
            : textOf(place, local, report),
        );
        return report === undefined || (report.kind === 'started' && report.matches) ? 0 : 1;
      } finally {
        await local.remove();
      }
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      err(`haven test-snapshot: ${error.message}\n`);
      return 1;
    }
  } finally {
    site.hosts.close();
  }
}

function jsonOf({ host, path }: SnapshotPlace, { bytes, hash, content }: LocalSnapshot): object {
  const { revision, keys, members, tokenHashes } = content;
  return { host: host ?? null, path, bytes, hash, revision, keys, members, tokenHashes };
}

function textOf({ host, path }: SnapshotPlace, { bytes, hash, content }: LocalSnapshot, report?: DrillReport): string {
  const { revision, keys, members, tokenHashes } = content;
  const lines = [
    host === undefined ? path : `${host}:${path}`,
    `  ${text(say('whole: {0} bytes, hash {1}', bytes, hash))}`,
    `  ${text(say('revision {0}, {1} keys, members {2}', revision, keys, members.map((each) => each.name).join(', ')))}`,
    ...(tokenHashes.length === 0
      ? []
      : [`  ${text(say('opens with the server token whose SHA-256 begins with {0}', tokenHashes.join(', ')))}`]),
  ];
  if (report?.kind === 'failed') lines.push(`  ${text(say('no etcd was started on it: {0}', report.why))}`);
  if (report?.kind === 'started') {
    const { matches, etcd, sample, restoreSec, startSec } = report;
    lines.push(
      `  ${text(
        matches
          ? say('etcd {0} started on it and holds the same: revision {1}, {2} keys', etcd, report.revision, report.keys)
          : say(
              'etcd {0} started on it and holds SOMETHING ELSE: revision {1}, {2} keys',
              etcd,
              report.revision,
              report.keys,
            ),
      )}`,
      `  ${text(
        say(
          'sample: {0} of {1} keys have the revision of the file; {2} s to restore, {3} s to start',
          sample[0],
          sample[1],
          restoreSec,
          startSec,
        ),
      )}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
