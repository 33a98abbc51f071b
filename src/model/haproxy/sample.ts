import { ipFamily } from '../../base/address';
import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import {
  aclNameOf,
  allAclNames,
  allConverters,
  allFetches,
  converterOf,
  existsIn,
  fetchOf,
  logAliases,
  type Release,
  releaseText,
  type SampleFunction,
  type SampleType,
} from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { fetchArgumentFault } from './fetch-arguments';
import { argumentFault } from './function-arguments';
import type { NameKind } from './problem';
import { partOf, type Reader } from './reader';
import { canBecome, outputOf } from './sample-types';
import { variableFault } from './variables';
import { expected } from './visit';

/** What a sample expression yields. */
export interface Sample {
  readonly output: SampleType;
  /** The match method that a derived ACL name brings along. */
  readonly match: string | undefined;
  readonly fetch: string;
  /** Converters follow the fetch. */
  readonly converted: boolean;
  /** Where the expression ends in the text. */
  readonly end: number;
}

/** Reads `fetch(args),converter(args)…` from `from` on; problems go to the reader. Undefined after a problem. */
export function readSample(reader: Reader, word: Word, from: number, purpose: 'acl' | 'sample'): Sample | undefined {
  const { text } = word;
  const nameEnd = endOfName(text, from);
  const name = text.slice(from, nameEnd);
  const derived = purpose === 'acl' ? aclNameOf(name) : undefined;
  const fetch = fetchOf(derived?.fetch ?? name);
  const at = partOf(word, from, nameEnd);
  reader.expect(at, purpose === 'acl' ? expected.aclFetch : expected.sampleFetch);
  if (fetch === undefined) {
    if (name.startsWith('lua.')) return undefined;
    const names = allFetches().map((each) => each.name);
    const suggestion = nearest(name, purpose === 'acl' ? [...names, ...allAclNames().map((each) => each.name)] : names);
    reader.report(
      'bad-expression',
      name === '' ? word : at,
      suggestion === undefined
        ? say('"{0}" is not a sample fetch', name)
        : say('"{0}" is not a sample fetch; "{1}" is', name, suggestion),
      { suggestion },
    );
    return undefined;
  }
  if (!lives(reader, fetch, at, name)) return undefined;
  const place = purpose === 'sample' && fetch.absentIn !== '' ? placeOf(reader) : undefined;
  const absentIn = reader.release < timersMoved ? (fetch.absentBefore ?? fetch.absentIn) : fetch.absentIn;
  if (
    place !== undefined &&
    !(reader.release >= timersMoved && place.name === 'unique-id-format' && name.startsWith('txn.')) &&
    (absentIn.includes(place.letter) ||
      (place.isFrontend && absentIn.includes('F')) ||
      (place.letter === 'A' && reader.release < versionKept && /^req[._]ver$/.test(name)))
  ) {
    reader.report(
      'bad-expression',
      at,
      say('"{0}" is not possible in "{1}": what it reads is not there at that time', name, place.name),
      // It is refused where a frontend takes the format over.
      place.letter === 'L' && reader.section === 'defaults' ? { severity: 'warning' } : {},
    );
    return undefined;
  }
  if (purpose === 'sample' && isBeforeStart(reader) && !atStart.test(name)) {
    const message = say('"{0}" is not possible in "{1}": what it reads is not there at that time', name, 'global');
    reader.report('bad-expression', at, message);
    return undefined;
  }
  let end = readArguments(reader, word, nameEnd, fetch, at);
  if (end === undefined) return undefined;
  let output = outputOf(fetch, undefined, reader.release);
  const converted = text[end] === ',';
  while (text[end] === ',') {
    const start: number = end + 1;
    const stop = endOfName(text, start);
    const converter = text.slice(start, stop);
    const known = converterOf(converter);
    const place = partOf(word, start, stop);
    reader.expect(place, expected.converter);
    if (stop === start && start === text.length)
      return { output, match: derived?.match, fetch: fetch.name, converted, end: start };
    if (known === undefined) {
      if (converter.startsWith('lua.')) return undefined;
      const suggestion = nearest(
        converter,
        allConverters().map((each) => each.name),
      );
      reader.report(
        'bad-expression',
        stop === start ? word : place,
        suggestion === undefined
          ? say('"{0}" is not a converter', converter)
          : say('"{0}" is not a converter; "{1}" is', converter, suggestion),
        { suggestion },
      );
      return undefined;
    }
    if (!lives(reader, known, place, converter)) return undefined;
    end = readArguments(reader, word, stop, known, place);
    if (end === undefined) return undefined;
    if (!canBecome(output, known.input ?? 'any', reader.release)) {
      reader.report(
        'bad-expression',
        place,
        say('"{0}" takes {1}, and what stands in front of it is {2}', converter, known.input ?? '', output),
      );
      return undefined;
    }
    output = outputOf(known, output, reader.release);
  }
  return { output, match: derived?.match, fetch: fetch.name, converted, end };
}

