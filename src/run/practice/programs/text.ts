import { createHash } from 'node:crypto';
import { FileError } from '../file-tree';
import { complain } from '../program';
import type { Call, Program } from '../world';
import { readOptions } from './options';

/** The bytes of the files named, or of the standard input; nothing when one is missing, which has been said then. */
function inputOf(call: Call, paths: readonly string[]): Buffer | undefined {
  if (paths.length === 0) return call.stdin.all();
  const parts: Buffer[] = [];
  for (const path of paths) {
    try {
      parts.push(path === '-' ? call.stdin.all() : call.machine.files.read(call.path(path)));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      complain(call, `${path}: ${error.message}`);
      return undefined;
    }
  }
  return Buffer.concat(parts);
}

const linesOf = (bytes: Buffer): string[] => {
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

const putLines = (call: Call, lines: readonly string[]) => {
  if (lines.length > 0) call.out(`${lines.join('\n')}\n`);
};

function regExp(
  source: string,
  options: { readonly extended: boolean; readonly fixed: boolean; readonly flags: string },
) {
  if (options.fixed) return new RegExp(source.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), options.flags);
  // In basic regular expressions the signs are plain and the escaped ones special.
  const text = options.extended
    ? source
    : source.replace(/\\([+?{}()|])|([+?{}()|])/g, (_, escaped, plain) => escaped ?? `\\${plain}`);
  return new RegExp(
    text
      .replace(/\[:digit:\]/g, '0-9')
      .replace(/\[:space:\]/g, '\\s')
      .replace(/\[:alnum:\]/g, 'A-Za-z0-9')
      .replace(/\[:alpha:\]/g, 'A-Za-z'),
    options.flags,
  );
}

const grep: Program = (call) => {
  const options = readOptions(call.args, ['e', 'm', 'regexp', 'A', 'B']);
  const rest = [...options.rest];
  const source = options.value('e', 'regexp') ?? rest.shift() ?? '';
  const flags = options.has('i') ? 'i' : '';
  const isWhole = options.has('x');
  const base = regExp(source, { extended: options.has('E') || call.name === 'egrep', fixed: options.has('F'), flags });
  const pattern = isWhole ? new RegExp(`^(?:${base.source})$`, flags) : base;
  let found = 0;
  let missing = false;
  const most = Number(options.value('m') ?? Number.POSITIVE_INFINITY);
  for (const path of rest.length === 0 ? ['-'] : rest) {
    let bytes: Buffer;
    try {
      bytes = path === '-' ? call.stdin.all() : call.machine.files.read(call.path(path));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (!options.has('s')) complain(call, `${path}: ${error.message}`);
      missing = true;
      continue;
    }
    const lines = options.has('a') ? bytes.toString('latin1').split('\n') : linesOf(bytes);
    let inFile = 0;
    const [above, below] = [Number(options.value('B') ?? 0), Number(options.value('A') ?? 0)];
    // Lines around one that fits are shown once, however many fit near each other.
    let shown = -1;
    for (const [i, line] of lines.entries()) {
      if (inFile >= most) break;
      if (pattern.test(line) === options.has('v')) continue;
      inFile++;
      if (options.has('q', 'c', 'l')) continue;
      if (above + below > 0) {
        const from = Math.max(shown + 1, i - above);
        if (shown >= 0 && from > shown + 1) call.out('--\n');
        shown = Math.min(lines.length - 1, i + below);
        for (const near of lines.slice(from, shown + 1)) call.out(`${near}\n`);
        continue;
      }
      const prefix = rest.length > 1 && !options.has('h') ? `${path}:` : '';
      if (options.has('o'))
        for (const [text] of line.matchAll(new RegExp(pattern.source, `${flags}g`))) call.out(`${prefix}${text}\n`);
      else call.out(`${prefix}${line}\n`);
    }
    found += inFile;
    if (options.has('c')) call.out(`${inFile}\n`);
    if (options.has('l') && inFile > 0) call.out(`${path}\n`);
  }
  return missing && !options.has('q') ? 2 : found > 0 ? 0 : 1;
};

/** The old form `-5` for `-n 5`, which may only stand first. */
function withCount([first = '', ...rest]: readonly string[]): string[] {
  return [first.replace(/^-(\d+)$/, '-n$1'), ...rest].filter((each, i) => i > 0 || each !== '');
}

