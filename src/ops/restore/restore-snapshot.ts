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
