/** One word of a command, its quotes and escapes resolved, with offsets into the text it was read from. */
export interface ScriptWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Splits a line the way keepalived does for scripts and patterns: blanks separate, both kinds of quotes hold together,
 * a backslash escapes anywhere (lib/parser.c, manual section "QUOTING"). Undefined words mean a quote that is not closed
 * or a backslash with nothing behind it; keepalived drops the whole line then.
 */
export function scriptWords(line: string): readonly ScriptWord[] | undefined {
  const words: ScriptWord[] = [];
  let i = 0;
  for (;;) {
    while (isSpace(line[i])) i++;
    if (i >= line.length) return words;
    const start = i;
    let text = '';
    let quote = '';
    while (i < line.length) {
      const char = line[i] ?? '';
      if (char === '\\') {
        if (i + 1 >= line.length) return undefined;
        const [value, length] = escapeAt(line, i + 1);
        text += value;
        i += 1 + length;
      } else if (quote !== '') {
        if (char === quote) quote = '';
        else text += char;
        i++;
      } else if (char === '"' || char === "'") {
        quote = char;
        i++;
      } else if (isSpace(char)) break;
      else {
        text += char;
        i++;
      }
    }
    if (quote !== '') return undefined;
    words.push({ text, start, end: i });
  }
}

/** What follows a backslash means, and how many characters it takes. */
function escapeAt(line: string, at: number): [string, number] {
  const char = line[at] ?? '';
  const hex = /^x([0-9a-fA-F]+)/.exec(line.slice(at));
  if (hex?.[1] !== undefined) return [String.fromCharCode(Number.parseInt(hex[1].slice(-2), 16)), hex[0].length];
  if (char === 'c' && at + 1 < line.length) return [String.fromCharCode(line.charCodeAt(at + 1) & 0x1f), 2];
  const octal = /^[0-7]{1,3}/.exec(line.slice(at));
  if (octal !== null) return [String.fromCharCode(Number.parseInt(octal[0], 8) & 0xff), octal[0].length];
  return [escapes[char] ?? char, 1];
}

function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\f' || char === '\n' || char === '\r' || char === '\v';
}
