import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import { existsIn, valuesOf } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { argumentNode } from '../grammar';
import type { Reader } from '../reader';

/** The words that may stand behind the name of a filter. */
const wordsBehind: Readonly<Record<string, readonly string[]>> = {
  'bwlim-in': ['default-limit', 'default-period', 'limit', 'key', 'table', 'min-size'],
  'bwlim-out': ['default-limit', 'default-period', 'limit', 'key', 'table', 'min-size'],
  opentracing: ['id', 'config'],
  spoe: ['engine', 'config'],
  trace: ['name', 'random-forwarding', 'hexdump', 'quiet'],
};

export function readFilter(reader: Reader, args: readonly Word[]): void {
  const [name, second] = args;
  if (name === undefined || name.open || name.text.startsWith('lua.')) return;
  const known = valuesOf('filter');
  reader.expect(name, { kind: 'words', words: known.keys() });
  if (name.text === 'cache' || name.text === 'fcgi-app')
    reader.expectNode(second, argumentNode('name', 'ref', name.text));
  for (const each of args.slice(1)) reader.expect(each, { kind: 'words', words: wordsBehind[name.text] ?? [] });
  const found = known.get(name.text);
  if (found === undefined || !existsIn(found, reader.release)) {
    reader.report(
      'bad-value',
      name,
      say('"{0}" is not a filter; known are: {1}', name.text, [...known.keys()].join(', ')),
      { suggestion: nearest(name.text, known.keys()) },
    );
  } else if (second !== undefined && (name.text === 'cache' || name.text === 'fcgi-app'))
    reader.refer(name.text, second.text, second);
  else if (second !== undefined && !second.open && name.text === 'compression')
    reader.report(
      'surplus-argument',
      second,
      say('"{0}" is not expected here: {1}', second.text, 'filter compression'),
    );
}
