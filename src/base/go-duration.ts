const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const whole = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

/** Go counts nanoseconds in 63 bits: 292 years. */
const longest = 2n ** 63n - 1n;

/** Reads a duration as Go's `time.ParseDuration` does, in milliseconds; undefined for what it refuses (`5`, `2d`, `5 m`). */
export function parseGoDuration(text: string): number | undefined {
  if (!whole.test(text)) return undefined;
  let total = 0n;
  for (const [, digits = '', fraction = '', unit = ''] of text.matchAll(/(\d*)(\.\d*)?([a-zµμ]+)/g)) {
    const length = nanoseconds[unit] ?? 0n;
    total += BigInt(digits === '' ? 0 : digits) * length + BigInt(Math.trunc(Number(`0${fraction}`) * Number(length)));
  }
  if (total > longest) return undefined;
  return Number(text.startsWith('-') ? -total : total) / 1e6;
}
