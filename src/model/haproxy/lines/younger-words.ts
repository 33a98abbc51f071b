import { say } from '../../../base/message';
import { type Release, releaseText } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import type { Reader } from '../reader';

const errorPages: readonly [string, Release][] = [
  ['414', 301],
  ['431', 301],
];

/** Words that a directive takes from a later release on than the directive itself exists. */
const younger: ReadonlyMap<string, ReadonlyMap<string, Release>> = new Map([
  [
    'mode',
    new Map([
      ['log', 209],
      ['spop', 301],
      ['haterm', 304],
    ]),
  ],
  [
    'retry-on',
    new Map([
      ['421', 301],
      ['429', 300],
    ]),
  ],
  ['errorfile', new Map(errorPages)],
  ['errorloc', new Map(errorPages)],
  ['errorloc302', new Map(errorPages)],
  ['errorloc303', new Map(errorPages)],
  ['http-error', new Map(errorPages)],
  ['hash-type', new Map([['none', 209]])],
  ['log', new Map([['profile', 301]])],
  ['option tcplog', new Map([['clf', 301]])],
  ['tune.idle-pool.shared', new Map([['full', 304]])],
  ['tune.listener.multi-queue', new Map([['fair', 208]])],
  ['profiling.tasks', new Map(['lock', 'no-lock', 'memory', 'no-memory'].map((each) => [each, 304]))],
  ['option mysql-check', new Map([['post-80', 304]])],
  ['cpu-policy', new Map([['threads-per-core', 304]])],
  [
    'tune.h2.fe.max-concurrent-streams',
    new Map([
      ['rq-load', 304],
      ['min', 304],
    ]),
  ],
]);

/** Whether a word of a line is one that the release does not know yet; the first one is reported. */
export function isTooNew(reader: Reader, directive: string, args: readonly Word[]): boolean {
  const words = younger.get(directive);
  if (words === undefined) return false;
  for (const each of args) {
    const since = words.get(each.text) ?? 0;
    if (since <= reader.release) continue;
    reader.report('too-new-keyword', each, say('"{0}" exists from {1} on', each.text, releaseText(since)));
    return true;
  }
  return false;
}
