import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readPki } from '../../src/run';

describe('the keys of a cluster in a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haven-pki-'));
  after(() => rmSync(folder, { recursive: true }));
  const pair = () =>
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const own = pair();

  test('are found in the folder itself, below it, and in a backup by the node that has most of them', async () => {
    put('plain/ca.crt', 'c');
    put('plain/sa.key', own.privateKey);
    put('backup/w1/etc/kubernetes/pki/ca.crt', 'c');
    put('backup/cp2/etc/kubernetes/pki/ca.crt', 'c');
    put('backup/cp2/etc/kubernetes/pki/etcd/ca.key', 'k');
    put('tree/pki/ca.crt', 'c');
    const names = async (path: string) => [...(await readPki(join(folder, path))).files.keys()];
    assert.deepEqual(await names('plain'), ['ca.crt', 'sa.key']);
    assert.deepEqual(await names('backup'), ['ca.crt', 'etcd/ca.key']);
    assert.deepEqual(await names('tree'), ['ca.crt']);
    const { files } = await readPki(join(folder, 'backup'));
    assert.equal(files.get('ca.crt')?.localPath, join(folder, 'backup/cp2/etc/kubernetes/pki/ca.crt'));
    put('none/other', 'x');
    assert.deepEqual(await names('none'), []);
  });

  test('are compared with what lies beside them; a key that is cut off belongs to nothing', async () => {
    put('good/sa.key', own.privateKey);
    put('good/sa.pub', own.publicKey);
    assert.deepEqual((await readPki(join(folder, 'good'))).strangers, []);
    put('other/sa.key', own.privateKey);
    put('other/sa.pub', pair().publicKey);
    assert.deepEqual((await readPki(join(folder, 'other'))).strangers, ['sa.key']);
    put('cut/sa.key', own.privateKey.slice(0, 60));
    put('cut/sa.pub', own.publicKey);
    assert.deepEqual((await readPki(join(folder, 'cut'))).strangers, ['sa.key']);
  });
});
