/** The most edits at which a word still counts as a slip of the other: one for short words, two from five letters on. */
function allowance(length: number): number {
  return length < 3 ? 0 : length < 5 ? 1 : 2;
}

/**
 * The candidate that `word` was most likely meant to be, or undefined when none is near enough to name.
 * Distance counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = allowance(word.length) + 1;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance - 1);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

/** Rows of the table of `editDistance`, kept between its calls: it runs for every known word, for every release of a program. */
let before = new Uint16Array(64);
let previous = new Uint16Array(64);
let current = new Uint16Array(64);

/** The number of edits between `a` and `b`, or `limit + 1` as soon as it is known to be more than `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (current.length <= b.length) {
    before = new Uint16Array(b.length + 64);
    previous = new Uint16Array(b.length + 64);
    current = new Uint16Array(b.length + 64);
  }
  for (let j = 0; j <= b.length; j++) previous[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const sign = a.charCodeAt(i - 1);
    current[0] = i;
    // Outside of this band a cell needs more edits than are allowed for the way to it alone.
    const from = Math.max(1, i - limit);
    const to = Math.min(b.length, i + limit);
    if (from > 1) current[from - 1] = limit + 1;
    let least = from === 1 ? i : limit + 1;
    for (let j = from; j <= to; j++) {
      const other = b.charCodeAt(j - 1);
      const above = j === i + limit ? limit + 1 : (previous[j] ?? 0) + 1;
      let cost = Math.min(above, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (sign === other ? 0 : 1));
      if (i > 1 && j > 1 && sign === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === other)
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      current[j] = cost;
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    const spare = before;
    before = previous;
    previous = current;
    current = spare;
  }
  return Math.min(previous[b.length] ?? 0, limit + 1);
}
