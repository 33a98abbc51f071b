import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partOf, Reader } from '../../../src/model/haproxy/reader';
import { scanLine } from '../../../src/syntax/haproxy/line';

test('the places in a quoted word are looked for once, however many are asked for', () => {
  let looked = 0;
  const written = `"${'a \\" '.repeat(200)}"`;
  const raw = new Proxy(Object(written), {
    get(text: object, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looked++;
      const value: unknown = Reflect.get(text, key, text);
      return typeof value === 'function' ? value.bind(text) : value;
    },
  }) as string;
  const [word] = scanLine(written).words;
  assert.ok(word !== undefined);
  const watched = { ...word, raw };
  const places = (of: typeof word) => Array.from({ length: 500 }, (_, at) => partOf(of, at, at + 1));
  assert.deepEqual(places(watched), places(word));
  assert.ok(looked > 0 && looked <= 4 * written.length, `${looked} letters of ${written.length} were looked at`);
});

test('what is found in a line is added to the list of it', () => {
  const reader = new Reader(302, 'backend', scanLine('a b'));
  reader.refer('backend', 'a', { start: 0, end: 1 });
  const { references } = reader;
  reader.refer('backend', 'b', { start: 2, end: 3 });
  assert.equal(reader.references, references);
  assert.deepEqual(
    references.map((each) => each.name),
    ['a', 'b'],
  );
  assert.equal(new Reader(302, 'backend', scanLine('')).references.length, 0);
});
