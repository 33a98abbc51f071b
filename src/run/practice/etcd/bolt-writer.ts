import { fnv64 } from '../../../ops/snapshot-file/bolt';

const pageSize = 4096;

/** One entry of a bucket; a bucket within is given by its first page. */
interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly isBucket: boolean;
}

/**
 * A bbolt database with these buckets, as bytes: two meta pages, an empty list of free pages, and a leaf of as many pages
 * as it needs for each bucket. The programs of etcd read it like one of their own.
 */
export function writeBolt(buckets: ReadonlyMap<string, readonly (readonly [Buffer, Buffer])[]>): Buffer {
  const leaves: Buffer[] = [];
  let next = 3;
  const tops: Entry[] = [];
  for (const [name, items] of [...buckets].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = [...items].sort(([a], [b]) => Buffer.compare(a, b));
    const leaf = leafPage(
      next,
      sorted.map(([key, value]) => ({ key, value, isBucket: false })),
    );
    const head = Buffer.alloc(16);
    head.writeBigUInt64LE(BigInt(next), 0);
    tops.push({ key: Buffer.from(name), value: head, isBucket: true });
    leaves.push(leaf);
    next += leaf.length / pageSize;
  }
  const root = leafPage(next, tops);
  const count = next + root.length / pageSize;
  const metas = [0, 1].map((transaction) => metaPage({ transaction, root: next, count }));
  return Buffer.concat([...metas, freePage(), ...leaves, root]);
}

function pageOf(id: number, flags: number, count: number, bytes: number): Buffer {
  const pages = Math.max(1, Math.ceil(bytes / pageSize));
  const page = Buffer.alloc(pages * pageSize);
  page.writeBigUInt64LE(BigInt(id), 0);
  page.writeUInt16LE(flags, 8);
  page.writeUInt16LE(count, 10);
  page.writeUInt32LE(pages - 1, 12);
  return page;
}

function leafPage(id: number, entries: readonly Entry[]): Buffer {
  const bytes = entries.reduce((sum, { key, value }) => sum + 16 + key.length + value.length, 16);
  const page = pageOf(id, 2, entries.length, bytes);
  let at = 16 + entries.length * 16;
  for (const [i, { key, value, isBucket }] of entries.entries()) {
    const head = 16 + i * 16;
    page.writeUInt32LE(isBucket ? 1 : 0, head);
    page.writeUInt32LE(at - head, head + 4);
    page.writeUInt32LE(key.length, head + 8);
    page.writeUInt32LE(value.length, head + 12);
    key.copy(page, at);
    value.copy(page, at + key.length);
    at += key.length + value.length;
  }
  return page;
}

function freePage(): Buffer {
  return pageOf(2, 16, 0, pageSize);
}

function metaPage({ transaction, root, count }: { transaction: number; root: number; count: number }): Buffer {
  const page = pageOf(transaction, 4, 0, pageSize);
  page.writeUInt32LE(0xed0cdaed, 16);
  page.writeUInt32LE(2, 20);
  page.writeUInt32LE(pageSize, 24);
  page.writeBigUInt64LE(BigInt(root), 32);
  page.writeBigUInt64LE(2n, 48);
  page.writeBigUInt64LE(BigInt(count), 56);
  page.writeBigUInt64LE(BigInt(transaction), 64);
  page.writeBigUInt64LE(fnv64(page.subarray(16, 72)), 72);
  return page;
}
