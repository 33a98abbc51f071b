import { createHash, createHmac } from 'node:crypto';
import { matchesHost } from './config';

/** One usable line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  readonly patterns: string;
  readonly keyType: string;
  readonly key: Buffer;
  /** From one. */
  readonly line: number;
  readonly path: string;
}

/** What the known hosts say about a key that a host shows. */
type KeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  /** Only a certificate authority is known for the host; Haven does not check certificates and says so. */
  | { readonly kind: 'authority-only'; readonly entry: KnownHost }
  | { readonly kind: 'revoked'; readonly entry: KnownHost }
  | { readonly kind: 'changed'; readonly entry: KnownHost };

/** Reads a known_hosts file; lines it cannot use are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, path: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((raw, index): KnownHost[] => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const words = line.split(/\s+/);
    const marked = words[0]?.startsWith('@') === true;
    const marker = marked ? words.shift() : undefined;
    const [patterns, keyType, encoded] = words;
    if (patterns === undefined || keyType === undefined || encoded === undefined) return [];
    if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') return [];
    const key = Buffer.from(encoded, 'base64');
    if (keyTypeOf(key) !== keyType) return [];
    const kind = marker === '@revoked' ? 'revoked' : marker === '@cert-authority' ? 'cert-authority' : 'none';
    return [{ marker: kind, patterns, keyType, key, line: index + 1, path }];
  });
}

/** Where a key is shown: the address and port, or the name that HostKeyAlias gives instead of both. */
export interface KeyPlace {
  readonly address: string;
  readonly port: number;
  readonly hostKeyName?: string;
}

/** How a host is written in known_hosts: `[name]:port` unless the port is 22; an alias stands alone. */
export function hostPattern({ address, port, hostKeyName }: KeyPlace): string {
  if (hostKeyName !== undefined) return hostKeyName.toLowerCase();
  return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
}

/** Judges `key`, shown at `place`. A revoked key is refused for every host that the line fits. */
export function judgeKey(entries: readonly KnownHost[], place: KeyPlace, key: Buffer): KeyVerdict {
  const name = hostPattern(place);
  const fitting = entries.filter((each) => fits(each.patterns, name));
  const revoked = fitting.find((each) => each.marker === 'revoked' && each.key.equals(key));
  if (revoked !== undefined) return { kind: 'revoked', entry: revoked };
  const plain = fitting.filter((each) => each.marker === 'none');
  if (plain.some((each) => each.key.equals(key))) return { kind: 'known' };
  // Another key of the same type, or a known host that shows only a type nobody has seen there: both are a change.
  const changed = plain.find((each) => each.keyType === keyTypeOf(key)) ?? plain[0];
  if (changed !== undefined) return { kind: 'changed', entry: changed };
  const authority = fitting.find((each) => each.marker === 'cert-authority');
  return authority === undefined ? { kind: 'unknown' } : { kind: 'authority-only', entry: authority };
}

/** The key types known for a host, to ask it for one of those first, as OpenSSH does. */
export function knownKeyTypes(entries: readonly KnownHost[], place: KeyPlace): string[] {
  const name = hostPattern(place);
  return [
    ...new Set(entries.flatMap((each) => (each.marker === 'none' && fits(each.patterns, name) ? [each.keyType] : []))),
  ];
}

/** `SHA256:…` as `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that stands in the key itself (RFC 4253 §6.6): a length and a name. */
export function keyTypeOf(key: Buffer): string {
  if (key.length < 4) return '';
  const length = key.readUInt32BE(0);
  return length > 64 ? '' : key.subarray(4, 4 + length).toString('ascii');
}

function fits(patterns: string, name: string): boolean {
  if (!patterns.startsWith('|1|')) return matchesHost(name, patterns.split(','));
  const [salt, hash] = patterns.slice(3).split('|');
  if (salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}
