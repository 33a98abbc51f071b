/** What `printf FORMAT WORDS…` writes: the format is used again while words are left (POSIX.1-2017, printf). */
export function printfOutput(args: readonly string[]): Buffer {
  // One character for one byte, so that `\\377` is a byte and not a letter.
  const [format = '', ...words] = args.map((each) => Buffer.from(each).toString('latin1'));
  const rest = format === '--' ? words.slice(1) : [...words];
  const pattern = format === '--' ? (words[0] ?? '') : format;
  let text = '';
  do {
    const before = rest.length;
    text += pattern.replace(
      /\\(\d{1,3}|.)|%%|%([-0 +#]*)(\d+)?(?:\.(\d+))?([sdiuxXocb])/gs,
      (whole, sign: string | undefined, flags = '', width = '', precision?: string, kind?: string) => {
        if (whole === '%%') return '%';
        if (kind === undefined) return escaped(sign ?? '');
        return converted(rest.shift() ?? '', kind, String(flags), Number(width || 0), precision);
      },
    );
    if (rest.length === before) break;
  } while (rest.length > 0);
  return Buffer.from(text, 'latin1');
}

function escaped(char: string): string {
  if (/^\d/.test(char)) return String.fromCharCode(Number.parseInt(char, 8));
  const known: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '\\': '\\',
    "'": "'",
    '"': '"',
    a: '\x07',
  };
  return known[char] ?? `\\${char}`;
}

function converted(word: string, kind: string, flags: string, width: number, precision: string | undefined): string {
  let text: string;
  if (kind === 's') text = precision === undefined ? word : word.slice(0, Number(precision));
  else if (kind === 'b') text = word.replace(/\\(\d{1,4}|.)/g, (_, char: string) => escaped(char));
  else if (kind === 'c') text = word.slice(0, 1);
  else {
    const value = Math.trunc(Number(word === '' ? 0 : word));
    text =
      kind === 'x'
        ? value.toString(16)
        : kind === 'X'
          ? value.toString(16).toUpperCase()
          : value.toString(kind === 'o' ? 8 : 10);
    if (flags.includes('0') && !flags.includes('-')) return text.padStart(width, '0');
  }
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}
