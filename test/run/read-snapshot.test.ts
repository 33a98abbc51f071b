import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { render } from '../../src/base/message';
import { EtcdStore, withTrailer } from '../../src/run/practice/etcd/store';
import { zipOf } from '../../src/run/practice/k3s/zip';
import { readLocalSnapshot } from '../../src/run/read-snapshot';
import { HostError } from '../../src/run/transport';

describe('a snapshot that was brought to this machine', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-snapshot-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const store = new EtcdStore();
  for (let i = 0; i < 300; i++) store.put(`/registry/configmaps/default/c${i % 200}`, `value ${i}`);
  store.delete('/registry/configmaps/default/c7');
  const file = withTrailer(store.toBytes());
  const place = (name: string, bytes: Buffer) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  test('is read: revision, keys, hash', async () => {
    const path = place('plain', file);
    const found = await readLocalSnapshot(path, 'cp1');
    assert.equal(found.content.revision, store.revision);
    assert.equal(found.content.keys, 199);
    assert.equal(found.bytes, file.length);
    assert.equal(found.hash, file.subarray(-32).toString('hex'));
  });

  test('is unpacked when it is zipped, and the zip gives way', async () => {
    const path = place('packed.zip', zipOf('packed', file, deflateRawSync(file)));
    const found = await readLocalSnapshot(path, 'cp1');
    assert.equal(found.content.keys, 199);
    assert.ok(readFileSync(path).equals(file));
    assert.equal(existsSync(`${path}.plain`), false);
  });

  const flipped = Buffer.from(file);
  flipped[6000] = (flipped[6000] ?? 0) ^ 1;
  const zip = zipOf('packed', file, deflateRawSync(file));
  const cases: readonly (readonly [string, Buffer, RegExp])[] = [
    ['empty', Buffer.alloc(0), /its 0 bytes are no database/],
    ['cut', file.subarray(0, file.length / 2), /no database with a trailer/],
    ['flipped', flipped, /does not fit the hash/],
    ['no trailer', file.subarray(0, -32), /no database with a trailer/],
    ['zip cut', zip.subarray(0, zip.length / 2), /cannot be unpacked|no database|does not fit/],
    ['text', withTrailer(Buffer.alloc(512, 'hello ')), /cannot be read as a database/],
  ];
  for (const [name, bytes, pattern] of cases) {
    test(`is refused: ${name}`, async () => {
      const path = place(name, bytes);
      await assert.rejects(readLocalSnapshot(path, 'cp1'), (error) => {
        assert.ok(error instanceof HostError);
        assert.match(render(error.concern.message), pattern);
        assert.equal(error.concern.host, 'cp1');
        return true;
      });
    });
  }
});
