import { type Message, say } from '../../base/message';
import type { Word } from '../../syntax/haproxy/line';

const versions: readonly string[] = ['SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

const versionOf = (ending: string): string =>
  ending === 'sslv3' ? 'SSLv3' : `TLSv${ending.slice('tlsv'.length, -1)}.${ending.at(-1)}`;

export const noTlsVersion: Message = say('these words leave no version of TLS');

interface TlsVersionsFault {
  readonly at: Word;
  /** Each version is excluded by name; where a lowest or highest one is told, such words do not count. */
  readonly isByNames: boolean;
  readonly severity: 'warning' | undefined;
}

/**
 * Whether the words of a `bind` or `server` line from `from` on leave no version that can be spoken; `usual` are those
 * without any word. `force-` sets the lowest and the highest one, and of each the later word counts (2.6.12, 3.0.11,
 * 3.2.26, 3.4.7).
 */
export function tlsVersionsFault(
  words: readonly Word[],
  from: number,
  usual: readonly string[],
): TlsVersionsFault | undefined {
  let [lowest, highest] = [-1, -1];
  let at: Word | undefined;
  const excluded = new Set<string>();
  for (let index = from; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) continue;
    const [, how, ending = ''] = /^(no|force)-(sslv3|tlsv1[0-3])$/.exec(word.text) ?? [];
    const limit = word.text === 'ssl-min-ver' || word.text === 'ssl-max-ver';
    if (how === undefined && !limit) continue;
    at = word;
    if (how === 'no') excluded.add(versionOf(ending));
    const version = versions.indexOf(limit ? (words[++index]?.text ?? '') : versionOf(ending));
    if (how === 'force' || word.text === 'ssl-min-ver') lowest = version;
    if (how === 'force' || word.text === 'ssl-max-ver') highest = version;
  }
  if (at === undefined) return undefined;
  if (lowest < 0 && highest < 0)
    return usual.every((each) => excluded.has(each)) ? { at, isByNames: true, severity: undefined } : undefined;
  if (lowest >= 0 && highest >= 0 && lowest > highest) return { at, isByNames: false, severity: undefined };
  // Libraries of today are built without it.
  return highest === 0 ? { at, isByNames: false, severity: 'warning' } : undefined;
}
