import { type Message, say } from '../../base/message';
import { type Ending, endsAlike, ownWords, type SharedWords } from './shared-words';
import type { Word } from './word';

export type { Word } from './word';

/** What the tokenizer itself refuses, with offsets from the start of the line. */
interface LineFault {
  readonly start: number;
  readonly end: number;
  readonly message: Message;
}

/**
 * One line cut into words. It knows neither its number nor its place in the file, so that equal lines
 * can share one value and an edit elsewhere does not touch it.
 */
export interface Line {
  /** Without the line feed. */
  readonly raw: string;
  readonly words: readonly Word[];
  /** Where the `#` of the comment is, or -1. */
  readonly comment: number;
  readonly fault: LineFault | undefined;
  /** A variable of the form `"${NAME[*]}"` takes part: even the number of words is unknown. */
  readonly spread: boolean;
  /** The words from the fourth on, where other lines share them. */
  readonly ending: Ending | undefined;
}

/** The program keeps no more words than this (MAX_LINE_ARGS in its defaults.h). */
const maxWords = 64;

const noWords: readonly Word[] = [];

/**
 * Where the words of a line are gathered; no line keeps it. It is not emptied between lines, only counted anew: an array
 * of no length gives its room back, and would have to get some again for each line.
 */
let scratch: Word[] = [];

/** More room than this is not kept from one line to the next. */
const mostRoom = 256;

/** Cuts a single line into words; see `cutLine`. */
export function scanLine(raw: string): Line {
  return cutLine(raw, 0, raw.length, undefined);
}

/**
 * Cuts the line that is `text[from, until)` into words as the program does (parse_line in its tools.c): blanks separate,
 * `'…'` is literal, `"…"` allows escapes and variables, `#` starts a comment anywhere outside quotes.
 * It looks at the units of the whole text: each look at one of a part of a string takes a detour.
 */
export function cutLine(text: string, from: number, until: number, shared: SharedWords | undefined): Line {
  const raw = text.slice(from, until);
  let at = skipBlanks(text, from, until);
  if (at === until) return { raw, words: noWords, comment: -1, fault: undefined, spread: false, ending: undefined };
  if (text.charCodeAt(at) === 35)
    return { raw, words: noWords, comment: at - from, fault: undefined, spread: false, ending: undefined };

  if (scratch.length > mostRoom) scratch = [];
  const words = scratch;
  let count = 0;
  let comment = -1;
  let fault: LineFault | undefined;
  let spread = false;
  let endingAt = -1;
  while (at < until) {
    if (count === ownWords && shared !== undefined && fault === undefined && endsAlike(words[0])) {
      const ending = shared.ending(at - from, text.slice(at, until));
      if (ending !== undefined)
        return {
          raw,
          words: words.slice(0, count).concat(ending.words),
          comment: ending.comment,
          fault,
          spread,
          ending,
        };
      endingAt = at - from;
    }
    const start = at - from;
    at = endOfPlain(text, at, until);
    const unit = at < until ? text.charCodeAt(at) : 32;
    if (unit === 35 || isBlank(unit)) {
      const word = text.slice(from + start, at);
      words[count++] =
        count === 1 && shared !== undefined
          ? shared.first(start, word)
          : { text: word, start, end: at - from, open: false, raw: undefined };
    } else {
      const quoted = readQuoted(raw, start);
      words[count++] = quoted.word;
      spread ||= quoted.spread;
      fault ??= quoted.fault;
      at = from + quoted.word.end;
    }
    at = skipBlanks(text, at, until);
    if (at < until && text.charCodeAt(at) === 35) {
      comment = at - from;
      break;
    }
  }
  const surplus = count > maxWords ? words[maxWords] : undefined;
  if (surplus !== undefined && !spread) {
    fault ??= {
      start: surplus.start,
      end: surplus.end,
      message: say('word {0} of this line is one too many: a line holds at most {1} words', maxWords + 1, maxWords),
    };
  }
  let ending: Ending | undefined;
  // A copy has no room for words that will not come.
  const own = words.slice(0, count);
  if (endingAt > 0 && fault === undefined && !own.some((each) => each.open)) {
    ending = { words: own.slice(ownWords), comment, notes: [] };
    shared?.keepEnding(endingAt, raw.slice(endingAt), ending);
  }
  return { raw, words: own, comment, fault, spread, ending };
}

/** Where the word ends, or the first quote or backslash in it is: most words have none. */
function endOfPlain(text: string, from: number, until: number): number {
  let at = from;
  for (; at < until; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 39 ? unit === 92 : unit <= 35 ? unit > 33 || isBlank(unit) : unit === 39) break;
  }
  return at;
}

interface Quoted {
  readonly word: Word;
  readonly spread: boolean;
  readonly fault: LineFault | undefined;
}

