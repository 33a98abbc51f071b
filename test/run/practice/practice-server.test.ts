import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utils } from 'ssh2';
import { newHostKey } from '../../../src/run/practice/practice-server';

/** What ssh2 makes of a pair whose public half begins with a zero: the half lacks that byte. */
const cutShort = {
  public: `ssh-ed25519 ${Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from('ssh-ed25519'),
    Buffer.from([0, 0, 0, 31]),
    Buffer.alloc(31, 7),
  ]).toString('base64')}`,
  private: '',
};

test('a host gets a key that can be read, also after one that cannot', () => {
  assert.ok(utils.parseKey(cutShort.public) instanceof Error);
  let made = 0;
  const { privateKey, publicKey } = newHostKey({
    generateKeyPairSync: (() => (made++ === 0 ? cutShort : utils.generateKeyPairSync('ed25519'))) as never,
    parseKey: utils.parseKey,
  });
  assert.ok(made >= 2, `${made}`);
  assert.match(privateKey, /PRIVATE KEY/);
  assert.equal(publicKey.length, 51);
});