const head: Program = (call) => {
  const words = withCount(call.args);
  const options = readOptions(words, ['n', 'c']);
  const bytes = inputOf(call, options.rest);
  if (bytes === undefined) return 1;
  const count = options.value('c');
  if (count !== undefined)
    call.out(count.startsWith('-') ? bytes.subarray(0, Number(count)) : bytes.subarray(0, Number(count)));
  else {
    const lines = linesOf(bytes);
    const most = Number(options.value('n') ?? 10);
    putLines(call, most < 0 ? lines.slice(0, most) : lines.slice(0, most));
  }
  return 0;
};

const tail: Program = (call) => {
  const words = withCount(call.args);
  const options = readOptions(words, ['n', 'c']);
  const bytes = inputOf(call, options.rest);
  if (bytes === undefined) return 1;
  const count = options.value('c');
  if (count !== undefined) {
    call.out(
      count.startsWith('+')
        ? bytes.subarray(Number(count) - 1)
        : bytes.subarray(Math.max(0, bytes.length - Number(count))),
    );
  } else {
    const most = options.value('n') ?? '10';
    const lines = linesOf(bytes);
    putLines(
      call,
      most.startsWith('+') ? lines.slice(Number(most) - 1) : Number(most) === 0 ? [] : lines.slice(-Number(most)),
    );
  }
  return 0;
};

const wc: Program = (call) => {
  const options = readOptions(call.args);
  const bytes = inputOf(call, options.rest);
  if (bytes === undefined) return 1;
  const counts: number[] = [];
  const all = !options.has('l', 'c', 'w', 'm');
  if (all || options.has('l')) counts.push(bytes.filter((byte) => byte === 10).length);
  if (all || options.has('w')) counts.push(bytes.toString('utf8').split(/\s+/).filter(Boolean).length);
  if (all || options.has('c', 'm')) counts.push(bytes.length);
  const shown = counts.length > 1 ? counts.map((each) => String(each).padStart(7)).join(' ') : String(counts[0]);
  call.out(`${shown}${options.rest[0] === undefined ? '' : ` ${options.rest[0]}`}\n`);
  return 0;
};

const sort: Program = (call) => {
  const options = readOptions(call.args, ['k', 't', 'o']);
  const bytes = inputOf(call, options.rest);
  if (bytes === undefined) return 2;
  const separator = options.value('t');
  const [field = 0] = (options.value('k') ?? '').split(',').map((each) => Number.parseInt(each, 10));
  const keyOf = (line: string) =>
    field > 0
      ? (separator === undefined ? line.trim().split(/\s+/) : line.split(separator))
          .slice(field - 1)
          .join(separator ?? ' ')
      : line;
  const isNumeric = options.has('n') || /n/.test(options.value('k') ?? '');
  let lines = linesOf(bytes).sort((a, b) => {
    const [one, other] = [keyOf(a), keyOf(b)];
    if (isNumeric) return (Number.parseFloat(one) || 0) - (Number.parseFloat(other) || 0) || (a < b ? -1 : 1);
    return one < other ? -1 : one > other ? 1 : 0;
  });
  if (options.has('r')) lines.reverse();
  if (options.has('u')) lines = lines.filter((line, i) => line !== lines[i - 1]);
  putLines(call, lines);
  return 0;
};

const uniq: Program = (call) => {
  const options = readOptions(call.args);
  const bytes = inputOf(call, options.rest);
  if (bytes === undefined) return 1;
  const groups: [string, number][] = [];
  for (const line of linesOf(bytes)) {
    const last = groups.at(-1);
    if (last?.[0] === line) last[1]++;
    else groups.push([line, 1]);
  }
  putLines(
    call,
    groups.map(([line, count]) => (options.has('c') ? `${String(count).padStart(7)} ${line}` : line)),
  );
  return 0;
};

const cut: Program = (call) => {
  const options = readOptions(call.args, ['d', 'f', 'c', 'b', 'delimiter', 'fields']);
  const bytes = inputOf(call, options.rest);
  if (bytes === undefined) return 1;
  const delimiter = options.value('d', 'delimiter') ?? '\t';
  const list = options.value('f', 'fields') ?? options.value('c', 'b') ?? '1';
  const ranges = list.split(',').map((each): [number, number] => {
    const [from = '', to] = each.split('-');
    return [Number(from || 1), to === undefined ? Number(from) : Number(to || Number.POSITIVE_INFINITY)];
  });
  const chosen = (index: number) => ranges.some(([from, to]) => index + 1 >= from && index + 1 <= to);
  const isFields = options.has('f', 'fields');
  putLines(
    call,
    linesOf(bytes).map((line) => {
      if (isFields && !line.includes(delimiter)) return line;
      const parts = isFields ? line.split(delimiter) : [...line];
      return parts.filter((_, i) => chosen(i)).join(isFields ? delimiter : '');
    }),
  );
  return 0;
};

