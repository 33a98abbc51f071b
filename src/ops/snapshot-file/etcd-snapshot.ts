import { type BoltItem, type ByteSource, boltItems } from './bolt';
import { type KubeadmContent, kubeadmContent, kubeadmKeys, varint } from './kubeadm-objects';

/** What a snapshot of etcd holds, read from the file itself. */
export interface SnapshotContent {
  /** The revision of the last write in it. */
  readonly revision: number;
  /** Keys that exist at that revision. */
  readonly keys: number;
  /** Everything in it, older versions and deletions too. */
  readonly versions: number;
  /** A member list as it was: names and peer addresses. */
  readonly members: readonly { readonly name: string; readonly peerUrls: readonly string[] }[];
  /**
   * k3s keeps its certificates under `/bootstrap/` and the first twelve hexadecimal digits of the SHA-256 of the server
   * token's secret part (pkg/cluster/encrypt.go). Empty in a snapshot of another distribution.
   */
  readonly tokenHashes: readonly string[];
  /** Absent in a snapshot of a cluster that kubeadm has not made. */
  readonly kubeadm?: KubeadmContent;
  /** `3.6.0`; etcd before 3.6 does not write it. */
  readonly storageVersion?: string;
  /** A few keys with the revision of their last write, evenly taken from all: to compare with a restored store. */
  readonly sample: readonly { readonly key: string; readonly revision: number }[];
}

const text = new TextDecoder();
const sampleSize = 8;
const wanted: ReadonlySet<string> = new Set(Object.values(kubeadmKeys));

/**
 * Reads what a snapshot holds. The trailer is not looked at: see `trailerOf`.
 * Keys of the bucket `key` are a revision of 17 bytes, with a `t` behind it for a deletion; values are messages KeyValue
 * (etcd server/storage/mvcc/revision.go, api/mvccpb/kv.proto).
 * @throws BoltError when the file is damaged
 */
export function readSnapshot(source: ByteSource): SnapshotContent {
  let revision = 0;
  let versions = 0;
  const live = new Map<string, number>();
  const kept = new Map<string, Uint8Array>();
  for (const { key, value } of boltItems(source, 'key')) {
    const main = Number(new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(0));
    revision = Math.max(revision, main);
    versions++;
    const name = keyName(value);
    if (name === undefined) continue;
    if (key.length > 17) live.delete(name);
    else live.set(name, main);
    if (!wanted.has(name)) continue;
    const stored = key.length > 17 ? undefined : storedValue(value);
    if (stored === undefined) kept.delete(name);
    else kept.set(name, stored);
  }
  const names = [...live.keys()].sort();
  const storageVersion = [...boltItems(source, 'meta')].find(({ key }) => text.decode(key) === 'storageVersion')?.value;
  const kubeadm = kubeadmContent(names, kept);
  const step = Math.max(1, Math.floor(names.length / sampleSize));
  return {
    revision,
    keys: live.size,
    versions,
    members: [...boltItems(source, 'members')].flatMap(memberOf),
    tokenHashes: names.flatMap((name) => /^\/bootstrap\/([0-9a-f]{12})$/.exec(name)?.[1] ?? []),
    ...(kubeadm === undefined ? {} : { kubeadm }),
    ...(storageVersion === undefined ? {} : { storageVersion: text.decode(storageVersion) }),
    sample: names
      .filter((_, i) => i % step === 0)
      .slice(0, sampleSize)
      .map((key) => ({ key, revision: live.get(key) ?? 0 })),
  };
}

function memberOf({ value }: BoltItem) {
  try {
    const member: unknown = JSON.parse(text.decode(value));
    if (typeof member !== 'object' || member === null) return [];
    const { name, peerURLs } = member as Readonly<Record<string, unknown>>;
    return [{ name: String(name ?? ''), peerUrls: Array.isArray(peerURLs) ? peerURLs.map(String) : [] }];
  } catch {
    // The list of members is only told, nothing is decided by it.
    return [];
  }
}

/** Field 1 of the message, which comes first. Bytes that are no text are kept apart from each other all the same. */
function keyName(value: Uint8Array): string | undefined {
  const length = value[0] === 0x0a ? varint(value, 1) : undefined;
  if (length === undefined) return undefined;
  return String.fromCharCode(...value.subarray(length.end, Math.min(length.end + length.value, length.end + 4096)));
}

/** Field 5 of the message: what is stored under the key. A copy, as the bytes are those of a page that is read over. */
function storedValue(message: Uint8Array): Uint8Array | undefined {
  for (let at = 0; at < message.length; ) {
    const tag = varint(message, at);
    const next = tag === undefined ? undefined : varint(message, tag.end);
    if (tag === undefined || next === undefined) return undefined;
    const isBytes = tag.value % 8 === 2;
    if (isBytes && tag.value >> 3 === 5) return message.slice(next.end, next.end + next.value);
    at = isBytes ? next.end + next.value : next.end;
  }
  return undefined;
}

/**
 * Splits the size of a snapshot into database and trailer. etcd puts the SHA-256 of everything before it into the last 32
 * bytes, and a database is a whole number of 512-byte pieces (etcdutl/snapshot/v3_snapshot.go); a file of another size was
 * copied from a data directory or is cut off.
 */
export function databaseBytes(size: number): number | undefined {
  return size > 32 && size % 512 === 32 ? size - 32 : undefined;
}
