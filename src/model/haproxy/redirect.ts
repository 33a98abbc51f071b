import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { type Release, releaseText } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { startsCondition } from './condition';
import { readLogFormat } from './log-format';
import type { Reader } from './reader';

const redirectFlags: ReadonlySet<string> = new Set(['drop-query', 'keep-query', 'append-slash', 'ignore-empty']);
const redirectValues: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie-fmt', 'clear-cookie']);
const redirectWords: readonly string[] = [
  'location',
  'prefix',
  'scheme',
  'code',
  ...redirectFlags,
  ...redirectValues,
  'if',
  'unless',
];
const redirectCodes: readonly string[] = ['301', '302', '303', '307', '308'];

/** The first release that knows a word of redirections. */
const wordSince: ReadonlyMap<string, Release> = new Map([
  ['keep-query', 301],
  ['set-cookie-fmt', 301],
]);

/**
 * Reads the words of a redirection up to its condition; they may stand in any order. Outside of a `ruleSet` targets are
 * plain text and not log formats.
 */
export function readRedirect(reader: Reader, words: readonly Word[], from: number, ruleSet?: string): number {
  let target = false;
  let at = from;
  for (; at < words.length && !startsCondition(words[at]); at++) {
    const word = words[at];
    if (word === undefined || word.open) continue;
    const { text } = word;
    reader.expect(word, { kind: 'words', words: redirectWords });
    const since = wordSince.get(text) ?? 0;
    if (since > reader.release) {
      reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', text, releaseText(since)));
      return -1;
    }
    if (redirectFlags.has(text)) continue;
    const isTarget = text === 'location' || text === 'prefix' || text === 'scheme';
    if (!isTarget && text !== 'code' && !redirectValues.has(text)) {
      reader.report(
        'bad-value',
        word,
        say('"{0}" is not possible here; expected: {1}', text, redirectWords.join(', ')),
        { suggestion: nearest(text, redirectWords) },
      );
      return -1;
    }
    const value = words[++at];
    if (text === 'code') reader.expect(value, { kind: 'words', words: redirectCodes });
    else if (text === 'scheme') reader.expect(value, { kind: 'words', words: ['https', 'http'] });
    if (value === undefined) {
      reader.report('missing-argument', word, say('a value is missing behind "{0}"', text));
      return -1;
    }
    if (isTarget) {
      target = true;
      if (ruleSet === 'http-response' && text !== 'location') {
        reader.report('bad-value', word, say('"{0}" is expected here, not "{1}"', 'location', text));
        return -1;
      }
      if (ruleSet !== undefined) readLogFormat(reader, value);
    } else if (text === 'set-cookie-fmt' && ruleSet !== undefined) readLogFormat(reader, value);
    else if (text === 'code' && !redirectCodes.includes(value.text) && !value.open) {
      reader.report(
        'bad-value',
        value,
        say('"{0}" is not possible here; expected: {1}', value.text, redirectCodes.join(', ')),
      );
      return -1;
    }
  }
  if (!target) {
    const word = words[from] ?? reader.words.at(-1);
    if (word !== undefined)
      reader.report('missing-argument', word, say('a redirection needs "location", "prefix" or "scheme"'));
    return -1;
  }
  return at;
}
