import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import { type Release, releaseText, valuesOf } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { argumentNode } from '../grammar';
import type { Reader } from '../reader';
import { isReadInPart, sizeFault, timeFault } from '../values';
import { type Expected, expected } from '../visit';
import { readStore, tableWordSince } from './table-store';

const tableTypes: ReadonlySet<string> = new Set(['ip', 'ipv4', 'ipv6', 'integer', 'string', 'binary']);

/** From here on the two families of addresses have types of their own. */
const ipv4Typed: Release = 301;

const tableWords = [
  'type',
  'size',
  'expire',
  'store',
  'peers',
  'nopurge',
  'recv-only',
  'srvkey',
  'write-to',
  'brates-factor',
];
const peersName = argumentNode('name', 'ref', 'peers');

function tableValues(word: string): Expected {
  switch (word) {
    case 'type':
      return { kind: 'words', words: tableTypes };
    case 'store':
      return { kind: 'words', words: valuesOf('stick-table.store').keys(), list: true };
    case 'peers':
      return { kind: 'node', node: peersName };
    case 'srvkey':
      return { kind: 'words', words: ['name', 'addr'] };
    default:
      return expected.number;
  }
}

export function readStickTable(reader: Reader, args: readonly Word[], line: Word): void {
  let hasType = false;
  let hasSize = false;
  const stored = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    reader.expect(word, { kind: 'words', words: tableWords });
    if (word === undefined) continue;
    // Which word stands there, and what belongs to it, the environment says.
    if (word.open) return;
    const since = tableWordSince.get(word.text) ?? 0;
    if (since > reader.release) {
      reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', word.text, releaseText(since)));
      return;
    }
    if (word.text === 'nopurge' || word.text === 'recv-only') continue;
    const value = args[++i];
    reader.expect(value, tableValues(word.text));
    if (!['type', 'size', 'expire', 'store', 'peers', 'srvkey', 'write-to', 'brates-factor'].includes(word.text)) {
      reader.report(
        'bad-value',
        word,
        say(
          '"{0}" is not possible here; expected: {1}',
          word.text,
          'type, size, expire, store, peers, nopurge, srvkey, write-to',
        ),
        {
          suggestion: nearest(word.text, ['type', 'size', 'expire', 'store', 'peers', 'nopurge', 'srvkey']),
        },
      );
      return;
    }
    if (value === undefined) {
      if (word.text !== 'store')
        reader.report('missing-argument', word, say('a value is missing behind "{0}"', word.text));
      return;
    }
    hasType ||= word.text === 'type';
    hasSize ||= word.text === 'size';
    if (value.open) continue;
    if (word.text === 'type') {
      if (!tableTypes.has(value.text)) {
        reader.report(
          'bad-value',
          value,
          say('"{0}" is not possible here; expected: {1}', value.text, [...tableTypes].join(', ')),
          { suggestion: nearest(value.text, tableTypes) },
        );
        return;
      }
      if (value.text === 'ipv4' && reader.release < ipv4Typed) {
        reader.report('too-new-keyword', value, say('"{0}" exists from {1} on', 'ipv4', releaseText(ipv4Typed)));
        return;
      }
      const length = args[i + 2];
      if (args[i + 1]?.text === 'len' && (value.text === 'string' || value.text === 'binary')) {
        if (length !== undefined && !length.open && (Number.parseInt(length.text, 10) || 0) === 0) {
          reader.report('bad-value', length, say('"{0}" is not a length: a number from 1 on is expected', length.text));
          return;
        }
        i += 2;
      }
    } else if (word.text === 'size') {
      const fault =
        sizeFault(value.text) ??
        (Number.parseInt(value.text, 10) === 0 ? say('the size of a table cannot be zero') : undefined);
      if (fault !== undefined) {
        reader.report('bad-value', value, fault);
        return;
      }
    } else if (word.text === 'expire') {
      const fault = timeFault(value.text);
      if (fault !== undefined) {
        reader.report('bad-value', value, fault, isReadInPart(value.text) ? { severity: 'warning' } : {});
        return;
      }
    } else if (word.text === 'peers') reader.refer('peers', value.text, value);
    else if (word.text === 'write-to') reader.refer('table', value.text, value);
    else if (word.text === 'srvkey' && value.text !== 'name' && value.text !== 'addr')
      reader.report('bad-value', value, say('"{0}" is not possible here; expected: {1}', value.text, 'name, addr'));
    else if (word.text === 'brates-factor') {
      const factor = Number(value.text);
      if (!(factor >= 1 && factor <= 1024))
        reader.report('bad-value', value, say('{0} is out of range: {1} to {2} are possible', value.text, 1, 1024));
    } else if (word.text === 'store') readStore(reader, value, stored);
    if (reader.problems.length > 0) return;
  }
  if (!hasType || !hasSize) reader.report('missing-argument', line, say('a table needs "type" and "size"'));
}
