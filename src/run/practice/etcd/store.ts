import { createHash } from 'node:crypto';
import { boltItems } from '../../../ops/snapshot-file/bolt';
import { writeBolt } from './bolt-writer';

/** A member in the list that every member keeps. */
export interface StoreMember {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrl: string;
  readonly learner: boolean;
}

interface Version {
  readonly value: string;
  readonly revision: number;
  readonly created: number;
  readonly version: number;
}

/** What an etcd member has in its database: keys with revisions, and who belongs to the cluster. */
export class EtcdStore {
  revision = 1;
  /** Revisions below this cannot be read any more. */
  compacted = 0;
  readonly live = new Map<string, Version>();
  /** Deletions that still stand in the file, by revision. */
  private readonly deleted = new Map<number, { readonly key: string; readonly created: number }>();
  members: readonly StoreMember[] = [];
  removed: readonly bigint[] = [];
  /** Alarms that were raised, by member. They are not in the file here, so that a full stop forgets them. */
  alarms: readonly { readonly memberId: bigint; readonly alarm: 'NOSPACE' | 'CORRUPT' }[] = [];

  put(key: string, value: string): void {
    const before = this.live.get(key);
    this.revision++;
    const { created = this.revision, version = 0 } = before ?? {};
    this.live.set(key, { value, revision: this.revision, created, version: version + 1 });
  }

  delete(key: string): void {
    const before = this.live.get(key);
    if (before === undefined) return;
    this.live.delete(key);
    this.revision++;
    this.deleted.set(this.revision, { key, created: before.created });
  }

  get(key: string): string | undefined {
    return this.live.get(key)?.value;
  }

