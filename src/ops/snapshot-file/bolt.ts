/** A file that can be read anywhere, without having it in memory as a whole. */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/** A key and its value in a bucket of a bbolt database. */
export interface BoltItem {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** The file is no bbolt database, or a page of it does not make sense. */
export class BoltError extends Error {
  override readonly name = 'BoltError';
}

const magic = 0xed0cdaed;
const pageHead = 16;
const branchPage = 1;
const leafPage = 2;
/** Deeper than any real tree: keeps a damaged one from going round for ever. */
const mostDepth = 64;

/** The part of a file that holds pages: where it begins and the size of one page. */
interface Pages {
  readonly source: ByteSource;
  readonly pageSize: number;
}

/**
 * The items of a bucket at the top of a bbolt database, in the order of their keys; nothing when there is no such bucket.
 * Layout: go.etcd.io/bbolt, internal/common/page.go, meta.go and bucket.go.
 * @throws BoltError when the file is damaged
 */
export function* boltItems(source: ByteSource, bucket: string): Generator<BoltItem> {
  const { pages, root } = openBolt(source);
  const name = new TextEncoder().encode(bucket);
  for (const { key, value, isBucket } of pageItems(pages, root, 0)) {
    if (!isBucket || !sameBytes(key, name)) continue;
    const view = viewOf(value);
    if (value.length < pageHead) throw new BoltError('a bucket is cut off');
    const top = pageNumber(view, 0);
    if (top === 0) yield* itemsOf({ pages, page: value.subarray(pageHead), depth: 0 });
    else yield* pageItems(pages, top, 0);
    return;
  }
}

/** The newer of the two meta pages whose checksum fits. */
function openBolt(source: ByteSource): { readonly pages: Pages; readonly root: number } {
  const found: { readonly pages: Pages; readonly root: number; readonly transaction: bigint }[] = [];
  // The second meta page stands one page further, and only the first one tells how far that is.
  for (const offset of [0, 4096, 8192, 16384, 65536]) {
    if (offset + 80 > source.size) continue;
    const page = source.read(offset, 80);
    const view = viewOf(page);
    if (view.getUint32(16, true) !== magic || view.getUint32(20, true) !== 2) continue;
    const pageSize = view.getUint32(24, true);
    if (pageSize < 512 || (offset !== 0 && offset !== pageSize)) continue;
    if (view.getBigUint64(72, true) !== fnv64(page.subarray(16, 72))) continue;
    found.push({
      pages: { source, pageSize },
      root: pageNumber(view, 32),
      transaction: view.getBigUint64(64, true),
    });
  }
  const [newest] = found.sort((a, b) => (a.transaction < b.transaction ? 1 : -1));
  if (newest === undefined) throw new BoltError('the file does not begin as a database of etcd does');
  return newest;
}

interface PageItem extends BoltItem {
  readonly isBucket: boolean;
}

function* pageItems(pages: Pages, number: number, depth: number): Generator<PageItem> {
  const { source, pageSize } = pages;
  const offset = number * pageSize;
  if (offset + pageSize > source.size) throw new BoltError('a page is missing at the end of the file');
  const head = viewOf(source.read(offset, pageHead));
  const length = (head.getUint32(12, true) + 1) * pageSize;
  if (offset + length > source.size) throw new BoltError('a page is missing at the end of the file');
  yield* itemsOf({ pages, page: source.read(offset, length), depth });
}

function* itemsOf({ pages, page, depth }: { pages: Pages; page: Uint8Array; depth: number }): Generator<PageItem> {
  if (depth > mostDepth) throw new BoltError('the tree of pages goes round');
  const view = viewOf(page);
  const flags = view.getUint16(8, true);
  const count = view.getUint16(10, true);
  if (pageHead + count * 16 > page.length) throw new BoltError('a page tells of more than it holds');
  if (flags === branchPage) {
    for (let i = 0; i < count; i++) yield* pageItems(pages, pageNumber(view, pageHead + i * 16 + 8), depth + 1);
    return;
  }
  if (flags !== leafPage) throw new BoltError('a page is of an unknown kind');
  for (let i = 0; i < count; i++) {
    const at = pageHead + i * 16;
    const start = at + view.getUint32(at + 4, true);
    const keyEnd = start + view.getUint32(at + 8, true);
    const end = keyEnd + view.getUint32(at + 12, true);
    if (end > page.length) throw new BoltError('an entry reaches beyond its page');
    yield {
      isBucket: (view.getUint32(at, true) & 1) === 1,
      key: page.subarray(start, keyEnd),
      value: page.subarray(keyEnd, end),
    };
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function pageNumber(view: DataView, offset: number): number {
  const number = view.getBigUint64(offset, true);
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw new BoltError('a page number is too large');
  return Number(number);
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

/** FNV-1a of 64 bits, which bbolt puts at the end of a meta page. */
export function fnv64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}
