import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { filesBelow } from './support/files';

const rows = readFileSync('docs/operations.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|[\s|-]+$/.test(line));

test('every test file that the table of operations names is there', () => {
  const paths = rows.flatMap((row) => row.match(/test\/[\w/-]+\.test\.ts/g) ?? []);
  assert.ok(paths.length > 5);
  assert.deepEqual(
    paths.filter((path) => !existsSync(path)),
    [],
  );
});

test('every test that it names is one', () => {
  const names = rows.flatMap((row) => [...row.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name));
  assert.ok(names.length > 10);
  const texts = filesBelow('test', '.test.ts').map((path) => readFileSync(path, 'utf8'));
  // Names are cut with an ellipsis where they are long or made of parts.
  const isThere = (name: string) => texts.some((text) => text.includes(name.replace(/\s*…$/, '')));
  assert.deepEqual(
    names.filter((name) => !isThere(name)),
    [],
  );
});