function lives(reader: Reader, each: SampleFunction, at: { start: number; end: number }, name: string): boolean {
  if (existsIn(each, reader.release)) return true;
  if (each.since > reader.release) {
    reader.report('too-new-keyword', at, say('"{0}" exists from {1} on', name, releaseText(each.since)));
  } else if (each.replacement === '') {
    reader.report('removed-keyword', at, say('"{0}" was removed in {1}', name, releaseText(each.removed)));
  } else {
    reader.report(
      'removed-keyword',
      at,
      say('"{0}" was removed in {1}; use {2}', name, releaseText(each.removed), each.replacement),
    );
  }
  return false;
}

interface Place {
  readonly name: string;
  /** One of `SampleFunction.absentIn`. */
  readonly letter: string;
  /** What the backend knows is not there yet. */
  readonly isFrontend: boolean;
}

/** The letter of each directive that reads samples, by its first word or its first two. */
const placeLetters: ReadonlyMap<string, string> = new Map([
  ['http-request', 'Q'],
  ['unique-id-format', 'Q'],
  ['http-response', 'A'],
  ['http-after-response', 'A'],
  ['tcp-request connection', 'C'],
  ['tcp-request session', 'S'],
  ['tcp-request content', 'Q'],
  ['tcp-response content', 'A'],
  ['stick match', 'Q'],
  ['stick on', 'Q'],
  ['stick store-request', 'Q'],
  ['stick store-response', 'A'],
  ['balance hash', 'Q'],
  ['log-format', 'L'],
  ['log-format-sd', 'L'],
  ['error-log-format', 'L'],
  // The steps of a log-profile.
  ['on', 'L'],
  ['http-check', 'K'],
  ['tcp-check', 'K'],
  ['server', 'V'],
  ['default-server', 'V'],
]);

/** Whether an expression is evaluated while the configuration is read. */
const isBeforeStart = ({ section, words }: Reader): boolean =>
  section === 'global' && words[0]?.text.startsWith('set-var') === true;

/** What can be fetched without a connection, a proxy or a running process (2.6.12, 3.0.11, 3.2.26, 3.4.7). */
const atStart =
  /^(?:acl|always_(?:false|true)|bin|bool|date|date_us|env|hostname|int|internal\..*|ipv[46]|meth|nbproc|pid|proc|quic_enabled|rand|str|thread|tgroup|unique-id|uptime|uuid|var|51d.*|da-csv.*|wurfl.*|distcc.*)$/;

/** From here on the HTTP version of a request is still there when its answer comes. */
const versionKept: Release = 303;

/** Where the expressions of a line are evaluated. */
function placeOf({ words, section }: Reader): Place | undefined {
  const first = words[0]?.text ?? '';
  const two = `${first} ${words[1]?.text ?? ''}`;
  const name = placeLetters.has(two) ? two : first;
  const letter = placeLetters.get(name);
  if (letter === undefined) return undefined;
  const action = words[name === two ? 2 : 1]?.text ?? '';
  // The program does not compare what this reads with the time at which it does.
  if (action === 'pause') return undefined;
  // It is looked at where a proxy takes the rule over.
  if (action === 'set-bandwidth-limit' && section === 'defaults') return undefined;
  // These are held to what a request has, wherever they stand (tcp_parse_set_src_dst and its like in tcp_act.c).
  if (/^set-(?:src|dst|[fb]c-)/.test(action)) return { name, letter: 'Q', isFrontend: section === 'frontend' };
  const isFrontend =
    letter === 'Q' &&
    (section === 'frontend' ||
      (section === 'listen' && name === 'unique-id-format') ||
      // Tags of requests are those of a frontend everywhere (parse_set_gpt0 in stick_table.c).
      /^sc-(?:set-gpt|add-gpc)/.test(action));
  return { name, letter, isFrontend };
}