const tr: Program = (call) => {
  const options = readOptions(call.args);
  const set = (text: string): string[] => [
    ...text
      .replace(/\\n/g, '\n')
      .replace(/\\t/g, '\t')
      .replace(/\\r/g, '\r')
      .replace(/\\0/g, '\0')
      .replace(/\[:space:\]/g, ' \t\n\r')
      .replace(/\[:upper:\]/g, 'A-Z')
      .replace(/\[:lower:\]/g, 'a-z')
      .replace(/(.)-(.)/g, (_, from: string, to: string) => {
        const count = Math.max(0, to.charCodeAt(0) - from.charCodeAt(0) + 1);
        return Array.from({ length: count }, (__, i) => String.fromCharCode(from.charCodeAt(0) + i)).join('');
      }),
  ];
  const from = set(options.rest[0] ?? '');
  const to = set(options.rest[1] ?? '');
  const isOther = options.has('c', 'C');
  let text = '';
  for (const char of call.stdin.all().toString('latin1')) {
    const at = from.indexOf(char);
    const matches = at >= 0 !== isOther;
    if (!matches) text += char;
    else if (options.has('d')) continue;
    else {
      const next = isOther ? (to.at(-1) ?? char) : (to[Math.min(at, to.length - 1)] ?? char);
      if (!(options.has('s') && text.endsWith(next))) text += next;
    }
  }
  call.out(Buffer.from(text, 'latin1'));
  return 0;
};

/** `od -An -v -tx1` and its kin for one type: hexadecimal or unsigned bytes, or unsigned numbers of eight bytes. */
const od: Program = (call) => {
  const options = readOptions(call.args, ['A', 't', 'j', 'N', 'w']);
  const all = inputOf(call, options.rest);
  if (all === undefined) return 1;
  const skip = Number(options.value('j') ?? 0);
  const bytes = all.subarray(skip, options.has('N') ? skip + Number(options.value('N')) : undefined);
  const type = options.value('t') ?? 'o2';
  const size = Number(/\d+/.exec(type)?.[0] ?? 1);
  const width = Number(options.value('w') || 16);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const words: string[] = [];
    for (let i = at; i < Math.min(bytes.length, at + width); i += size) {
      const piece = Buffer.alloc(8);
      bytes.copy(piece, 0, i, Math.min(bytes.length, i + size));
      const value = piece.readBigUInt64LE();
      words.push(type.startsWith('x') ? value.toString(16).padStart(size * 2, '0') : value.toString());
    }
    lines.push(` ${words.join(' ')}`);
  }
  putLines(call, lines);
  return 0;
};

/** `sha256sum -c`: one line for each file of the list. */
function sumsHold(call: Call, paths: readonly string[]): number {
  let code = 0;
  for (const line of linesOf(inputOf(call, paths) ?? Buffer.alloc(0))) {
    const [, sum = '', path = ''] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    const bytes = inputOf(call, [path]);
    const holds = bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === sum;
    call.out(`${path}: ${holds ? 'OK' : 'FAILED'}\n`);
    if (!holds) code = 1;
  }
  return code;
}

const sha256sum: Program = (call) => {
  const options = readOptions(call.args);
  const { rest } = options;
  if (options.has('c')) return sumsHold(call, rest);
  if (rest.length === 0) {
    call.out(`${createHash('sha256').update(call.stdin.all()).digest('hex')}  -\n`);
    return 0;
  }
  let code = 0;
  for (const path of rest) {
    const bytes = inputOf(call, [path]);
    if (bytes === undefined) code = 1;
    else call.out(`${createHash('sha256').update(bytes).digest('hex')}  ${path}\n`);
  }
  return code;
};

/** `sed` with `s`, `d` and `p`, for lines chosen by number, `$` or pattern. */
const sed: Program = (call) => {
  const options = readOptions(call.args, ['e', 'expression']);
  const rest = [...options.rest];
  const script = options.value('e', 'expression') ?? rest.shift() ?? '';
  const paths = options.has('i') ? rest : [undefined];
  for (const path of paths) {
    const bytes = path === undefined ? inputOf(call, rest) : inputOf(call, [path]);
    if (bytes === undefined) return 2;
    const lines = linesOf(bytes);
    const done: string[] = [];
    for (const [index, original] of lines.entries()) {
      let line: string | undefined = original;
      for (const command of script.split(/;(?![^/]*\/[a-z]*(?:;|$))|\n/)) {
        const [, address = '', not = '', verb = '', body = ''] =
          /^\s*(\d+(?:,(?:\d+|\$))?|\$|\/(?:\\.|[^/])*\/)?\s*(!)?\s*([sdpq])(.*)$/s.exec(command) ?? [];
        if (verb === '' || line === undefined) continue;
        if (addressed(address, index, lines.length, line, options.has('E', 'r')) === (not === '!')) continue;
        if (verb === 'd') line = undefined;
        else if (verb === 'p') done.push(line);
        else if (verb === 's') {
          const before: string = line;
          line = substituted(before, body, options.has('E', 'r'));
          if (/p$/.test(body) && line !== before) done.push(line);
        }
      }
      if (line !== undefined && !options.has('n')) done.push(line);
    }
    if (path === undefined) putLines(call, done);
    else call.machine.files.write(call.path(path), done.map((each) => `${each}\n`).join(''));
  }
  return 0;
};

