import type { TextEdit } from '../../base/span';
import { finish, type Steps } from '../../base/steps';
import { cutLine, type Line } from './line';
import { SharedWords } from './shared-words';

/** A configuration file as lines. The program knows no continuation, so a line is all the syntax there is. */
export interface HaproxyDocument {
  readonly text: string;
  readonly lines: readonly Line[];
  /** The offset at which each line begins. */
  readonly starts: readonly number[];
  /** Which lines are not those of the document before: from, up to (exclusive), and what they took the place of. */
  readonly changed: { readonly from: number; readonly to: number; readonly oldTo: number };
}

/** The document before an edit, and the edit in offsets of its text. */
interface PreviousDocument {
  readonly document: HaproxyDocument;
  readonly edits: readonly TextEdit[];
}

/** Reads any text. Lines end with a line feed; a carriage return before it is a blank, as for the program. */
export function readDocument(text: string, previous?: PreviousDocument): HaproxyDocument {
  return finish(readDocumentInSteps(text, previous));
}

/** How many units of a text are read between one stop and the next. */
const stride = 32_768;

/** The same, with a stop every few hundred lines. */
export function* readDocumentInSteps(text: string, previous?: PreviousDocument): Steps<HaproxyDocument> {
  if (previous !== undefined && previous.edits.length > 0) return readAgain(text, previous);
  const lines = new LineReader(text);
  let at: number | undefined = 0;
  for (;;) {
    at = lines.read(at, Math.min(at + stride, text.length));
    if (at === undefined) break;
    yield;
  }
  return { text, lines: lines.lines, starts: lines.starts, changed: { from: 0, to: lines.lines.length, oldTo: 0 } };
}

/** Longer lines seldom return, so that looking them up costs more than it saves. */
const repeatedLength = 32;

/** Whether `text[from, until)` is a line that tends to return (`mode tcp`, blanks). What ends with a digit is numbered. */
export function tendsToReturn(text: string, from: number, until: number): boolean {
  if (until - from >= repeatedLength) return false;
  const last = until > from ? text.charCodeAt(until - 1) : 0;
  return last < 48 || last > 57;
}

/** Cuts a text into lines, of which those that return are made once. */
class LineReader {
  readonly lines: Line[] = [];
  /** The offset at which each line begins. */
  readonly starts: number[] = [];
  private readonly known = new Map<string, Line>();
  private readonly shared = new SharedWords();

  constructor(private readonly text: string) {}

  /**
   * Reads the lines that begin in [from, until]; a text that ends with a line feed has an empty last line. Says where
   * the next line begins, if there is one.
   */
  read(from: number, until: number): number | undefined {
    const { text, lines, starts, known, shared } = this;
    let at = from;
    for (;;) {
      let end = text.indexOf('\n', at);
      if (end < 0) end = text.length;
      let line: Line | undefined;
      if (tendsToReturn(text, at, end)) {
        const raw = text.slice(at, end);
        line = known.get(raw);
        if (line === undefined) {
          line = cutLine(text, at, end, shared);
          known.set(raw, line);
        }
      } else line = cutLine(text, at, end, shared);
      lines.push(line);
      starts.push(at);
      if (end === text.length) return undefined;
      at = end + 1;
      if (end >= until) return at;
    }
  }
}

function readAgain(text: string, { document, edits }: PreviousDocument): HaproxyDocument {
  let editStart = document.text.length;
  let editEnd = 0;
  for (const { span } of edits) {
    editStart = Math.min(editStart, span.start);
    editEnd = Math.max(editEnd, span.end);
  }
  const shift = text.length - document.text.length;
  const from = lineAt(document.starts, editStart);
  const oldTo = lineAt(document.starts, editEnd) + 1;
  const first = document.starts[from] ?? 0;
  const until = (document.starts[oldTo] ?? document.text.length + 1) + shift - 1;
  const anew = new LineReader(text);
  anew.read(first, until);
  const to = from + anew.lines.length;
  const lines = replaced(document.lines, from, oldTo, anew.lines);
  const starts = replaced(document.starts, from, oldTo, anew.starts);
  if (shift !== 0) for (let i = to; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + shift;
  return { text, lines, starts, changed: { from, to, oldTo } };
}

/** `list` with `values` in the place of [from, to). Whole stretches are copied, which is quick for long lists too. */
export function replaced<T>(list: readonly T[], from: number, to: number, values: readonly T[]): T[] {
  if (values.length !== to - from) return list.slice(0, from).concat(values, list.slice(to));
  const copy = list.slice();
  for (let i = 0; i < values.length; i++) copy[from + i] = values[i] as T;
  return copy;
}

/** The index of the line that holds `offset`. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
