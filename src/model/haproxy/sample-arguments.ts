import { ipFamily } from '../../base/address';
import { type Message, say } from '../../base/message';
import type { Span } from '../../base/span';
import type { Release, SampleFunction } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { fetchArgumentFault } from './fetch-arguments';
import { argumentFault } from './function-arguments';
import type { NameKind } from './problem';
import { partOf, type Reader } from './reader';
import { variableFault } from './variables';

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
function referToOwn(reader: Reader, each: SampleFunction, at: Span): void {
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
export function readArguments(
  reader: Reader,
  word: Word,
  from: number,
  each: SampleFunction,
  at: Span,
): number | undefined {
  const { text } = word;
  const given: Given[] = [];
  const end = cutArguments(reader, word, from, each, given);
  if (end === undefined) return undefined;
  if (end < text.length && text[end] !== ',' && text[end] !== ']' && !/\s/.test(text[end] ?? '')) {
    const message = say('"," or the end is expected behind "{0}"', each.name);
    reader.report('bad-expression', partOf(word, end, text.length), message);
    return undefined;
  }
  if (word.open) return end;
  // A profile belongs to no proxy that names could be looked up for.
  if (reader.section === 'log-profile' && isLookedUp(each, given.length)) {
    const message = say('"{0}" looks something up, which is not possible in a log-profile', each.name);
    reader.report('bad-expression', at, message);
    return undefined;
  }
  if (given.length === 0) referToOwn(reader, each, at);
  if (!hasRightCount(reader, each, given.length, at)) return undefined;
  given.forEach((argument, index) => {
    judgeArgument(reader, word, each, given, argument, index);
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

/** Cuts what stands in parentheses behind a name into `given`; answers where it ends, or undefined if it does not. */
function cutArguments(
  reader: Reader,
  word: Word,
  from: number,
  each: SampleFunction,
  given: Given[],
): number | undefined {
  const { text } = word;
  if (text[from] !== '(') {
    if (each.input !== undefined && takesEmpty(each.name, reader.release))
      given.push({ text: '', start: from, end: from });
    return from;
  }
  let start = from + 1;
  // What stands in front of `piece` is in `value` already: letters that mean themselves are taken over together.
  let value = '';
  let piece = start;
  let quote = '';
  let end = start;
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
  const isClosed = end < text.length;
  if (reader.isWatched) {
    const rest = isClosed ? [] : [{ text: value + text.slice(piece), start, end }];
    expectArguments(reader, word, each, given.concat(rest));
  }
  if (!isClosed) {
    const message = say('")" is missing behind the arguments of "{0}"', each.name);
    reader.report('bad-expression', partOf(word, from, text.length), message);
    return undefined;
  }
  const [only] = given;
  const isEmpty = given.length === 1 && only?.text === '' && text[only.start] === ')';
  if (isEmpty && each.args[0] !== 's' && !needsUnit.has(each.name)) given.pop();
  return end + 1;
}

function hasRightCount(reader: Reader, each: SampleFunction, count: number, at: Span): boolean {
  if (count < each.leastArguments) {
    // What an application is told is not looked up.
    const passes = reader.section === 'fcgi-app' && each.args[count]?.[0] === 'U';
    const message = say('"{0}" needs an argument: {1}', each.name, each.usage);
    reader.report('bad-expression', at, message, passes ? { severity: 'warning' } : {});
    return false;
  }
  const taken = each.args.filter((argument) => argumentSince(argument) <= reader.release).length;
  if (count <= taken) return true;
  const message =
    taken === 0
      ? say('"{0}" takes no arguments', each.name)
      : say('"{0}" takes fewer arguments: {1}', each.name, each.usage);
  reader.report('bad-expression', at, message);
  return false;
}

/** Judges one argument by its letter in the catalog; names of other things become references. */
function judgeArgument(
  reader: Reader,
  word: Word,
  each: SampleFunction,
  given: readonly Given[],
  argument: Given,
  index: number,
): void {
  const { text } = argument;
  const place = partOf(word, argument.start, argument.end);
  const type = each.args[index]?.[0] ?? 's';
  if (type === 'A' || (index === 1 && each.name === 'when' && isAclCondition(given[0]?.text))) {
    const skipped = type === 'A' && text.startsWith('!') ? 1 : 0;
    reader.refer('acl', text.slice(skipped), partOf(word, argument.start + skipped, argument.end));
  } else if (type === 'S') {
    if (text !== '') reader.refer('server', text, place);
  } else if (type === 'i' || type === 's') {
    // Behind a comma an optional number may be left out.
    const isLeftOut = type === 'i' && text === '' && index >= each.leastArguments;
    const fault = isLeftOut ? undefined : valueFault(each.name, type, text, index, reader.release);
    if (fault !== undefined) reader.report('bad-expression', place, fault);
  } else {
    const kind = referenceOf[type];
    if (kind !== undefined && text !== '') reader.refer(kind, text, place);
  }
}

/** What is wrong with an argument that is a number or, of a few functions, a text of a certain form. */
function valueFault(name: string, type: 'i' | 's', text: string, index: number, release: Release): Message | undefined {
  if (type === 'i' || (name === 'bytes' && release < bytesOfVariables))
    return /^-?\d+$/.test(text) ? undefined : say('"{0}" wants a whole number, not "{1}"', name, text);
  if (index > 0) return undefined;
  if (name === 'ipv4' || name === 'ipv6') {
    const isFit = ipFamily(text) === (name === 'ipv4' ? 4 : 6);
    return isFit ? undefined : say('"{0}" wants an address, not "{1}"', name, text);
  }
  if (name === 'bool') {
    const isFit = ['true', 'false', '0', '1'].includes(text);
    return isFit ? undefined : say('"{0}" wants true or false, not "{1}"', name, text);
  }
  return name === 'var' ? variableFault(text) : undefined;
}
