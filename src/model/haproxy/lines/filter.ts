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
  if (reader.isWatched) {
    const names = [...known.values()].filter((each) => existsIn(each, reader.release) && !each.name.endsWith('*'));
    reader.expect(name, { kind: 'words', words: names.map((each) => each.name) });
  }
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
  } else readFilterWords(reader, name, args.slice(1));
}

/** The words of filters that are followed by a value. */
const withValue: ReadonlySet<string> = new Set([
  ...['name', 'engine', 'config', 'id', 'default-limit', 'default-period', 'limit', 'key', 'table', 'min-size'],
]);

function readFilterWords(reader: Reader, name: Word, args: readonly Word[]): void {
  const [first] = args;
  if (name.text === 'cache' || name.text === 'fcgi-app') {
    if (first !== undefined) reader.refer(name.text, first.text, first);
    else reader.report('missing-argument', name, say('{0} is missing behind "{1}"', '<name>', name.text));
    return;
  }
  if (name.text === 'compression') {
    if (first !== undefined && !first.open)
      reader.report(
        'surplus-argument',
        first,
        say('"{0}" is not expected here: {1}', first.text, 'filter compression'),
      );
    return;
  }
  const possible = wordsBehind[name.text];
  if (possible === undefined) return;
  const isLimit = name.text.startsWith('bwlim');
  if (isLimit && first === undefined) {
    reader.report('missing-argument', name, say('{0} is missing behind "{1}"', '<name>', name.text));
    return;
  }
  const given = new Set<string>();
  for (let at = isLimit ? 1 : 0; at < args.length; at++) {
    const word = args[at];
    if (word === undefined || word.open) return;
    if (!possible.includes(word.text)) {
      reader.report(
        'bad-value',
        word,
        say('"{0}" is not possible here; expected: {1}', word.text, possible.join(', ')),
        { suggestion: nearest(word.text, possible) },
      );
      return;
    }
    given.add(word.text);
    if (!withValue.has(word.text)) continue;
    const value = args[++at];
    if (value === undefined) {
      reader.report('missing-argument', word, say('a value is missing behind "{0}"', word.text));
      return;
    }
    if (word.text === 'table' && !value.open) reader.refer('table', value.text, value);
  }
  const lacking = isLimit
    ? given.has('limit') || given.has('key')
      ? ['limit', 'key']
      : ['default-limit', 'default-period']
    : name.text === 'spoe' || name.text === 'opentracing'
      ? ['config']
      : [];
  const missing = lacking.find((each) => !given.has(each));
  if (missing !== undefined)
    reader.report('missing-argument', name, say('{0} is missing behind "{1}"', missing, name.text));
}
