import type { Span } from '../../base/span';
import type { Completion } from '../language';
import { type Flow, flowAt, keysBehind } from './flow';

/** Where in a YAML text the cursor stands, told from the lines alone, so that it holds while somebody is typing. */
export interface YamlCursor {
  /** The keys around the cursor from the outside in; `[]` for an item of a list. */
  readonly path: readonly string[];
  /** The key whose value the cursor is in; undefined where a key is typed. */
  readonly key: string | undefined;
  /** The word in front of the cursor and behind it: what a completion replaces. */
  readonly span: Span;
  readonly word: string;
  /** The column at which keys of this place begin. */
  readonly column: number;
  /** How far that is from the blanks that the line begins with, which an editor puts in front of further lines. */
  readonly shift: number;
  /** The quote that is open in front of the cursor, and whether it ends right behind `span`. */
  readonly quote: { readonly mark: string; readonly isClosed: boolean } | undefined;
  /** A colon stands behind `span` already: the name of a key is exchanged and nothing else. */
  readonly hasColon: boolean;
  /** Nothing at this column would fit the lines above. */
  readonly isOff: boolean;
  /** Whether the cursor stands behind a dash with nothing else on the line. */
  readonly isItem: boolean;
  /** Whether brackets stand around the cursor: everything of it is on one line then. */
  readonly isFlow: boolean;
  /** The colon of the key stands right in front of the cursor, where YAML wants a space first. */
  readonly isTight: boolean;
  /** The other keys of the same mapping. */
  readonly siblings: ReadonlySet<string>;
}

interface Line {
  /** The columns of the dashes that begin it. */
  readonly dashes: readonly number[];
  /** The column of what stands behind them. */
  readonly column: number;
  readonly key: string | undefined;
  readonly isBlank: boolean;
}

function readLine(written: string): Line {
  const text = written.endsWith('\r') ? written.slice(0, -1) : written;
  const lead = /^ */.exec(text)?.[0].length ?? 0;
  const dashes: number[] = [];
  let column = lead;
  const dash = /-(?: +|$)/y;
  for (dash.lastIndex = column; dash.test(text); column = dash.lastIndex) dashes.push(column);
  const rest = text.slice(column);
  const key = /^(?:"([^"]*)"|'([^']*)'|([^\s#"'[\]{},&*!|>%@`-][^#]*?|-[^\s#][^#]*?))\s*:(?:\s|$)/.exec(rest);
  return {
    dashes,
    column,
    key: key?.slice(1).find((each) => each !== undefined),
    isBlank: rest.trim() === '' ? dashes.length === 0 : rest.startsWith('#'),
  };
}

/** Reads the place of `offset`; `range` is the document around it. */
export function yamlCursor(text: string, place: number, around: Span): YamlCursor {
  // A mark of the byte order is no part of the first key.
  const start = Math.max(around.start, text.startsWith('\ufeff') ? 1 : 0);
  const range = { start, end: Math.max(start, around.end) };
  const offset = Math.max(start, place);
  const flow = flowAt(text, start, offset);
  return flow === undefined ? blockCursor(text, offset, range) : flowCursor(text, offset, range, flow);
}

/** Values with the space in front of them that YAML wants behind a colon. */
export function spaced({ isTight }: YamlCursor, values: readonly Completion[]): readonly Completion[] {
  return isTight ? values.map((each) => ({ ...each, newText: ` ${each.newText ?? each.label}` })) : values;
}

/** A key with what stands behind its name, colon first; in quotes and in front of a colon only what is missing there. */
export function keyText({ quote, hasColon }: YamlCursor, name: string, behind: string): string {
  if (hasColon || quote?.isClosed === true) return name;
  return `${name}${quote?.mark ?? ''}${behind}`;
}

/** What an item of a list may be, with the dash that the line does not have yet. */
export function asItems(items: readonly Completion[]): readonly Completion[] {
  return items.map((each) => ({ ...each, newText: `- ${each.newText}` }));
}

