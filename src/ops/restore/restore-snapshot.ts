import type { LocalFile } from '../local-file';
import type { SnapshotContent } from '../snapshot-file/etcd-snapshot';

/** The snapshot that is restored: where it lies, and what was read from it before. */
export interface RestoreSnapshot {
  /** Name of the node; absent for a file of this machine. */
  readonly host: string | undefined;
  /** Absolute, on that node. */
  readonly path: string;
  /** Of the database with its trailer, unpacked. */
  readonly bytes: number;
  /** SHA-256 of the database without its trailer, hexadecimal: the trailer itself. */
  readonly hash: string;
  readonly content: SnapshotContent;
  /** The copy on this machine that was read, unpacked; sent where the snapshot lies on another node than is restored. */
  readonly local: { readonly path: string; readonly sha256: string };
}

/** An object in S3 that k3s fetches itself when it is reset: nobody has read it before. */
export interface S3Object {
  readonly object: string;
  /**
   * A file of this machine with the `etcd-s3-…` settings and their credentials, and the keys in it; absent where the
   * server's own settings are meant.
   */
  readonly settings?: LocalFile & { readonly keys: readonly string[] };
}

export const isInS3 = (snapshot: RestoreSnapshot | S3Object): snapshot is S3Object => 'object' in snapshot;

/** Keys at the left of a file of settings, for a look at what it holds; values are not read. */
export function keysOf(text: string): readonly string[] {
  return [...text.matchAll(/^[ \t]*["']?([^\s#"':-][^\s"':]*)["']?[ \t]*:/gm)].map((each) => each[1] ?? '');
}
