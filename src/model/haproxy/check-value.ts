import { parseIp } from '../../base/address';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { existsIn, type Release, releaseText, valuesOf } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { type ArgumentNode, checksOf } from './grammar';
import { readLogFormat } from './log-format';
import type { NameKind } from './problem';
import { partOf, type Reader } from './reader';
import {
  addressFault,
  bareHostFault,
  isReadInPart,
  longestMs,
  networkFault,
  portFault,
  rangesFault,
  readAddress,
  readSize,
  readTime,
  regexFault,
  sizeFault,
  timeFault,
} from './values';
import { variableFault } from './variables';

const referenceKinds: ReadonlySet<string> = new Set<NameKind>([
  'backend',
  'table',
  'peers',
  'mailers',
  'resolvers',
  'cache',
  'http-errors',
  'fcgi-app',
  'log-profile',
  'acme',
  'healthcheck',
]);

/** A word, and what its place in a grammar says of it. */
interface Value {
  readonly reader: Reader;
  readonly node: ArgumentNode;
  readonly word: Word;
  /** Which wrong values the program refuses; undefined where nobody has tried. */
  readonly checks: string | undefined;
  /** Somebody tried a wrong value and the program took it. */
  readonly lenient: boolean;
}

/** Judges one word by the type its grammar gives it. */
export function checkValue(reader: Reader, node: ArgumentNode, word: Word): void {
  const fault = faults[node.type];
  const check = checks[node.type];
  if (fault === undefined && check === undefined) return;
  const refused = checksOf(node.checks, reader.release);
  const value: Value = {
    reader,
    node,
    word,
    checks: refused,
    lenient: refused !== undefined && !refused.includes('b'),
  };
  const message = fault?.(value);
  if (message !== undefined) reader.report('bad-value', word, message);
  check?.(value);
}

