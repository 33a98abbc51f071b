/** A snapshot as `checkSnapshotFile` found it. */
interface WholeSnapshot {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the content before the trailer, in hexadecimal. */
  readonly hash: string;
}

/** The undamaged ones among what `checkSnapshotFile` printed. */
export function parseWholeSnapshots(output: string): WholeSnapshot[] {
  return [...output.matchAll(/^whole (\d+) ([0-9a-f]{64}) (\/.+)$/gm)].map(([, bytes, hash, path]) => ({
    path: path ?? '',
    bytes: Number(bytes),
    hash: hash ?? '',
  }));
}