function addressed(address: string, index: number, count: number, line: string, extended: boolean): boolean {
  if (address === '') return true;
  if (address === '$') return index === count - 1;
  if (address.startsWith('/')) return regExp(address.slice(1, -1), { extended, fixed: false, flags: '' }).test(line);
  const [from = '', to = from] = address.split(',');
  return index + 1 >= Number(from) && (to === '$' || index + 1 <= Number(to));
}

function substituted(line: string, body: string, extended: boolean): string {
  const separator = body[0] ?? '/';
  const pieces = body.slice(1).split(new RegExp(`(?<!\\\\)\\${separator}`));
  const [source = '', replacement = '', flags = ''] = pieces.map((each) =>
    each.replaceAll(`\\${separator}`, separator),
  );
  const pattern = regExp(source, { extended, fixed: false, flags: flags.includes('g') ? 'g' : '' });
  return line.replace(pattern, (...found: unknown[]) =>
    replacement.replace(/\\(\d)|\\(.)|&/g, (whole, group?: string, plain?: string) => {
      if (group !== undefined) return String(found[Number(group)] ?? '');
      return plain ?? (whole === '&' ? String(found[0]) : whole);
    }),
  );
}

const tee: Program = (call) => {
  const options = readOptions(call.args);
  const bytes = call.stdin.all();
  for (const path of options.rest) {
    const at = call.path(path);
    const { files } = call.machine;
    const before = options.has('a') && files.has(at) ? files.read(at) : Buffer.alloc(0);
    files.write(at, Buffer.concat([before, bytes]), 0o666 & ~call.umask);
  }
  call.out(bytes);
  return 0;
};

const cmp: Program = (call) => {
  const options = readOptions(call.args);
  const [one, other] = options.rest.slice(0, 2).map((path) => inputOf(call, [path]));
  if (one === undefined || other === undefined) return 2;
  if (one.equals(other)) return 0;
  if (!options.has('s')) call.out(`${options.rest[0] ?? ''} ${options.rest[1] ?? ''} differ\n`);
  return 1;
};

const base64: Program = (call) => {
  const options = readOptions(call.args, ['w']);
  const bytes = inputOf(call, options.rest);
  if (bytes === undefined) return 1;
  if (options.has('d', 'decode')) {
    // That of coreutils reads on after padding, Node's stops there.
    const pieces =
      bytes
        .toString('latin1')
        .replace(/\s/g, '')
        .match(/[A-Za-z0-9+/]+={0,2}/g) ?? [];
    call.out(Buffer.concat(pieces.map((each) => Buffer.from(each, 'base64'))));
  } else {
    const text = bytes.toString('base64');
    call.out(options.value('w') === '0' ? text : `${text.replace(/(.{76})(?=.)/g, '$1\n')}\n`);
  }
  return 0;
};

const xargs: Program = async (call) => {
  const options = readOptions(call.args, ['n', 'I']);
  const split = options.has('0') ? /\0/ : /\s+/;
  const words = call.stdin.all().toString('utf8').split(split).filter(Boolean);
  if (words.length === 0 && options.has('r')) return 0;
  return call.start([...options.rest, ...words]);
};

const seq: Program = (call) => {
  const [first, second] = call.args.map(Number);
  const [from, to] = second === undefined ? [1, first ?? 0] : [first ?? 1, second];
  putLines(
    call,
    Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => String(from + i)),
  );
  return 0;
};

/** The programs that read text and bytes. */
export const textPrograms: Readonly<Record<string, Program>> = {
  base64,
  cmp,
  cut,
  egrep: grep,
  grep,
  head,
  od,
  sed,
  seq,
  sha256sum,
  sort,
  tail,
  tee,
  tr,
  uniq,
  wc,
  xargs,
};
