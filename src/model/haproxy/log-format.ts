import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { existsIn, logAliases, type Release } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { partOf, type Reader } from './reader';
import { readSample } from './sample';
import { expected } from './visit';

/** From here on an item of a log format may have a name and a type. */
const namesTaken: Release = 300;

/** Reads a log-format string: `%[expression]`, `%{flags}alias`, `%alias`. The program stops at the first damage, so do we. */
export function readLogFormat(reader: Reader, word: Word): void {
  const { text } = word;
  let at = text.indexOf('%');
  while (at >= 0) {
    const next = text[at + 1];
    const end = next === '%' || next === '"' ? at + 2 : readItem(reader, word, at);
    if (end === undefined) return;
    at = text.indexOf('%', end);
  }
}

/** Reads the item whose `%` stands at `start`; answers where it ends, or undefined where it does not. */
function readItem(reader: Reader, word: Word, start: number): number | undefined {
  const { text } = word;
  if (start + 1 >= text.length) {
    const at = partOf(word, start, text.length);
    reader.expect(at, expected.logVariable);
    if (!word.open)
      reader.report('bad-expression', at, say('"%" stands alone at the end; write %% for the sign itself'));
    return undefined;
  }
  const afterName = skipName(reader, word, start, start + 1);
  const afterFlags = afterName === undefined ? undefined : skipFlags(reader, word, start, afterName);
  if (afterFlags === undefined) return undefined;
  return text[afterFlags] === '['
    ? readExpression(reader, word, start, afterFlags)
    : readVariable(reader, word, start, afterFlags);
}

/** Skips `(name:type)`. */
function skipName(reader: Reader, word: Word, start: number, at: number): number | undefined {
  const { text } = word;
  if (text[at] !== '(' || reader.release < namesTaken) return at;
  const close = text.indexOf(')', at);
  if (!/^\([\w-]*(?::(?:str|sint|bool|raw))?\)./.test(text.slice(at)) && !word.open) {
    const message = say('a name, a colon and one of {0} are expected in parentheses', 'str, sint, bool, raw');
    reader.report('bad-expression', partOf(word, start, close < 0 ? text.length : close + 1), message);
    return undefined;
  }
  return close < 0 ? at : close + 1;
}

/** Skips `{flags}`. */
function skipFlags(reader: Reader, word: Word, start: number, at: number): number | undefined {
  const { text } = word;
  if (text[at] !== '{') return at;
  const close = text.indexOf('}', at);
  if (close < 0) {
    reader.report('bad-expression', partOf(word, start, text.length), say('"}" is missing behind the flags'));
    return undefined;
  }
  const end = close + 1;
  const isBackward = text[end] === '(';
  if (isBackward || (!/[A-Za-z[]/.test(text[end] ?? '') && !word.open)) {
    const message = isBackward
      ? say('a name stands in front of the flags')
      : say('the name of a log variable or "[" is expected behind the flags');
    reader.report('bad-expression', partOf(word, start, end), message);
    return undefined;
  }
  return end;
}

/** Reads `[expression]`. */
function readExpression(reader: Reader, word: Word, start: number, at: number): number | undefined {
  const { text } = word;
  const close = closingBracket(text, at);
  // What is not closed is read for completion alone.
  const isRead = close < 0 ? reader.isWatched : !word.open;
  const sample = isRead ? readSample(reader, word, skipSpace(text, at + 1), 'sample') : undefined;
  if (close < 0 || (sample !== undefined && text[skipSpace(text, sample.end)] !== ']')) {
    reader.report('bad-expression', partOf(word, start, text.length), say('"]" is missing behind the expression'));
    return undefined;
  }
  return close + 1;
}

/** Reads the name of a log variable. */
function readVariable(reader: Reader, word: Word, start: number, at: number): number {
  const { text } = word;
  let end = at;
  while (end < text.length && /[A-Za-z0-9]/.test(text[end] ?? '')) end++;
  const place = partOf(word, start, end);
  reader.expect(place, expected.logVariable);
  if (!/[A-Za-z]/.test(text[at] ?? '')) return end;
  const name = text.slice(at, end);
  const alias = logAliases.get(name);
  if (alias === undefined || !existsIn(alias, reader.release)) {
    const suggestion = nearest(name, logAliases.keys());
    reader.report('bad-expression', place, say('"%{0}" is not a log variable', name), {
      suggestion: suggestion === undefined ? undefined : `%${suggestion}`,
    });
  } else if (alias.httpOnly) reader.usesHttp ??= place;
  return end;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** The `]` that ends an expression: brackets inside quotes and parentheses do not. */
function closingBracket(text: string, from: number): number {
  let depth = 0;
  let quote = '';
  for (let at = from + 1; at < text.length; at++) {
    const sign = text[at] ?? '';
    if (quote !== '') {
      if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === '\\') at++;
    else if (sign === '(') depth++;
    else if (sign === ')') depth--;
    else if (sign === ']' && depth <= 0) return at;
  }
  return text.indexOf(']', from);
}