/** The word of the line `raw` that begins at `start` and has quotes, escapes or variables. */
function readQuoted(raw: string, start: number): Quoted {
  const length = raw.length;
  let at = start;
  let piece = at;
  let text = '';
  let open = false;
  let spread = false;
  let fault: LineFault | undefined;
  let quote = 0;
  let quoteStart = 0;
  for (; at < length; at++) {
    const unit = raw.charCodeAt(at);
    // Most characters have no meaning of their own.
    if (unit > 39 && unit !== 92) continue;
    if (quote === 39) {
      if (unit !== 39) continue;
      text += raw.slice(piece, at);
      piece = at + 1;
      quote = 0;
    } else if (unit === 34 || (unit === 39 && quote === 0)) {
      text += raw.slice(piece, at);
      piece = at + 1;
      if (quote === 0) {
        quote = unit;
        quoteStart = at;
      } else quote = 0;
    } else if (unit === 92) {
      const escaped = readEscape(raw, at, quote === 34);
      if (escaped.length === 0) {
        fault ??= {
          start: at,
          end: Math.min(length, at + 4),
          message: say('\\x needs two hexadecimal digits behind it'),
        };
        continue;
      }
      if (escaped.text === undefined) continue;
      text += raw.slice(piece, at) + escaped.text;
      at += escaped.length - 1;
      piece = at + 1;
    } else if (unit === 36 && quote === 34) {
      const variable = readVariable(raw, at);
      open = true;
      spread ||= variable.spread;
      if (variable.message !== undefined) fault ??= { start: at, end: variable.end, message: variable.message };
      text += raw.slice(piece, at) + raw.slice(at, variable.end);
      at = variable.end - 1;
      piece = variable.end;
    } else if (quote === 0 && (isBlank(unit) || unit === 35)) break;
  }
  const asWritten = piece === start;
  text = asWritten ? raw.slice(start, at) : text + raw.slice(piece, at);
  if (quote !== 0) {
    fault ??= {
      start: quoteStart,
      end: trimmedEnd(raw),
      message: say('the quote opened here is not closed on its line'),
    };
  }
  const word: Word = { text, start, end: at, open, raw: asWritten ? undefined : raw.slice(start, at) };
  return { word, spread, fault };
}

/** For each unit of the text that the program sees, where in `raw`, the word as it is written, its last unit stands. */
export function offsetsInRaw(raw: string): readonly number[] {
  const offsets: number[] = [];
  let quote = '';
  for (let at = 0; at < raw.length; at++) {
    const sign = raw[at] ?? '';
    if (quote === "'" ? sign !== "'" : sign !== '"' && sign !== '\\' && !(sign === "'" && quote === '')) {
      offsets.push(at);
    } else if (sign === '\\') {
      const escaped = readEscape(raw, at, quote === '"');
      if (escaped.text !== undefined) at += escaped.length - 1;
      offsets.push(at);
    } else quote = quote === '' ? sign : '';
  }
  return offsets;
}

function isBlank(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}

function skipBlanks(text: string, from: number, until: number): number {
  let at = from;
  while (at < until && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function trimmedEnd(raw: string): number {
  let end = raw.length;
  while (end > 0 && isBlank(raw.charCodeAt(end - 1))) end--;
  return end;
}

interface Escape {
  /** Absent when the backslash stays as it is. */
  readonly text?: string;
  /** Units taken, backslash included; zero for a broken `\x`. */
  readonly length: number;
}

const keptBackslash: Escape = { length: 1 };
const brokenHex: Escape = { length: 0 };

function readEscape(raw: string, at: number, inWeakQuotes: boolean): Escape {
  switch (raw[at + 1]) {
    case ' ':
    case '\\':
    case '#':
    case "'":
    case '"':
      return { text: raw[at + 1] ?? '', length: 2 };
    case '$':
      return inWeakQuotes ? { text: '$', length: 2 } : keptBackslash;
    case 'n':
      return { text: '\n', length: 2 };
    case 'r':
      return { text: '\r', length: 2 };
    case 't':
      return { text: '\t', length: 2 };
    case 'x': {
      const code = Number.parseInt(raw.slice(at + 2, at + 4), 16);
      const digits = /^[0-9a-fA-F]{2}/.test(raw.slice(at + 2, at + 4));
      return digits ? { text: String.fromCharCode(code), length: 4 } : brokenHex;
    }
    default:
      return keptBackslash;
  }
}

interface Variable {
  readonly end: number;
  readonly spread: boolean;
  readonly message?: Message;
}

/** Reads `$NAME`, `${NAME}`, `${NAME-default}`, `${NAME[*]}` or a pseudo variable such as `$.FILE`. */
function readVariable(raw: string, at: number): Variable {
  const braced = raw[at + 1] === '{';
  let end = at + (braced ? 2 : 1);
  if (raw[end] === '.') end++;
  const nameStart = end;
  while (end < raw.length && isNameUnit(raw.charCodeAt(end), end === nameStart)) end++;
  if (end === nameStart) {
    return {
      end: Math.max(end, at + 1),
      spread: false,
      message: say('a variable name is expected after "$"; write \\$ for the sign itself'),
    };
  }
  if (!braced) return { end, spread: false };
  let spread = false;
  if (raw.startsWith('[*]', end)) {
    spread = true;
    end += 3;
  }
  if (raw[end] === '-') while (end < raw.length && raw[end] !== '}' && raw[end] !== '"') end++;
  if (raw[end] !== '}') return { end, spread, message: say('"{0}" is not closed: "}" is missing', raw.slice(at, end)) };
  return { end: end + 1, spread };
}

function isNameUnit(unit: number, first: boolean): boolean {
  return (
    (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit === 95 || (!first && unit >= 48 && unit <= 57)
  );
}
