/** A snapshot as its host judges it: whole, with what can be seen of it there, or damaged and why. */
export type JudgedSnapshot =
  | {
      readonly kind: 'whole';
      /** Of the database with its trailer, unpacked. */
      readonly bytes: number;
      /** SHA-256 of the database, in hexadecimal: the trailer. */
      readonly hash: string;
      /** Tokens that k3s has sealed its certificates with: see `SnapshotContent.tokenHashes`. */
      readonly tokenHashes: readonly string[];
    }
  | { readonly kind: 'damaged'; readonly why: 'missing' | 'empty' | 'size' | 'hash' };

/** Reads the lines of `judged` (`commands/unpack-snapshot.ts`), with token hashes behind them; undefined when nobody asked. */
export function judgedSnapshot([verdict = '', ...rest]: readonly string[]): JudgedSnapshot | undefined {
  const [, bytes, hash = ''] = /^whole (\d+) ([0-9a-f]{64})$/.exec(verdict) ?? [];
  if (bytes !== undefined) {
    return {
      kind: 'whole',
      bytes: Number(bytes),
      hash,
      tokenHashes: rest.filter((line) => /^[0-9a-f]{12}$/.test(line)),
    };
  }
  const [, why] = /^damaged (missing|empty|size|hash)/.exec(verdict) ?? [];
  return why === undefined ? undefined : { kind: 'damaged', why: why as 'missing' | 'empty' | 'size' | 'hash' };
}
