import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { HostKeyPolicy } from '../../src/run/ssh/host-key-policy';
import { parseKnownHosts } from '../../src/run/ssh/known-hosts';
import type { SecretSource, SshTarget } from '../../src/run/ssh/target';
import { TransportError } from '../../src/run/transport';
import { me, type Sshd } from './sshd';

/** Nobody is there to be asked. */
export const nobody: SecretSource = {
  password: async () => undefined,
  passphrase: async () => undefined,
  answer: async () => undefined,
  sudoPassword: async () => undefined,
};

/** Trusts the keys of these lines and no other, without asking. */
export function trusting(knownHosts: string): HostKeyPolicy {
  const known = parseKnownHosts(knownHosts, 'known_hosts');
  return { known: () => known, accept: async () => false };
}

export function targetOf(sshd: Sshd, more: Partial<SshTarget> = {}): SshTarget {
  return {
    name: 'box',
    address: '127.0.0.1',
    port: sshd.port,
    user: me,
    privateKeys: [{ path: sshd.clientKey, content: readFileSync(sshd.clientKey) }],
    connectTimeoutSec: 30,
    ...more,
  };
}

/** The `TransportError` that the promise fails with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TransportError, error instanceof Error ? error.stack : String(error));
  return error;
}
