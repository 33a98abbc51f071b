import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitsGlob, fitsWildcard } from '../../src/base/glob';

test('a name fits a pattern as for glob(7)', () => {
  const fitting = [
    ['*.conf', 'a.conf'],
    ['conf.d/*', 'conf.d/x'],
    ['a*b*c', 'aXbXbXc'],
    ['a?c', 'abc'],
    ['[a-c]x[!0-9]', 'bxz'],
    ['a\\*', 'a*'],
    ['[', '['],
    ['*', ''],
  ];
  for (const [pattern = '', name = ''] of fitting) assert.ok(fitsGlob(pattern, name), `${pattern} ${name}`);
  const others = [
    ['*.conf', 'd/a.conf'],
    ['a?c', 'a/c'],
    ['a*/c', 'a/b/c'],
    ['[a-c]', 'd'],
    ['[!a]', 'a'],
    ['a', 'ab'],
    ['a*b', 'a'],
  ];
  for (const [pattern = '', name = ''] of others) assert.ok(!fitsGlob(pattern, name), `${pattern} ${name}`);
});

test('stars and question marks alone, as in the patterns of ssh_config', () => {
  const fitting = [
    ['*', 'a/b'],
    ['[10.0.0.?]:22', '[10.0.0.1]:22'],
    ['10.*.1', '10.0.1.1'],
    ['a.b', 'a.b'],
  ];
  for (const [pattern = '', name = ''] of fitting) assert.ok(fitsWildcard(pattern, name), `${pattern} ${name}`);
  const others = [
    ['a.b', 'axb'],
    ['[ab]', 'a'],
    ['?', ''],
    ['a*', 'ba'],
  ];
  for (const [pattern = '', name = ''] of others) assert.ok(!fitsWildcard(pattern, name), `${pattern} ${name}`);
});

test('many stars are no more work than few', () => {
  let looked = 0;
  const name = new Proxy(Object('a'.repeat(60)), {
    get(text: object, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looked++;
      return Reflect.get(text, key, text);
    },
  }) as string;
  assert.ok(!fitsGlob(`${'*a'.repeat(20)}b`, name));
  assert.ok(!fitsWildcard(`${'*a'.repeat(20)}b`, name));
  assert.ok(looked < 60 * 100, `${looked} letters were looked at`);
});
