import { type Message, say } from '../../base/message';
import { fingerprint, hostPattern, judgeKey, type KeyPlace, type KnownHost, keyTypeOf } from './known-hosts';
import type { SshTarget } from './target';

/** What a person is asked when a host shows a key that nobody has seen. */
export interface UnknownKey {
  readonly host: string;
  readonly port: number;
  /** How the host is written in known_hosts. */
  readonly pattern: string;
  readonly keyType: string;
  readonly fingerprint: string;
  /** As it goes into known_hosts, before base64. */
  readonly key: Buffer;
}

/** Decides about host keys. Every connection has one; there is no connection without. */
export interface HostKeyPolicy {
  /** From the user's known_hosts files and from Haven's own store. */
  known(): readonly KnownHost[];
  /** True to trust the key from now on. The one who answers yes also keeps it. */
  accept(key: UnknownKey): Promise<boolean>;
}

type KeyDecision =
  | { readonly trusted: true }
  | { readonly trusted: false; readonly failure: KeyFailure; readonly message: Message };

type KeyFailure = 'host-key-changed' | 'host-key-revoked' | 'host-key-unknown';

/** Whether the key that `host` shows is trusted; otherwise why not, with both fingerprints and what to do. */
export async function decideKey(
  place: KeyPlace & Pick<SshTarget, 'refuseUnknownKeys'>,
  policy: HostKeyPolicy,
  key: Buffer,
): Promise<KeyDecision> {
  const verdict = judgeKey(policy.known(), place, key);
  const shown = `${keyTypeOf(key)} ${fingerprint(key)}`;
  switch (verdict.kind) {
    case 'known':
      return { trusted: true };
    case 'revoked':
      return {
        trusted: false,
        failure: 'host-key-revoked',
        message: say(
          'the host shows the key {0}, which {1} revokes; do not connect before the host has a new key',
          shown,
          placeOf(verdict.entry),
        ),
      };
    case 'changed':
      return {
        trusted: false,
        failure: 'host-key-changed',
        message: say(
          'the host key has changed: the host shows {0}, but {1} knows {2}; ask who reinstalled the host, and remove that line only when the new fingerprint is right',
          shown,
          placeOf(verdict.entry),
          `${verdict.entry.keyType} ${fingerprint(verdict.entry.key)}`,
        ),
      };
    case 'authority-only':
      return {
        trusted: false,
        failure: 'host-key-unknown',
        message: say(
          "only a certificate authority is known for the host ({0}), and Haven does not check host certificates; add the host's own key {1} to known_hosts",
          placeOf(verdict.entry),
          shown,
        ),
      };
    case 'unknown': {
      if (place.refuseUnknownKeys === true) {
        return {
          trusted: false,
          failure: 'host-key-unknown',
          message: say(
            'the host key {0} is not known, and StrictHostKeyChecking yes allows no question; compare it with ssh-keygen -lf on the host and add it to known_hosts',
            shown,
          ),
        };
      }
      const asked = {
        host: place.hostKeyName ?? place.address,
        port: place.port,
        pattern: hostPattern(place),
        keyType: keyTypeOf(key),
        fingerprint: fingerprint(key),
        key,
      };
      if (await policy.accept(asked)) return { trusted: true };
      return {
        trusted: false,
        failure: 'host-key-unknown',
        message: say(
          'the host key {0} is not known and was not accepted; compare it with ssh-keygen -lf on the host, then connect again and accept it',
          shown,
        ),
      };
    }
  }
}

function placeOf(entry: KnownHost): string {
  return `${entry.path}:${entry.line}`;
}
