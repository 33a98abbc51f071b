import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkSnapshotFile, isSnapshotName } from '../../src/ops/commands/snapshot';
import { parseWholeSnapshots } from '../support/whole-snapshots';

describe('the check of a snapshot file, in a real shell', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "haven's snapshots-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const content = Buffer.alloc(512 * 20, 'etcd');
  const hash = createHash('sha256').update(content).digest();
  const put = (name: string, bytes: Buffer) => writeFileSync(join(folder, name), bytes);
  const check = (name: string): string => {
    const [program, ...args] = checkSnapshotFile(folder, name).argv.map(String);
    return execFileSync(program ?? '', args, { encoding: 'utf8' });
  };

  test('a whole file is told with its size and hash', () => {
    put('good-cp1-1763694900', Buffer.concat([content, hash]));
    assert.deepEqual(parseWholeSnapshots(check('good')), [
      { path: join(folder, 'good-cp1-1763694900'), bytes: 512 * 20 + 32, hash: hash.toString('hex') },
    ]);
  });

  test('a flipped byte and a missing end are damage', () => {
    const flipped = Buffer.concat([content, hash]);
    flipped[700] = 0;
    put('flipped-cp1-1', flipped);
    put('short-cp1-1', content);
    assert.match(check('flipped'), /^damaged hash /);
    assert.match(check('short'), /^damaged size 10240 /);
    put('empty', Buffer.alloc(0));
    assert.match(check('empty'), /^damaged size 0 /);
  });

  test('the file of a longer name does not count', () => {
    assert.equal(check('goo'), '');
    assert.equal(check('missing'), '');
  });

  test('names that could mean something else are refused', () => {
    for (const bad of ['', '-x', 'a/b', '../up', 'a b', '$(id)', 'A', 'x'.repeat(80), 'a\n'])
      assert.ok(!isSnapshotName(bad), bad);
    assert.ok(isSnapshotName('haven-20261121-031500'));
  });
});
