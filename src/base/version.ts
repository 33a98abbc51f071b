/** A release as numbers: `[2, 6, 12]`. Parts that a text leaves out count as zero in comparisons. */
export type Version = readonly number[];

/** Reads the first dotted number of `text` ("v1.34.1+k3s1" is 1.34.1); undefined if there is none. */
export function parseVersion(text: string): Version | undefined {
  const found = /\d+(?:\.\d+)*/.exec(text);
  return found === null ? undefined : found[0].split('.').map(Number);
}

/** Negative if `a` is older than `b`, positive if newer, zero if they are the same release. */
export function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
