import { breakLength, breakText, isBlank, isBreak, isLineEnd, isMarker, isWordEnd } from './characters';
import { stop } from './fault';

/** A text that was read, and where the reader stands behind it. */
export interface ScannedText {
  readonly value: string;
  /** The end of what belongs to the text. */
  readonly end: number;
  /** Where reading goes on. */
  readonly next: number;
  /** How many line breaks were passed, and where the line of `next` begins. */
  readonly lines: number;
  readonly lineStart: number;
  readonly endsOnNewLine: boolean;
}

/** Blanks and line breaks between two words of a text: one break is a space, more are as many less one. */
class Gap {
  blanks = '';
  first = '';
  others = '';
  hasBreak = false;

  join(): string {
    const { hasBreak, first, others, blanks } = this;
    const joined = !hasBreak ? blanks : first === '\n' ? (others === '' ? ' ' : others) : first + others;
    this.blanks = '';
    this.first = '';
    this.others = '';
    this.hasBreak = false;
    return joined;
  }

  addBreak(text: string): void {
    if (this.hasBreak) this.others += text;
    else {
      this.blanks = '';
      this.first = text;
      this.hasBreak = true;
    }
  }
}

/** Columns and lines while a text is read. */
class Place {
  lines = 0;
  constructor(
    readonly text: string,
    public at: number,
    public lineStart: number,
  ) {}

  get column(): number {
    return this.at - this.lineStart;
  }

  newLine(): string {
    const read = breakText(this.text, this.at);
    this.at += breakLength(this.text, this.at);
    this.lines++;
    this.lineStart = this.at;
    return read;
  }

  done(value: string, end: number, endsOnNewLine = false): ScannedText {
    const { at: next, lines, lineStart } = this;
    return { value, end, next, lines, lineStart, endsOnNewLine };
  }
}

export function scanPlain(
  text: string,
  from: number,
  { column, indent, flow }: { readonly column: number; readonly indent: number; readonly flow: number },
): ScannedText {
  const place = new Place(text, from, from - column);
  const gap = new Gap();
  let value = '';
  let end = from;
  for (;;) {
    if (place.column === 0 && isMarker(text, place.at)) break;
    if (text[place.at] === '#') break;
    while (!isWordEnd(text, place.at)) {
      const here = text[place.at] ?? '';
      if (here === ':' && isWordEnd(text, place.at + 1)) break;
      if (flow > 0 && /[,?[\]{}]/.test(here)) break;
      value += gap.join() + here;
      place.at++;
      end = place.at;
    }
    if (place.at >= text.length || !(isBlank(text, place.at) || isBreak(text, place.at))) break;
    while (isBlank(text, place.at) || isBreak(text, place.at)) {
      if (isBreak(text, place.at)) gap.addBreak(place.newLine());
      else {
        if (gap.hasBreak && place.column < indent + 1 && text[place.at] === '\t')
          stop('found a tab character that violates indentation', place.at, from);
        if (!gap.hasBreak) gap.blanks += text[place.at];
        place.at++;
      }
    }
    if (flow === 0 && place.column < indent + 1) break;
  }
  return place.done(value, end, gap.hasBreak);
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b', ' ': ' ' },
  ...{ '"': '"', "'": "'", '\\': '\\', N: '\u0085', _: '\u00a0', L: '\u2028', P: '\u2029' },
};
const hexEscapes: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

