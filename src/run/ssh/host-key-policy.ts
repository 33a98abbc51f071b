import { fingerprint, judgeKey, type KnownHost, keyTypeOf } from './known-hosts';

/** What a person is asked when a host shows a key that nobody has seen. */
export interface UnknownKey {
  readonly host: string;
  readonly port: number;
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

export type KeyDecision =
  | { readonly trusted: true }
  | { readonly trusted: false; readonly failure: KeyFailure; readonly message: string };

export type KeyFailure = 'host-key-changed' | 'host-key-revoked' | 'host-key-unknown';

/** Whether the key that `host` shows is trusted; otherwise why not, with both fingerprints and what to do. */
export async function decideKey(policy: HostKeyPolicy, host: string, port: number, key: Buffer): Promise<KeyDecision> {
  const verdict = judgeKey(policy.known(), host, port, key);
  const shown = `${keyTypeOf(key)} ${fingerprint(key)}`;
  switch (verdict.kind) {
    case 'known':
      return { trusted: true };
    case 'revoked':
      return {
        trusted: false,
        failure: 'host-key-revoked',
        message: `the host shows the key ${shown}, which ${placeOf(verdict.entry)} revokes; do not connect before the host has a new key`,
      };
    case 'changed':
      return {
        trusted: false,
        failure: 'host-key-changed',
        message:
          `the host key has changed: the host shows ${shown}, but ${placeOf(verdict.entry)} knows ` +
          `${verdict.entry.keyType} ${fingerprint(verdict.entry.key)}; ask who reinstalled the host, and remove that line only when the new fingerprint is right`,
      };
    case 'authority-only':
      return {
        trusted: false,
        failure: 'host-key-unknown',
        message: `only a certificate authority is known for the host (${placeOf(verdict.entry)}), and Haven does not check host certificates; add the host's own key ${shown} to known_hosts`,
      };
    case 'unknown': {
      const asked = { host, port, keyType: keyTypeOf(key), fingerprint: fingerprint(key), key };
      if (await policy.accept(asked)) return { trusted: true };
      return {
        trusted: false,
        failure: 'host-key-unknown',
        message: `the host key ${shown} is not known and was not accepted; compare it with ssh-keygen -lf on the host, then connect again and accept it`,
      };
    }
  }
}

function placeOf(entry: KnownHost): string {
  return `${entry.path}:${entry.line}`;
}
