import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { render } from '../../src/base/message';
import { ownKnownHosts } from '../../src/run/own-folders';
import { acceptedKeys, keepKey } from '../../src/run/own-keys';
import { HereError } from '../../src/run/transport';

const state = mkdtempSync(join(tmpdir(), 'haven-own-keys-'));
const formerState = process.env.XDG_STATE_HOME;
const key = {
  host: '192.0.2.11',
  port: 2222,
  pattern: '[192.0.2.11]:2222',
  keyType: 'ssh-ed25519',
  fingerprint: '',
  key: Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIPm5yS9jGpYkGhCgx3n8O0b3aQ5Yw2r6b1m4cJ1J0s1A', 'base64'),
};

before(() => {
  process.env.XDG_STATE_HOME = state;
});
after(() => {
  if (formerState === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = formerState;
  rmSync(state, { recursive: true });
});

test('a key that is kept is found again, and nobody else can read or write it', async () => {
  assert.deepEqual(acceptedKeys(), []);
  await keepKey(key);
  assert.equal(acceptedKeys().length, 1);
  const made = acceptedKeys(`192.0.2.12 ssh-ed25519 ${key.key.toString('base64')}\n`);
  assert.equal(made.length, 2);
  assert.equal(statSync(ownKnownHosts()).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(ownKnownHosts())).mode & 0o777, 0o700);
});

test('a key that cannot be kept is told with the place: the home is not there, or read-only', async () => {
  process.env.XDG_STATE_HOME = '/dev/null/nowhere';
  await assert.rejects(keepKey(key), (error: Error) => {
    assert.ok(error instanceof HereError);
    assert.match(render(error.concern.message), /cannot be kept in \/dev\/null\/nowhere\/haven\/known_hosts: /);
    return true;
  });
  process.env.XDG_STATE_HOME = state;
});

test('keys that cannot be read are a fault: a changed key would pass for an unknown one', () => {
  rmSync(ownKnownHosts());
  mkdirSync(ownKnownHosts());
  assert.throws(() => acceptedKeys(), HereError);
});