export function scanQuoted(text: string, from: number, column: number): ScannedText {
  const quote = text[from];
  const place = new Place(text, from, from - column);
  place.at++;
  const gap = new Gap();
  let value = '';
  for (;;) {
    if (place.column === 0 && isMarker(text, place.at)) stop('found unexpected document indicator', place.at, from);
    if (place.at >= text.length) stop('found unexpected end of stream', place.at, from);
    while (!isWordEnd(text, place.at)) {
      const here = text[place.at] ?? '';
      const behind = text[place.at + 1] ?? '';
      if (here === quote) {
        if (quote === '"' || behind !== "'") break;
        value += "'";
        place.at += 2;
      } else if (quote === '"' && here === '\\') {
        if (isBreak(text, place.at + 1)) {
          place.at++;
          place.newLine();
          // The break itself is no part of the value; those behind it are.
          gap.hasBreak = true;
          break;
        }
        const digits = hexEscapes[behind];
        if (digits !== undefined) {
          const hex = text.slice(place.at + 2, place.at + 2 + digits);
          if (!/^[0-9A-Fa-f]+$/.test(hex) || hex.length < digits)
            stop('did not find expected hexdecimal number', place.at, from);
          const code = Number.parseInt(hex, 16);
          if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
            stop('found invalid Unicode character escape code', place.at, from);
          value += String.fromCodePoint(code);
          place.at += 2 + digits;
        } else {
          const read = escapes[behind];
          if (read === undefined || behind === '') stop('found unknown escape character', place.at, from);
          value += read;
          place.at += 2;
        }
      } else {
        value += here;
        place.at++;
      }
    }
    if (text[place.at] === quote) break;
    while (isBlank(text, place.at) || isBreak(text, place.at)) {
      if (isBreak(text, place.at)) gap.addBreak(place.newLine());
      else {
        if (!gap.hasBreak) gap.blanks += text[place.at];
        place.at++;
      }
    }
    value += gap.join();
  }
  place.at++;
  return place.done(value, place.at);
}

/** `|` and `>`; `indent` is the column of the collection around. */
export function scanBlock(text: string, from: number, indent: number): ScannedText {
  const isLiteral = text[from] === '|';
  const place = new Place(text, from + 1, 0);
  const header = /^(?:([+-])([0-9])?|([0-9])([+-])?)?/.exec(text.slice(place.at, place.at + 2));
  place.at += header?.[0].length ?? 0;
  const chomping = header?.[1] ?? header?.[4] ?? '';
  const step = header?.[2] ?? header?.[3];
  if (step === '0') stop('found an indentation indicator equal to 0', place.at, from);
  while (isBlank(text, place.at)) place.at++;
  if (text[place.at] === '#') while (!isLineEnd(text, place.at)) place.at++;
  if (!isLineEnd(text, place.at)) stop('did not find expected comment or line break', place.at, from);
  if (place.at < text.length) place.newLine();
  let own = step === undefined ? 0 : Math.max(indent, 0) + Number(step);
  let end = place.at;

  /** Empty lines and the indentation of the first one that is not; finds out how far in the text stands. */
  const breaks = (): string => {
    let read = '';
    let widest = 0;
    for (;;) {
      while ((own === 0 || place.column < own) && text[place.at] === ' ') place.at++;
      widest = Math.max(widest, place.column);
      if ((own === 0 || place.column < own) && text[place.at] === '\t')
        stop('found a tab character where an indentation space is expected', place.at, from);
      if (!isBreak(text, place.at)) break;
      read += place.newLine();
      end = place.at;
    }
    if (own === 0) own = Math.max(widest, indent + 1, 1);
    return read;
  };

  let value = '';
  let leading = '';
  let trailing = breaks();
  let wasBlank = false;
  while (place.column === own && place.at < text.length) {
    const isBlankLine = isBlank(text, place.at);
    if (!isLiteral && leading.startsWith('\n') && !wasBlank && !isBlankLine) value += trailing === '' ? ' ' : '';
    else value += leading;
    value += trailing;
    wasBlank = isBlankLine;
    const lineFrom = place.at;
    while (!isLineEnd(text, place.at)) place.at++;
    value += text.slice(lineFrom, place.at);
    leading = place.at < text.length ? place.newLine() : '';
    end = place.at;
    trailing = breaks();
  }
  if (chomping !== '-') value += leading;
  if (chomping === '+') value += trailing;
  return place.done(value, end);
}