/** What is wrong with a value of a type of which nothing else is to be said. */
const faults: Readonly<Record<string, (value: Value) => Message | undefined>> = {
  size: ({ reader, node, word, checks }) => refusedSize(word.text, checks, node.parameter, reader.release),
  regex: ({ word }) => regexFault(word.text),
  status: ({ word: { text } }) =>
    Number.parseInt(text, 10) >= 200 && Number.parseInt(text, 10) <= 599
      ? undefined
      : say('"{0}" is not a status: a number from 200 to 599 is expected', text),
  octal: ({ word: { text }, lenient }) =>
    lenient || /^-?[0-7]+$/.test(text) ? undefined : say('"{0}" is not an octal number such as 660', text),
  bindaddr: ({ reader, word }) => {
    const needs = { required: false, range: true, offset: false, nonZero: false };
    const each = word.text.split(',').map((address) => addressFault(address, needs, reader.release));
    return each.find((fault) => fault !== undefined);
  },
  port: ({ reader, word, lenient }) =>
    lenient
      ? undefined
      : portFault(word.text, { required: true, range: false, offset: false, nonZero: false }, reader.release),
  hostport: ({ reader, word }) =>
    addressFault(word.text, { required: true, range: false, offset: false, nonZero: false }, reader.release),
  checkaddr: ({ reader, word }) =>
    addressFault(word.text, { required: false, range: false, offset: false, nonZero: false }, reader.release),
  proxyaddr: ({ reader, node, word: { text } }) =>
    node.parameter !== 'tcp'
      ? addressFault(text, { required: true, range: false, offset: false, nonZero: true }, reader.release)
      : /^(?:dgram\+|udp[46]?@|uxdg@)/.test(text)
        ? say('"{0}" is not possible here', text)
        : readAddress(text).isPath
          ? say('a port is missing behind "{0}": write address:port', text)
          : addressFault(text, { required: true, range: false, offset: false, nonZero: true }, reader.release),
  host: ({ word }) => bareHostFault(word.text),
  cidr: ({ word: { text }, lenient }) => {
    if (lenient) return undefined;
    return isNamed(text) ? say('"{0}" is not an address', text) : networkFault(text);
  },
  guid: ({ word: { text } }) =>
    /[^\w.:#-]/.test(text)
      ? say('the name "{0}" may hold only letters, digits, ".", ":", "_" and "-"', text)
      : undefined,
  networks: ({ word }) => {
    const wrong = word.text.split(',').find((each) => each === '' || isNamed(each) || networkFault(each) !== undefined);
    return wrong === undefined ? undefined : say('"{0}" is not an address or network', wrong);
  },
  varname: ({ word, lenient }) => (lenient ? undefined : variableFault(word.text)),
  rangelist: ({ word }) => rangesFault(word.text),
  credentials: ({ word: { text } }) =>
    text.includes(':') ? undefined : say('user:password is expected, not "{0}"', text),
};

/** Types whose values refer to something, or of which more is said than that they are wrong. */
const checks: Readonly<Record<string, (value: Value) => void>> = {
  int: ({ reader, node, word }) => checkInteger(reader, node, word),
  time: checkTime,
  time_s: checkTime,
  enum: checkWords,
  list: checkWords,
  logformat: ({ reader, word }) => readLogFormat(reader, word),
  ref: ({ reader, node, word }) => {
    if (referenceKinds.has(node.parameter)) reader.refer(node.parameter as NameKind, word.text, word);
  },
  serverref: ({ reader, word }) => {
    if (!word.text.includes('%')) reader.refer('server', word.text, word);
  },
  logtarget: ({ reader, word }) => checkLogTarget(reader, word),
  logfacility: ({ reader, word }) => oneOf(reader, word, 'log.facility'),
  loglevel: ({ reader, word }) => oneOf(reader, word, 'log.level'),
  logfmtname: ({ reader, word }) => oneOf(reader, word, 'log.format'),
  balancealg: ({ reader, word }) => oneOf(reader, word, 'balance'),
};

function checkTime({ reader, node, word, checks, lenient }: Value): void {
  const { text } = word;
  // Where only the range is refused, text that is no time at all passes.
  const longest = checks?.includes('l') === true ? longestMs * 1000 : longestMs;
  const judged = !lenient || (checks?.includes('h') === true && readTime(text) !== undefined);
  const fault = judged ? timeFault(text, node.type === 'time' ? 'ms' : 's', longest) : undefined;
  if (fault !== undefined) reader.report('bad-value', word, fault, isReadInPart(text) ? { severity: 'warning' } : {});
  else if (checks?.includes('z') && readTime(text) === 0)
    reader.report('bad-value', word, say('a time above zero is expected'));
}

/** One of the words that the grammar names, or a list of them. */
function checkWords({ reader, node, word, checks, lenient }: Value): void {
  if (lenient || node.parameter === '') return;
  const values = node.parameter.split('|');
  const isList = node.type === 'list';
  if (isList && values.length < 2) return;
  const whole = checks?.includes('p') === true ? word.text.replace(/\([\s\S]*$/, '') : word.text;
  for (const each of isList ? word.text.split(',') : [whole]) {
    if (values.includes(each) || (checks?.includes('i') === true && parseIp(each) !== undefined)) continue;
    reader.report('bad-value', word, say('"{0}" is not possible here; expected: {1}', each, values.join(', ')), {
      suggestion: isList ? undefined : nearest(each, values),
    });
    return;
  }
}

/** Whether a name stands where an address is expected. */
const isNamed = (text: string): boolean => !text.includes(':') && /[a-zA-Z]/.test(text);

/** From here on more sizes may have a unit. */
const unitsTaken: Release = 301;

/** Why a size is refused where only some wrong values are. */
function refusedSize(
  text: string,
  checks: string | undefined,
  parameter: string,
  release: Release,
): Message | undefined {
  if (checks === undefined) return sizeFault(text);
  const { low = 0, high } = boundsOf(parameter);
  if (high !== undefined && /^\d+$/.test(text)) {
    const outside = (Number(text) < low && checks.includes('z')) || (Number(text) > high && checks.includes('h'));
    if (outside) return say('{0} is out of range: {1} to {2} are possible', text, low, high);
  }
  if (/^\d+[kmg]$/i.test(text) && (checks.includes('d') || (checks.includes('e') && release < unitsTaken)))
    return say('"{0}" is not a whole number', text);
  const kind = /^-\d/.test(text)
    ? 'n'
    : !/^\d/.test(text)
      ? 'b'
      : !/^\d+[kmg]?$/i.test(text)
        ? 't'
        : readSize(text) > 4_294_967_295
          ? 'h'
          : readSize(text) === 0
            ? 'z'
            : undefined;
  if (kind === undefined || !checks.includes(kind)) return undefined;
  return kind === 'z' ? say('{0} is out of range here', text) : sizeFault(text);
}

function checkInteger(reader: Reader, node: ArgumentNode, word: Word): void {
  const { parameter } = node;
  const checks = checksOf(node.checks, reader.release);
  if (checks === undefined || checks === '') return;
  const { text } = word;
  const { low, high, also } = boundsOf(parameter);
  if (text === also) return;
  if ((checks.includes('b') && !/^[+-]?\d/.test(text)) || (checks.includes('t') && !/^[+-]?\d+$/.test(text))) {
    reader.report('bad-value', word, say('"{0}" is not a whole number', text));
    return;
  }
  const value = Number.parseInt(text, 10);
  const tooLow =
    (value < Math.min(0, low ?? 0) && checks.includes('n')) ||
    (value === 0 && checks.includes('z')) ||
    (checks.includes('z') && value >= 0 && value < (low ?? 0));
  const tooHigh = checks.includes('h')
    ? value > (high ?? 2_147_483_647)
    : checks.includes('w') && value > 2_147_483_647 && inLowBits(text) <= 0;
  if (tooLow || tooHigh) {
    reader.report(
      'bad-value',
      word,
      high === undefined
        ? say('{0} is out of range here', text)
        : say('{0} is out of range: {1} to {2} are possible', text, low ?? '', high),
    );
  }
}

function oneOf(reader: Reader, word: Word, group: string): void {
  const values = valuesOf(group);
  const name = word.text.split('(')[0] ?? '';
  const found = values.get(name);
  if (found !== undefined && existsIn(found, reader.release)) return;
  if (found !== undefined && found.since > reader.release) {
    reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', name, releaseText(found.since)));
    return;
  }
  const names = [...values.keys()];
  reader.report('bad-value', word, say('"{0}" is not possible here; expected: {1}', name, names.join(', ')), {
    suggestion: nearest(name, names),
    // Of this one the program reads the beginning alone.
    ...(group === 'balance' && name.startsWith('random') ? { severity: 'warning' } : {}),
  });
}

/** From here on logs can be sent through the servers of a backend. */
const logBackends: Release = 209;

function checkLogTarget(reader: Reader, word: Word): void {
  const { text } = word;
  if (text === 'stdout' || text === 'stderr') return;
  const at = /^(ring|backend)@/.exec(text);
  if (at?.[1] !== undefined) {
    const kind: NameKind = at[1] === 'ring' ? 'ring' : 'backend';
    if (kind === 'backend' && reader.release < logBackends) {
      reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', at[0], releaseText(logBackends)));
      return;
    }
    reader.refer(kind, text.slice(at[0].length), partOf(word, at[0].length, text.length));
    return;
  }
  const fault = addressFault(text, { required: false, range: false, offset: false, nonZero: false }, reader.release);
  if (fault !== undefined) reader.report('bad-value', word, fault);
}

/** What the program makes of a number of more than 32 bits: it reads 64 and keeps the low ones. */
function inLowBits(text: string): number {
  const value = BigInt(text.replace(/^\+/, '').replace(/\D[\s\S]*$/, ''));
  const largest = 2n ** 63n - 1n;
  return Number(BigInt.asIntN(32, value > largest ? largest : value));
}

interface Bounds {
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** A word that is taken besides. */
  readonly also: string | undefined;
}

const bounds = new Map<string, Bounds>();

/** Reads the parameter of a number in a grammar: `1..256`, `0..`, `1..|auto`. */
function boundsOf(parameter: string): Bounds {
  let found = bounds.get(parameter);
  if (found === undefined) {
    const [range = '', also] = parameter.split('|');
    const [low, high] = range.split('..').map((each) => (each === '' ? undefined : Number(each)));
    found = { low, high, also };
    bounds.set(parameter, found);
  }
  return found;
}
