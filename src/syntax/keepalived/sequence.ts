/** What a `~SEQ(…)` or `~LST(…)` in front of a line asks for: the line once for each row, with these definitions set. */
interface Repetition {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Offset of the text that is repeated. */
  readonly textAt: number;
}

/** More rows than any real file has; keeps `~SEQ(i,1,1000000000)` from filling the memory. */
const maxRows = 4096;

/**
 * Reads the repetition at the start of `line`; undefined if it is not one that keepalived accepts.
 * `replace` puts the values of definitions into the numbers.
 */
export function repetitionAt(line: string, replace: (text: string) => string): Repetition | undefined {
  return line.startsWith('~SEQ') ? sequence(line, replace) : list(line);
}

function sequence(line: string, replace: (text: string) => string): Repetition | undefined {
  const head = /^~SEQ(x?)[ \t]*\([ \t]*([^ \t,)]+)[ \t]*,[ \t]*/.exec(line);
  const close = line.indexOf(')');
  if (head?.[2] === undefined || close < head[0].length) return undefined;
  const numbers = replace(line.slice(head[0].length, close)).split(',').map(toInteger);
  const [first, second, third] = numbers;
  if (first === undefined || numbers.includes(undefined) || numbers.length > 3) return undefined;

  let start = first;
  let step = 1;
  let last = first;
  if (second === undefined) {
    step = last < 1 ? -1 : 1;
    start = last < 0 ? -1 : 1;
  } else if (third === undefined) {
    last = second;
    step = start <= last ? 1 : -1;
  } else {
    step = second;
    last = third;
    if (step === 0 || (start < last && step < 0) || (start > last && step > 0)) return undefined;
  }
  const hex = head[1] === 'x';
  if (hex && (start < 0 || last < 0)) return undefined;

  const rows: string[][] = [];
  // The first row is always there: keepalived looks for the end behind it.
  for (let value = start; rows.length < maxRows; ) {
    rows.push([hex ? value.toString(16) : String(value)]);
    value += step;
    if (step > 0 ? value > last : value < last) break;
  }
  return { names: [head[2]], rows, textAt: blanksBehind(line, close + 1) };
}

function toInteger(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?(?:0[xX][0-9a-fA-F]+|\d+)$/.test(trimmed)) return undefined;
  const sign = trimmed.startsWith('-') ? -1 : 1;
  const digits = trimmed.replace(/^[+-]/, '');
  return sign * (/^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits));
}

function list(line: string): Repetition | undefined {
  const head = /^~LST[ \t]*\([ \t]*(?:\{([^}]*)\}|([^ \t,}]+))[ \t]*,[ \t]*/.exec(line);
  if (head === null) return undefined;
  const names = (head[1] ?? head[2] ?? '').split(',').map((each) => each.trim());
  const rows: string[][] = [];
  const value = /\{([^})]*)\}[ \t]*([,)])|([^ \t,})]*)[ \t]*([,)])/y;
  value.lastIndex = head[0].length;
  for (;;) {
    const found = value.exec(line);
    if (found === null || rows.length >= maxRows) return undefined;
    const row = (found[1] ?? found[3] ?? '').split(',').map((each) => each.trim());
    if (row.length > names.length) return undefined;
    rows.push(names.map((_, index) => row[index] ?? ''));
    if ((found[2] ?? found[4]) === ')') break;
    value.lastIndex = blanksBehind(line, value.lastIndex);
  }
  return { names, rows, textAt: blanksBehind(line, value.lastIndex) };
}

function blanksBehind(line: string, at: number): number {
  let next = at;
  while (line[next] === ' ' || line[next] === '\t') next++;
  return next;
}
