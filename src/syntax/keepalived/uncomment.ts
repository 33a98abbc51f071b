import type { MappedText } from './mapped-text';

/**
 * Takes a line's comment and outer blanks away, as keepalived does before it looks at anything else: `#` and `!` start
 * a comment anywhere but between double quotes. A backslash before them takes itself out, but the file is read twice
 * and the second reading ends the line there all the same. A backslash at the very end survives the comment before it.
 */
export function uncomment(line: MappedText): { readonly line: MappedText; readonly openQuote: boolean } {
  const text = line.text;
  let start = 0;
  while (isBlank(text, start)) start++;

  let quoted = false;
  let cut = -1;
  let continued = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      if (cut < 0) quoted = !quoted;
    } else if (char === '\\') {
      if (i + 1 === text.length) continued = true;
      else if (!quoted && (text[i + 1] === '#' || text[i + 1] === '!') && cut < 0) cut = i;
      i++;
    } else if ((char === '#' || char === '!') && !quoted && cut < 0) cut = i;
  }

  let end = cut >= 0 ? cut : continued ? text.length - 1 : text.length;
  while (end > start && isBlank(text, end - 1)) end--;
  const kept = line.slice(start, end);
  return { line: continued ? kept.concat(line.slice(text.length - 1)) : kept, openQuote: quoted };
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}
