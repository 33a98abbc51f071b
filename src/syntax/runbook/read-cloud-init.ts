import type { Command, Embedded } from './parse-runbook';
import { readShell } from './read-shell';
import { dedented, embed, indentOf, type Line } from './runbook-lines';

/** Gathers what `write_files` writes and the lines of `runcmd` and `bootcmd`. */
export function readCloudInit(lines: readonly Line[], embedded: Embedded[], commands: Command[]): void {
  let inCommands = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line === undefined) continue;
    const { text } = line;
    if (/^[^\s#-]/.test(text)) inCommands = /^(runcmd|bootcmd):/.test(text);
    if (inCommands) {
      i = readCommand(lines, i, embedded, commands);
      continue;
    }
    const content = /^(\s*(?:-\s+)?)content:\s*(.*)$/.exec(text);
    if (content === null) continue;
    const depth = (content[1] ?? '').length;
    const { target, encoding, appends } = itemAround(lines, i, depth);
    const value = (content[2] ?? '').replace(/^!!binary\s*/, '');
    const isBlock = /^[|>][-+\d]*\s*(#.*)?$/.test(value);
    const end = isBlock ? blockEnd(lines, i, depth) : i + 1;
    const common = { target, info: undefined, expands: false, appends };
    if (encoding === 'plain' && isBlock) embedded.push({ ...embed(blockLines(lines, i, end)), ...common });
    else if (encoding === 'base64') {
      const start = isBlock ? (lines[i + 1]?.start ?? line.start) : line.start + text.length - value.length;
      const written = isBlock
        ? blockLines(lines, i, end)
            .map((each) => each.text)
            .join('')
        : value;
      const decoded = decodeBase64(written.replace(/["'\s]/g, ''));
      const last = lines[end - 1] ?? line;
      const opaque = { start, end: last.start + last.text.length };
      if (decoded !== undefined) embedded.push({ text: decoded, lines: [], opaque, ...common });
    }
    i = end - 1;
  }
}

interface Item {
  readonly target: string | undefined;
  readonly encoding: 'plain' | 'base64' | 'other';
  readonly appends: boolean;
}

/** The other keys of the list item that line `at` belongs to; its keys stand at column `depth`. */
function itemAround(lines: readonly Line[], at: number, depth: number): Item {
  const isKey = (line: Line | undefined) => line !== undefined && /^\s*(?:-\s+)?[\w-]+:/.test(line.text);
  const columnOf = (line: Line) => /^\s*(?:-\s+)?/.exec(line.text)?.[0].length ?? 0;
  const item: Line[] = [];
  for (let i = at; i >= 0; i--) {
    const line = lines[i];
    if (line === undefined || (line.text.trim() !== '' && columnOf(line) < depth)) break;
    if (isKey(line) && columnOf(line) === depth) item.push(line);
    if (/^\s*-\s/.test(line.text) && columnOf(line) === depth) break;
  }
  for (let i = at + 1; i < lines.length; i++) {
    const line = lines[i];
    if (line === undefined || (line.text.trim() !== '' && columnOf(line) <= depth && !isKey(line))) break;
    if (line.text.trim() !== '' && (columnOf(line) < depth || (/^\s*-\s/.test(line.text) && columnOf(line) <= depth)))
      break;
    if (isKey(line) && columnOf(line) === depth) item.push(line);
  }
  const value = (key: string) => {
    for (const line of item) {
      const found = new RegExp(`^\\s*(?:-\\s+)?${key}:\\s*["']?([^"'\\s#]+)`).exec(line.text);
      if (found !== null) return found[1];
    }
    return undefined;
  };
  const encoding = value('encoding');
  return {
    target: value('path'),
    encoding:
      encoding === undefined || encoding === 'text/plain'
        ? 'plain'
        : /^(b64|base64)$/.test(encoding)
          ? 'base64'
          : 'other',
    appends: value('append') === 'true',
  };
}

function blockEnd(lines: readonly Line[], at: number, depth: number): number {
  let end = at + 1;
  while (end < lines.length && (/^\s*$/.test(lines[end]?.text ?? '') || indentOf(lines[end]?.text ?? '') > depth))
    end++;
  while (end > at + 1 && /^\s*$/.test(lines[end - 1]?.text ?? '')) end--;
  return end;
}

function blockLines(lines: readonly Line[], at: number, end: number): readonly Line[] {
  const body = lines.slice(at + 1, end);
  const indent = Math.min(...body.filter((line) => line.text.trim() !== '').map((line) => indentOf(line.text)));
  return body.map((line) => dedented(line, Number.isFinite(indent) ? indent : 0));
}

/** One item of `runcmd`: a line, a block of lines, or a list of words. Returns the last line that belongs to it. */
function readCommand(lines: readonly Line[], at: number, embedded: Embedded[], commands: Command[]): number {
  const line = lines[at];
  const item = /^(\s*-\s+)(.+?)\s*$/.exec(line?.text ?? '');
  if (line === undefined || item === null) return at;
  const [, lead = '', written = ''] = item;
  const script = { block: 0, section: 0, expands: false, shown: false };
  if (/^[|>][-+\d]*$/.test(written)) {
    const end = blockEnd(lines, at, indentOf(line.text));
    readShell(blockLines(lines, at, end), script, embedded, commands);
    return end - 1;
  }
  // A plain text goes on in the lines below that stand farther in.
  let last = at;
  const depth = lead.length - lead.trimStart().length;
  if (!/^["'[{&*!|>]/.test(written))
    while (indentOf(lines[last + 1]?.text ?? '') > depth && (lines[last + 1]?.text ?? '').trim() !== '') last++;
  if (last > at) {
    const end = lines[last] ?? line;
    const text = [written, ...lines.slice(at + 1, last + 1).map((each) => each.text)].join('\n');
    const span = { start: line.start + lead.length, end: end.start + end.text.length };
    commands.push({ text, span, block: 0, section: 0 });
    return last;
  }
  // Brackets, commas and quotes become blanks, so that the words stay where they stand.
  const words = /^\[.*\]$/.test(written) ? written.replace(/["'[\],]/g, ' ') : written;
  const quote = /^["']/.exec(words)?.[0] ?? '';
  const bare = quote !== '' && words.endsWith(quote) ? words.slice(1, -1) : words;
  const start = line.start + lead.length + (bare === words ? 0 : 1);
  commands.push({ text: bare, span: { start, end: start + bare.length }, block: 0, section: 0 });
  return at;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The text that base64 stands for; undefined for anything that is not base64 of UTF-8. */
function decodeBase64(text: string): string | undefined {
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const sign of text.replace(/=+$/, '')) {
    bits = (bits << 6) | alphabet.indexOf(sign);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push((bits >> held) & 0xff);
    bits &= (1 << held) - 1;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}
