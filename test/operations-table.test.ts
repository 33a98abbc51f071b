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
  // A name is cut with an ellipsis where it is long, and the programs that a test tries in turn stand in it by name: each piece
  // that is left stands in one file.
  const pieces = (name: string) =>
    name.split(/…|\s*\([^)]*\)\s*|\b(?:keepalived|haproxy)\b/).map((each) => each.trim());
  const isThere = (name: string) => texts.some((text) => pieces(name).every((each) => text.includes(each)));
  assert.deepEqual(
    names.filter((name) => !isThere(name)),
    [],
  );
});