function endOfName(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    const plain =
      (unit >= 97 && unit <= 122) ||
      (unit >= 48 && unit <= 57) ||
      (unit >= 65 && unit <= 90) ||
      unit === 45 ||
      unit === 46 ||
      unit === 95;
    // "base32+src" is one name.
    if (!plain && !text.startsWith('+src', at)) break;
    at++;
  }
  return at;
}

/** From here on times and sizes of what goes on are there while it goes on. */
const timersMoved: Release = 302;

/** Fetches of which an empty unit in parentheses is refused. */
const needsUnit: ReadonlySet<string> = new Set([
  ...['accept_date', 'request_date', 'fc_rtt', 'fc_rttvar', 'bc_rtt', 'bc_rttvar'],
]);

/** From here on `bytes` takes the names of variables, too. */
const bytesOfVariables: Release = 209;

/** The release from which a function takes an argument: the number behind its letter. */
const argumentSince = (argument: string): Release => Number(/\d+$/.exec(argument)?.[0] ?? 0);

const referenceOf: Readonly<Record<string, NameKind>> = { T: 'table', B: 'backend', F: 'frontend', U: 'userlist' };

/** Converters without parentheses are given one empty text, and these can do with it. */
export const takesEmptyText: ReadonlySet<string> = new Set([
  ...['add', 'sub', 'mul', 'div', 'mod', 'and', 'or', 'xor'],
  ...['ltime', 'utime', 'ms_ltime', 'ms_utime', 'us_ltime', 'us_utime'],
  ...['language', 'ltrim', 'rtrim', 'param', 'rfc7239_field'],
]);

const takesEmpty = (name: string, release: Release): boolean =>
  takesEmptyText.has(name) || (name === 'bytes' && release >= bytesOfVariables);

/** Whether the converter `when` is told to look at an ACL. */
const isAclCondition = (word: string | undefined): boolean => word === 'acl' || word === '!acl';

/** A table, a proxy or a server that has to be there and is not named is that of the section itself. */
function referToOwn(reader: Reader, each: SampleFunction, at: { start: number; end: number }): void {
  const type = each.args[0]?.[0] ?? 's';
  // Counters that track something know their table.
  const kind = type === 'S' ? 'server' : type === 'T' && !ownTable.test(each.name) ? undefined : referenceOf[type];
  if (kind !== undefined && kind !== 'userlist') reader.refer(kind, '', at);
}

const ownTable = /^(?:src_|table_|in_table)/;

/** Whether a name among its first `count` arguments, or the one left out, is that of a section or server. */
const isLookedUp = ({ args, name }: SampleFunction, count: number): boolean => {
  const first = args[0]?.[0] ?? 's';
  const isOwn = count === 0 && (/[SBF]/.test(first) || (first === 'T' && ownTable.test(name)));
  return isOwn || args.slice(0, count).some((each) => /^[TBFSU]/.test(each));
};

