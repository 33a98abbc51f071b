import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import { valuesOf } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { argumentNode } from '../grammar';
import type { Reader } from '../reader';
import { isReadInPart, sizeFault, timeFault } from '../values';
import { type Expected, expected } from '../visit';

const tableTypes: ReadonlySet<string> = new Set(['ip', 'ipv4', 'ipv6', 'integer', 'string', 'binary']);

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
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    reader.expect(word, { kind: 'words', words: tableWords });
    if (word === undefined || word.open) continue;
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
    if (value.open) continue;
    if (word.text === 'type') {
      hasType = true;
      if (!tableTypes.has(value.text)) {
        reader.report(
          'bad-value',
          value,
          say('"{0}" is not possible here; expected: {1}', value.text, [...tableTypes].join(', ')),
          { suggestion: nearest(value.text, tableTypes) },
        );
        return;
      }
      if (args[i + 1]?.text === 'len') i += 2;
    } else if (word.text === 'size') {
      hasSize = true;
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
    else if (word.text === 'store') {
      const stores = valuesOf('stick-table.store');
      for (const each of value.text.replace(/\([^)]*\)/g, '').split(',')) {
        if (each === '' || stores.has(each)) continue;
        reader.report('bad-value', value, say('"{0}" cannot be stored in a table', each), { suggestion: undefined });
        return;
      }
    }
  }
  if (!hasType || !hasSize) reader.report('missing-argument', line, say('a table needs "type" and "size"'));
}
