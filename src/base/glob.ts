/**
 * Whether a name fits a pattern of glob(7): `*` stands for any letters but `/`, `?` for one, `[…]` for one of a set. It
 * takes as long as name and pattern together have letters, times the longer one, whatever they are: an expression made of
 * the pattern would try each way to share a name out among its stars.
 */
export const fitsGlob = (pattern: string, name: string): boolean => fits(pattern, name, globPart, '/');

/** Whether a name fits a pattern in which `*` stands for any letters and `?` for one, and everything else for itself. */
export const fitsWildcard = (pattern: string, name: string): boolean => fits(pattern, name, wildcardPart, undefined);

/** No star takes a letter that is `kept`. */
function fits(
  pattern: string,
  name: string,
  partAt: (pattern: string, at: number) => Part,
  kept: string | undefined,
): boolean {
  let at = 0;
  let place = 0;
  // Where to go on when what stands behind the latest star does not fit: only the latest can matter.
  let star = -1;
  let taken = 0;
  while (at < name.length) {
    const sign = name[at] ?? '';
    const next = place < pattern.length ? partAt(pattern, place) : undefined;
    if (next?.kind === 'any') {
      star = next.end;
      taken = at;
      place = star;
    } else if (next?.fits(sign) === true) {
      place = next.end;
      at++;
    } else if (star >= 0 && name[taken] !== kept) {
      taken++;
      at = taken;
      place = star;
    } else return false;
  }
  while (pattern[place] === '*') place++;
  return place === pattern.length;
}

interface Part {
  readonly kind: 'any' | 'one';
  readonly end: number;
  fits(sign: string): boolean;
}

const anyLetters = (at: number): Part => ({ kind: 'any', end: at + 1, fits: () => false });
const one = (end: number, fits: (sign: string) => boolean): Part => ({ kind: 'one', end, fits });

function wildcardPart(pattern: string, at: number): Part {
  const sign = pattern[at];
  return sign === '*' ? anyLetters(at) : one(at + 1, (each) => sign === '?' || each === sign);
}

function globPart(pattern: string, at: number): Part {
  const sign = pattern[at];
  if (sign === '*') return anyLetters(at);
  if (sign === '?') return one(at + 1, (each) => each !== '/');
  if (sign === '\\' && at + 1 < pattern.length) return one(at + 2, (each) => each === pattern[at + 1]);
  const close = sign === '[' ? pattern.indexOf(']', at + 2) : -1;
  if (close < 0) return one(at + 1, (each) => each === sign);
  const isNegated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
  const set = pattern.slice(at + (isNegated ? 2 : 1), close);
  return one(close + 1, (each) => each !== '/' && isInSet(set, each) !== isNegated);
}

function isInSet(set: string, sign: string): boolean {
  for (let at = 0; at < set.length; at++) {
    const first = set[at] ?? '';
    const isRange = set[at + 1] === '-' && at + 2 < set.length;
    if (isRange ? first <= sign && sign <= (set[at + 2] ?? '') : first === sign) return true;
    if (isRange) at += 2;
  }
  return false;
}

/** More files than so many are not meant by braces. */
const mostForms = 100;

/** What a pattern is with one word of each of its braces; a brace that is not closed ends with the pattern. */
export function alternatives(pattern: string): readonly string[] {
  let forms = [''];
  for (let at = 0; at < pattern.length; ) {
    if (pattern[at] !== '{') {
      const next = pattern.indexOf('{', at);
      const end = next < 0 ? pattern.length : next;
      forms = forms.map((each) => each + pattern.slice(at, end));
      at = end;
      continue;
    }
    const parts: string[] = [];
    let depth = 1;
    let from = ++at;
    for (; at < pattern.length && depth > 0; at++) {
      const sign = pattern[at];
      if (sign === '{') depth++;
      else if (sign === '}') depth--;
      if (depth > mostForms) return [];
      if (depth > 0 && !(depth === 1 && sign === ',')) continue;
      parts.push(pattern.slice(from, at));
      from = at + 1;
    }
    if (depth > 0) parts.push(pattern.slice(from));
    const words = parts.flatMap(alternatives);
    if (forms.length * words.length > mostForms) return [];
    forms = forms.flatMap((each) => words.map((word) => each + word));
  }
  return forms;
}
