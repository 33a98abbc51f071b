import { createHash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, fstatSync, openSync, readSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { say } from '../base/message';
import { BoltError } from '../ops/snapshot-file/bolt';
import { databaseBytes, readSnapshot, type SnapshotContent } from '../ops/snapshot-file/etcd-snapshot';
import { HostError } from './transport';

/** A snapshot on this machine, unpacked, found whole and read. */
export interface LocalSnapshot {
  readonly path: string;
  /** SHA-256 of the whole file. */
  readonly sha256: string;
  readonly bytes: number;
  /** SHA-256 of the database in it, which its trailer says too. */
  readonly hash: string;
  readonly content: SnapshotContent;
}

/**
 * Reads a snapshot that was brought here. One that k3s has zipped is unpacked first, in its place.
 * @throws HostError when it is damaged; `host` is where it came from
 */
export async function readLocalSnapshot(path: string, host: string): Promise<LocalSnapshot> {
  if (await isZip(path)) await unpack(path, host);
  const whole = createHash('sha256');
  const database = createHash('sha256');
  const source = openSync(path, 'r');
  try {
    const { size } = fstatSync(source);
    const length = databaseBytes(size);
    if (length === undefined) {
      throw new HostError(host, say('the snapshot is not whole: its {0} bytes are no database with a trailer', size));
    }
    let at = 0;
    for await (const chunk of createReadStream(path)) {
      const bytes = chunk as Buffer;
      whole.update(bytes);
      database.update(bytes.subarray(0, Math.max(0, Math.min(bytes.length, length - at))));
      at += bytes.length;
    }
    const trailer = Buffer.alloc(32);
    readSync(source, trailer, 0, 32, length);
    const hash = database.digest('hex');
    if (trailer.toString('hex') !== hash) {
      throw new HostError(host, say('the snapshot is damaged: its content does not fit the hash at its end'));
    }
    const read = (offset: number, bytes: number) => {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(source, buffer, 0, bytes, offset));
    };
    const content = readSnapshot({ size: length, read });
    return { path, sha256: whole.digest('hex'), bytes: size, hash, content };
  } catch (error) {
    if (!(error instanceof BoltError)) throw error;
    throw new HostError(host, say('the snapshot cannot be read as a database: {0}', error.message), { cause: error });
  } finally {
    closeSync(source);
  }
}

async function isZip(path: string): Promise<boolean> {
  return (await head(path)).readUInt32LE(0) === 0x04034b50;
}

/** The first bytes of a file, filled up with zeros. */
async function head(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(30);
    await file.read(bytes, 0, 30, 0);
    return bytes;
  } finally {
    await file.close();
  }
}

/** Replaces a zip of one deflated entry by that entry (APPNOTE.TXT of PKWARE, 4.3.7). */
async function unpack(path: string, host: string): Promise<void> {
  const bytes = await head(path);
  const start = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
  const plain = `${path}.plain`;
  try {
    await pipeline(createReadStream(path, { start }), createInflateRaw(), createWriteStream(plain, { mode: 0o600 }));
  } catch (error) {
    await rm(plain, { force: true });
    const words = error instanceof Error ? error.message : String(error);
    throw new HostError(host, say('the zipped snapshot cannot be unpacked: {0}', words), { cause: error });
  }
  await rename(plain, path);
}
