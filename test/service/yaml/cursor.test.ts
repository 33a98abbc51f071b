import assert from 'node:assert/strict';
import { test } from 'node:test';
import { yamlCursor } from '../../../src/service/yaml/cursor';

/** The place of `|` in a text. */
function at(marked: string) {
  const offset = marked.indexOf('|');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  return yamlCursor(text, offset, { start: 0, end: text.length });
}

test('the path is that of the keys further to the left', () => {
  assert.deepEqual(at('a:\n  b:\n    c: 1\n    |\n').path, ['a', 'b']);
  assert.deepEqual(at('a:\n  b:\n    c: 1\n  |\n').path, ['a']);
  assert.deepEqual(at('a:\n  b: 1\n|').path, []);
});

test('items of lists count, also where the dash stands under its key', () => {
  assert.deepEqual(at('a:\n  args:\n    - name: v\n      |').path, ['a', 'args', '[]']);
  assert.deepEqual(at('a:\n  args:\n  - name: v\n    value: 1\n  - |').path, ['a', 'args', '[]']);
  assert.deepEqual(at('args:\n- name: v\n  value: 1\n- name: w\n  |').path, ['args', '[]']);
  assert.deepEqual(at('a:\n  args:\n    - name: v\n  |').path, ['a']);
  assert.deepEqual(at('tls-san:\n  - a\n  - |').path, ['tls-san', '[]']);
});

test('behind a key the cursor is in its value', () => {
  const { key, word, span } = at('a:\n  mode: ip|vs\n');
  assert.deepEqual([key, word, span.start], ['mode', 'ip', 11]);
  assert.equal(at('- name: |').key, 'name');
  assert.equal(at('mode|').key, undefined);
  assert.equal(at('disable: [traefik, ser|]').word, 'ser');
});

test('the other keys of the mapping are known', () => {
  assert.deepEqual([...at('a:\n  b: 1\n  |\n  c:\n    d: 1\ne: 1\n').siblings].sort(), ['b', 'c']);
  assert.deepEqual([...at('args:\n  - name: v\n    |\n  - name: w\n    other: 1\n').siblings], ['name']);
});

test('keys stand no further left than the blanks of their line, tabs among them', () => {
  assert.equal(at('a:\n  - |').shift, 2);
  assert.equal(at('a:\n\t\t\t|').shift, 0);
});