interface Given {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function expectArguments(reader: Reader, word: Word, of: SampleFunction, given: readonly Given[]): void {
  given.forEach((argument, index) => {
    reader.expect(partOf(word, argument.start, argument.end), { kind: 'function-argument', of, index });
  });
}

/** Reads `(a,b)` behind a name; answers where it ends, or undefined after a problem. */
function readArguments(
  reader: Reader,
  word: Word,
  from: number,
  each: SampleFunction,
  at: { start: number; end: number },
): number | undefined {
  const { text } = word;
  const given: Given[] = [];
  let end = from;
  if (text[from] === '(') {
    let start = from + 1;
    // What stands in front of `piece` is in `value` already: letters that mean themselves are taken over together.
    let value = '';
    let piece = start;
    let quote = '';
    end = start;
    for (; end < text.length; end++) {
      const sign = text[end] ?? '';
      const isEscape = sign === '\\' && quote !== "'" && end + 1 < text.length;
      if (!isEscape && (quote === '' ? sign !== '"' && sign !== "'" && sign !== ',' && sign !== ')' : sign !== quote))
        continue;
      value += text.slice(piece, end);
      piece = end + 1;
      if (isEscape) {
        piece = ++end;
      } else if (quote !== '') quote = '';
      else if (sign === '"' || sign === "'") quote = sign;
      else {
        given.push({ text: value, start, end });
        start = end + 1;
        value = '';
        if (sign === ')') break;
      }
    }
    if (reader.isWatched) {
      const rest = end >= text.length ? [{ text: value + text.slice(piece), start, end }] : [];
      expectArguments(reader, word, each, given.concat(rest));
    }
    if (end >= text.length) {
      reader.report(
        'bad-expression',
        partOf(word, from, text.length),
        say('")" is missing behind the arguments of "{0}"', each.name),
      );
      return undefined;
    }
    end++;
    if (
      given.length === 1 &&
      given[0]?.text === '' &&
      text[given[0].start] === ')' &&
      each.args[0] !== 's' &&
      !needsUnit.has(each.name)
    )
      given.pop();
  } else if (each.input !== undefined && takesEmpty(each.name, reader.release)) {
    given.push({ text: '', start: from, end: from });
  }
  if (end < text.length && text[end] !== ',' && text[end] !== ']' && !/\s/.test(text[end] ?? '')) {
    reader.report(
      'bad-expression',
      partOf(word, end, text.length),
      say('"," or the end is expected behind "{0}"', each.name),
    );
    return undefined;
  }
  if (word.open) return end;
  // A profile belongs to no proxy that names could be looked up for.
  if (reader.section === 'log-profile' && isLookedUp(each, given.length)) {
    reader.report(
      'bad-expression',
      at,
      say('"{0}" looks something up, which is not possible in a log-profile', each.name),
    );
    return undefined;
  }
  if (given.length === 0) referToOwn(reader, each, at);
  if (given.length < each.leastArguments) {
    // What an application is told is not looked up.
    const passes = reader.section === 'fcgi-app' && each.args[given.length]?.[0] === 'U';
    const message = say('"{0}" needs an argument: {1}', each.name, each.usage);
    reader.report('bad-expression', at, message, passes ? { severity: 'warning' } : {});
    return undefined;
  }
  const taken = each.args.filter((argument) => argumentSince(argument) <= reader.release).length;
  if (given.length > taken) {
    reader.report(
      'bad-expression',
      at,
      taken === 0
        ? say('"{0}" takes no arguments', each.name)
        : say('"{0}" takes fewer arguments: {1}', each.name, each.usage),
    );
    return undefined;
  }
  given.forEach((argument, index) => {
    const place = partOf(word, argument.start, argument.end);
    const type = each.args[index]?.[0] ?? 's';
    if (type === 'i') {
      // Behind a comma an optional number may be left out.
      const leftOut = argument.text === '' && index >= each.leastArguments;
      if (!leftOut && !/^-?\d+$/.test(argument.text))
        reader.report('bad-expression', place, say('"{0}" wants a whole number, not "{1}"', each.name, argument.text));
    } else if (type === 'A' || (index === 1 && each.name === 'when' && isAclCondition(given[0]?.text))) {
      const skipped = type === 'A' && argument.text.startsWith('!') ? 1 : 0;
      reader.refer('acl', argument.text.slice(skipped), partOf(word, argument.start + skipped, argument.end));
    } else if (type === 'S') {
      if (argument.text !== '') reader.refer('server', argument.text, place);
    } else if (type !== 's') {
      const kind = referenceOf[type];
      if (kind !== undefined && argument.text !== '') reader.refer(kind, argument.text, place);
    } else if (index === 0 && (each.name === 'ipv4' || each.name === 'ipv6')) {
      if (ipFamily(argument.text) !== (each.name === 'ipv4' ? 4 : 6))
        reader.report('bad-expression', place, say('"{0}" wants an address, not "{1}"', each.name, argument.text));
    } else if (index === 0 && each.name === 'bool') {
      if (!['true', 'false', '0', '1'].includes(argument.text))
        reader.report('bad-expression', place, say('"{0}" wants true or false, not "{1}"', each.name, argument.text));
    } else if (each.name === 'bytes' && reader.release < bytesOfVariables) {
      if (!/^-?\d+$/.test(argument.text))
        reader.report('bad-expression', place, say('"{0}" wants a whole number, not "{1}"', each.name, argument.text));
    } else if (index === 0 && each.name === 'var') {
      const fault = variableFault(argument.text);
      if (fault !== undefined) reader.report('bad-expression', place, fault);
    }
  });
  const texts = given.map((argument) => argument.text);
  const fault = (each.input === undefined ? fetchArgumentFault : argumentFault)(each.name, texts, reader.release);
  if (fault !== undefined) {
    const { start, end: stop } = given[fault.index] ?? { start: from, end };
    reader.report('bad-expression', partOf(word, start, Math.max(stop, start + 1)), fault.message);
    return undefined;
  }
  return end;
}

/** From here on an item of a log format may have a name and a type. */
const namesTaken: Release = 300;

/** Reads a log-format string: `%[expression]`, `%{flags}alias`, `%alias`. */
export function readLogFormat(reader: Reader, word: Word): void {
  const { text } = word;
  let at = text.indexOf('%');
  while (at >= 0) {
    const start = at++;
    if (text[at] === '%' || text[at] === '"') {
      at = text.indexOf('%', at + 1);
      continue;
    }
    if (at >= text.length) {
      reader.expect(partOf(word, start, at), expected.logVariable);
      if (!word.open)
        reader.report(
          'bad-expression',
          partOf(word, start, at),
          say('"%" stands alone at the end; write %% for the sign itself'),
        );
      return;
    }
    if (text[at] === '(') {
      const close = text.indexOf(')', at);
      if (
        reader.release >= namesTaken &&
        !/^\([\w-]*(?::(?:str|sint|bool|raw))?\)./.test(text.slice(at)) &&
        !word.open
      ) {
        const end = close < 0 ? text.length : close + 1;
        reader.report(
          'bad-expression',
          partOf(word, start, end),
          say('a name, a colon and one of {0} are expected in parentheses', 'str, sint, bool, raw'),
        );
        return;
      }
      if (reader.release >= namesTaken && close > 0) at = close + 1;
    }
    if (text[at] === '{') {
      const close = text.indexOf('}', at);
      if (close < 0) {
        reader.report('bad-expression', partOf(word, start, text.length), say('"}" is missing behind the flags'));
        return;
      }
      at = close + 1;
      if (text[at] === '(') {
        reader.report('bad-expression', partOf(word, start, at), say('a name stands in front of the flags'));
        return;
      }
      if (!/[A-Za-z[]/.test(text[at] ?? '') && !word.open) {
        reader.report(
          'bad-expression',
          partOf(word, start, at),
          say('the name of a log variable or "[" is expected behind the flags'),
        );
        return;
      }
    }
    if (text[at] === '[') {
      const close = closingBracket(text, at);
      if (close < 0) {
        if (reader.isWatched) readSample(reader, word, skipSpace(text, at + 1), 'sample');
        reader.report('bad-expression', partOf(word, start, text.length), say('"]" is missing behind the expression'));
        return;
      }
      if (!word.open) {
        const sample = readSample(reader, word, skipSpace(text, at + 1), 'sample');
        if (sample !== undefined && text[skipSpace(text, sample.end)] !== ']') {
          reader.report(
            'bad-expression',
            partOf(word, start, text.length),
            say('"]" is missing behind the expression'),
          );
          return;
        }
      }
      at = text.indexOf('%', close + 1);
      continue;
    }
    const nameStart = at;
    while (at < text.length && /[A-Za-z0-9]/.test(text[at] ?? '')) at++;
    const name = text.slice(nameStart, at);
    const first = text[nameStart] ?? '';
    reader.expect(partOf(word, start, at), expected.logVariable);
    if (/[A-Za-z]/.test(first)) {
      const alias = logAliases.get(name);
      if (alias === undefined || !existsIn(alias, reader.release)) {
        const suggestion = nearest(name, logAliases.keys());
        reader.report('bad-expression', partOf(word, start, at), say('"%{0}" is not a log variable', name), {
          suggestion: suggestion === undefined ? undefined : `%${suggestion}`,
        });
      } else if (alias.httpOnly) reader.usesHttp ??= partOf(word, start, at);
    }
    at = text.indexOf('%', at);
  }
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
