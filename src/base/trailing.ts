/**
 * The letters at the end of a text that each fit `letter`. An expression that ends with `$` would begin anew at each letter
 * of a long line, and take minutes for one of a hundred thousand.
 */
export function trailing(text: string, letter: RegExp): string {
  let at = text.length;
  while (at > 0 && letter.test(text[at - 1] ?? '')) at--;
  return text.slice(at);
}

/** A text without those letters at its end. */
export const withoutTrailing = (text: string, letter: RegExp): string =>
  text.slice(0, text.length - trailing(text, letter).length);