/** What stands in no quotes of a line; those that are open at its end stay. */
const outsideQuotes = (before: string) => before.replace(/(?<=^|[\s,:[{])(?:"(?:[^"\\]|\\.)*"|'[^']*')/g, '');

/** What `before` and `behind` of a line say of quotes and a colon around the word between them. */
function around(before: string, behind: string): Pick<YamlCursor, 'quote' | 'hasColon'> {
  const mark = /(?:^|[\s,:[{])(["'])[^"']*$/.exec(outsideQuotes(before))?.[1];
  const isClosed = mark !== undefined && behind.startsWith(mark);
  return {
    quote: mark === undefined ? undefined : { mark, isClosed },
    hasColon: /^\s*:(?:[\s,[\]{}]|$)/.test(isClosed ? behind.slice(1) : behind),
  };
}

/** Whether a place is in a comment: behind a `#` that stands at the start of its line or behind a blank, in no quotes. */
export function inComment(text: string, offset: number): boolean {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  if (!before.includes('#')) return false;
  const bare = outsideQuotes(before);
  return /(?:^|\s)#/.test(bare) && !/(?:^|[\s,:[{])["'][^"']*#[^"']*$/.test(bare);
}

/** A place inside brackets. */
function flowCursor(text: string, offset: number, range: Span, { start, frames }: Flow): YamlCursor {
  const outside = blockCursor(text, start, range);
  const path = [...outside.path, ...(outside.key === undefined ? [] : [outside.key])];
  for (const [index, frame] of frames.entries()) {
    if (frame.isList) path.push('[]');
    else if (index < frames.length - 1 && frame.key !== undefined) path.push(frame.key);
  }
  const inner = frames.at(-1);
  const word = /[^\s,[\]{}"']*$/.exec(text.slice(start, offset))?.[0] ?? '';
  const isKey = inner?.isList !== true && inner?.key === undefined;
  const newline = text.indexOf('\n', offset);
  const behind = text.slice(offset, newline < 0 ? range.end : newline);
  const tail = (isKey ? /^[\w.+-]*/ : wordBehind).exec(behind)?.[0].length ?? 0;
  return {
    path,
    key: inner?.isList === true ? undefined : inner?.key,
    span: { start: offset - word.length, end: offset + tail },
    word,
    column: outside.column,
    shift: 0,
    ...around(text.slice(Math.max(start, text.lastIndexOf('\n', offset - 1) + 1), offset), behind.slice(tail)),
    isOff: false,
    isItem: inner?.isList === true,
    isFlow: true,
    isTight: false,
    siblings: new Set([...(inner?.keys ?? []), ...keysBehind(text, offset, range.end)]),
  };
}

/** The rest of a value that the cursor stands in. */
const wordBehind = /^[\w.+/@*-]*/;

function blockCursor(text: string, offset: number, range: Span): YamlCursor {
  const lineStart = Math.max(range.start, text.lastIndexOf('\n', offset - 1) + 1);
  const before = text.slice(lineStart, offset);
  const newline = text.indexOf('\n', offset);
  const behind = text.slice(offset, newline < 0 ? text.length : newline);
  const word = /[^\s,[\]{}"':]*$/.exec(before)?.[0] ?? '';
  const here = readLine(before);
  const value = here.key === undefined ? undefined : /^[^#]*?:\s/.exec(before.slice(here.column));
  const isTight = value === null && before.endsWith(':');
  const key = value === null && !isTight ? undefined : here.key;
  const valueText = key === undefined || isTight ? word : (/(?:^|[\s,[{"'])([^\s,[\]{}"']*)$/.exec(before)?.[1] ?? '');
  const tail = (key === undefined ? /^[\w.+-]*/ : wordBehind).exec(behind)?.[0] ?? '';
  const above = text.slice(range.start, lineStart).split('\n').slice(0, -1);
  const below = text.slice(newline < 0 ? text.length : newline + 1, range.end).split('\n');
  const isItem = here.dashes.length > 0 && here.key === undefined && before.slice(here.column).trim() === word;
  return {
    path: pathOf(above, here),
    key,
    span: { start: offset - valueText.length, end: offset + tail.length },
    word: valueText,
    column: here.column,
    // Tabs indent nothing in YAML, but an editor repeats them too.
    shift: Math.max(0, here.column - (/^[ \t]*/.exec(before)?.[0].length ?? 0)),
    ...around(before, behind.slice(tail.length)),
    isOff: isOff(above, here),
    isItem,
    isFlow: false,
    isTight,
    siblings: siblingsOf(above, below, here),
  };
}

/** Whether a line begins where neither what stands above it does nor what that line holds. */
function isOff(above: readonly string[], here: Line): boolean {
  const left = here.dashes[0] ?? here.column;
  let isDeeper = false;
  for (const text of [...above].reverse()) {
    const line = readLine(text);
    if (line.isBlank || text.trim() === '') continue;
    if (line.column === left || line.dashes.includes(left)) return false;
    if ((line.dashes[0] ?? line.column) < left) return isDeeper || line.column > left;
    isDeeper = true;
  }
  return isDeeper;
}

/** The keys around a line: up the lines, each one further to the left than all before. */
function pathOf(above: readonly string[], here: Line): readonly string[] {
  /** From the inside out. */
  const path: string[] = [];
  /** What holds the place begins left of this column. */
  let limit = here.column;
  /** The column of the dash whose list the place is in; its other items stand there too. */
  let list: number | undefined;
  const enter = ({ dashes, column, key }: Line) => {
    if (key !== undefined && column < limit) {
      path.push(key);
      limit = column;
      list = undefined;
    }
    for (const dash of [...dashes].reverse()) {
      if (dash >= limit || dash === list) continue;
      path.push('[]');
      // The key of a list may stand at the very column of its dashes.
      limit = dash + 1;
      list = dash;
    }
  };
  enter({ ...here, key: undefined });
  for (let at = above.length - 1; at >= 0 && limit > 0; at--) {
    const line = readLine(above[at] ?? '');
    if (!line.isBlank) enter(line);
  }
  return path.reverse();
}

/** The keys at the column of the cursor, up and down to where the mapping ends. */
function siblingsOf(above: readonly string[], below: readonly string[], here: Line): ReadonlySet<string> {
  const found = new Set<string>();
  const collect = (lines: readonly string[], up: boolean) => {
    for (const text of lines) {
      const line = readLine(text);
      if (line.isBlank) continue;
      const left = line.dashes[0] ?? line.column;
      if (line.column === here.column && line.key !== undefined && (up || line.dashes.length === 0))
        found.add(line.key);
      if (left < here.column) return;
    }
  };
  if (here.dashes.length === 0) collect([...above].reverse(), true);
  collect(below, false);
  return found;
}
