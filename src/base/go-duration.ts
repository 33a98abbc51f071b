const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const whole = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

/** Go counts nanoseconds in 63 bits: 292 years. */
const longest = 2 ** 63 / 1e6;

/** Reads a duration as Go's `time.ParseDuration` does, in milliseconds; undefined for what it refuses (`5`, `2d`, `5 m`). */
export function parseGoDuration(text: string): number | undefined {
  if (!whole.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g))
    total += Number(number) * (units[unit ?? ''] ?? 0);
  if (total >= longest) return undefined;
  return text.startsWith('-') ? -total : total;
}
