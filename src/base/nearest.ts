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

/** From this many names on they are looked up in an index instead of being compared one by one. */
const many = 1000;

/** Names by what is left of each when one letter or none is taken out. */
interface Index {
  /** The names that it does not hold yet: those of the map that are added later come out of it, too. */
  readonly rest: Iterator<string>;
  count: number;
  readonly byRest: Map<string, string[]>;
}

const indexes = new WeakMap<ReadonlyMap<string, unknown>, Index>();

/**
 * What `nearest` finds among the names of a map to which names are only ever added. Thousands of names that are each
 * compared with thousands of others would keep an editor busy for minutes, so of very many names only those count that
 * are one edit away.
 */
export function nearestName(word: string, names: ReadonlyMap<string, unknown>): string | undefined {
  if (names.size < many) return nearest(word, names.keys());
  let index = indexes.get(names);
  if (index === undefined) {
    index = { rest: names.keys(), count: 0, byRest: new Map() };
    indexes.set(names, index);
  }
  for (; index.count < names.size; index.count++) {
    const name: string = index.rest.next().value ?? '';
    for (const rest of shortened(name)) {
      const known = index.byRest.get(rest);
      if (known === undefined) index.byRest.set(rest, [name]);
      else known.push(name);
    }
  }
  const candidates = new Set<string>();
  for (const rest of shortened(word))
    for (const name of index.byRest.get(rest) ?? []) {
      candidates.add(name);
      if (candidates.size >= enough) return nearest(word, candidates);
    }
  return nearest(word, candidates);
}

/** Of so many names that are one edit away no one is the meant one more than another. */
const enough = 100;

/** No name that anybody mistypes is longer; what is, would have as many forms as letters. */
const longest = 100;

/** A name in small letters, and what is left of it without each of its letters: names one edit apart share one of these. */
function shortened(name: string): ReadonlySet<string> {
  if (name.length > longest) return new Set();
  const lower = name.toLowerCase();
  const forms = new Set([lower]);
  for (let at = 0; at < lower.length; at++) forms.add(lower.slice(0, at) + lower.slice(at + 1));
  return forms;
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