  /** Keys that begin so. */
  below(prefix: string): string[] {
    return [...this.live.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** How many keys there were at a revision, as far as those written later are known not to have been there. */
  countAt(revision: number): number {
    const later = [...this.live.values()].filter((each) => each.created > revision).length;
    const gone = [...this.deleted].filter(([at, { created }]) => at > revision && created <= revision).length;
    return this.live.size - later + gone;
  }

  /** The database file. */
  toBytes(): Buffer {
    const items: [Buffer, Buffer][] = [];
    for (const [key, { value, revision, created, version }] of this.live)
      items.push([revisionKey(revision), keyValue({ key, value, revision, created, version })]);
    for (const [revision, { key }] of this.deleted)
      items.push([Buffer.concat([revisionKey(revision), Buffer.from('t')]), field(1, Buffer.from(key))]);
    const index = Buffer.alloc(8);
    index.writeBigUInt64BE(BigInt(this.revision + 4));
    const term = Buffer.alloc(8);
    term.writeBigUInt64BE(2n);
    const compacted = Buffer.concat([revisionKey(this.compacted)]);
    return writeBolt(
      new Map([
        ['key', items],
        [
          'members',
          this.members.map(({ id, name, peerUrl, learner }): [Buffer, Buffer] => [
            Buffer.from(hex(id)),
            Buffer.from(memberJson({ id, name, peerUrl, learner })),
          ]),
        ],
        ['members_removed', this.removed.map((id): [Buffer, Buffer] => [Buffer.from(hex(id)), Buffer.from('removed')])],
        ['cluster', [[Buffer.from('clusterVersion'), Buffer.from('3.6.0')]]],
        [
          'meta',
          [
            [Buffer.from('consistent_index'), index],
            [Buffer.from('term'), term],
            ...(this.compacted > 0 ? [[Buffer.from('finishedCompactRev'), compacted] as [Buffer, Buffer]] : []),
          ],
        ],
        ['lease', []],
        ['alarm', []],
        ['auth', []],
      ]),
    );
  }

  /** @throws BoltError when the bytes are no database */
  static fromBytes(bytes: Buffer): EtcdStore {
    const store = new EtcdStore();
    const source = { size: bytes.length, read: (at: number, length: number) => bytes.subarray(at, at + length) };
    for (const { key, value } of boltItems(source, 'key')) {
      const revision = Number(Buffer.from(key).readBigUInt64BE(0));
      store.revision = Math.max(store.revision, revision);
      const fields = readFields(Buffer.from(value));
      const name = fields.bytes.get(1)?.toString('utf8') ?? '';
      if (key.length > 17) {
        store.deleted.set(revision, { key: name, created: store.live.get(name)?.created ?? 0 });
        store.live.delete(name);
      } else {
        store.live.set(name, {
          value: fields.bytes.get(5)?.toString('utf8') ?? '',
          revision,
          created: fields.numbers.get(2) ?? revision,
          version: fields.numbers.get(4) ?? 1,
        });
      }
    }
    store.members = [...boltItems(source, 'members')].map(({ key, value }) => {
      const {
        name = '',
        peerURLs = [],
        isLearner = false,
      } = JSON.parse(Buffer.from(value).toString('utf8')) as {
        name?: string;
        peerURLs?: string[];
        isLearner?: boolean;
      };
      return {
        id: BigInt(`0x${Buffer.from(key).toString('utf8')}`),
        name,
        peerUrl: peerURLs[0] ?? '',
        learner: isLearner,
      };
    });
    store.removed = [...boltItems(source, 'members_removed')].map(({ key }) =>
      BigInt(`0x${Buffer.from(key).toString()}`),
    );
    for (const { key, value } of boltItems(source, 'meta'))
      if (Buffer.from(key).toString() === 'finishedCompactRev')
        store.compacted = Number(Buffer.from(value).readBigUInt64BE(0));
    return store;
  }

  /** Jumps ahead, and forgets the history before, as `etcdutl snapshot restore --bump-revision --mark-compacted`. */
  bump(by: number): void {
    const [newest] = [...this.live].toSorted(([, a], [, b]) => b.revision - a.revision);
    this.revision += by;
    this.compacted = this.revision;
    if (newest !== undefined) this.live.set(newest[0], { ...newest[1], revision: this.revision });
  }

  copy(): EtcdStore {
    return EtcdStore.fromBytes(this.toBytes());
  }
}

export const hex = (id: bigint): string => id.toString(16);

/** An id as etcd makes one: the first eight bytes of a SHA-1 (server/etcdserver/api/membership/member.go). */
export function idOf(text: string): bigint {
  return createHash('sha1').update(text).digest().readBigUInt64BE(0);
}

/** The database with the SHA-256 of it behind, as the snapshot call of etcd streams it. */
export function withTrailer(database: Buffer): Buffer {
  return Buffer.concat([database, createHash('sha256').update(database).digest()]);
}

function memberJson({ id, name, peerUrl, learner }: StoreMember): string {
  const client = peerUrl.replace(/:2380$/, ':2379');
  const member = `{"id":${id},"peerURLs":["${peerUrl}"],"name":"${name}","clientURLs":["${client}"]`;
  return `${member}${learner ? ',"isLearner":true' : ''}}`;
}

function revisionKey(main: number): Buffer {
  const key = Buffer.alloc(17);
  key.writeBigUInt64BE(BigInt(main), 0);
  key.write('_', 8);
  return key;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

const field = (number: number, bytes: Buffer) => Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
const count = (number: number, value: number) => Buffer.concat([varint(number * 8), varint(value)]);

function keyValue({ key, value, revision, created, version }: Version & { readonly key: string }): Buffer {
  const parts = [field(1, Buffer.from(key)), count(2, created), count(3, revision), count(4, version)];
  return Buffer.concat([...parts, field(5, Buffer.from(value))]);
}

function readFields(bytes: Buffer) {
  const numbers = new Map<number, number>();
  const texts = new Map<number, Buffer>();
  let at = 0;
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = next();
    if (tag % 8 === 0) numbers.set(tag >> 3, next());
    else {
      const length = next();
      texts.set(tag >> 3, bytes.subarray(at, at + length));
      at += length;
    }
  }
  return { numbers, bytes: texts };
}
