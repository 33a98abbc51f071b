import { parseIp } from '../../base/address';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { existsIn, type Release, releaseText, valuesOf } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { readAction } from './action';
import { readCondition } from './condition';
import { checksOf, type Node } from './grammar';
import { readBindParams, readServerParams } from './parameters';
import type { NameKind } from './problem';
import { partOf, type Reader } from './reader';
import { readLogFormat, readSample } from './sample';
import {
  addressFault,
  bareHostFault,
  isReadInPart,
  longestMs,
  networkFault,
  portFault,
  rangesFault,
  readSize,
  readTime,
  regexFault,
  sizeFault,
  timeFault,
} from './values';
import { variableFault } from './variables';

type ArgumentNode = Extract<Node, { kind: 'argument' }>;
type ChoiceNode = Extract<Node, { kind: 'choice' }>;

/**
 * Reads words by a grammar from `from` on and answers the index behind the last one it took, or -1 after a problem.
 * `least` is the number of arguments the program insists on, where it takes fewer than the grammar says.
 */
export function readByGrammar(
  reader: Reader,
  nodes: readonly Node[],
  words: readonly Word[],
  from: number,
  least?: number,
): number {
  let at = from;
  for (const node of nodes) {
    const word = words[at];
    reader.expectNode(word, node);
    if (node.kind === 'argument' && node.type === 'condition' && word === undefined) return at;
    if (node.kind === 'literal') {
      if (word === undefined) return missing(reader, words, from, least, node.text) ? -1 : at;
      if (word.text !== node.text) {
        if (word.open) return words.length;
        reader.report('bad-value', word, say('"{0}" is expected here, not "{1}"', node.text, word.text), {
          suggestion: nearest(word.text, [node.text]),
        });
        return -1;
      }
      at++;
    } else if (node.kind === 'argument') {
      if (word === undefined)
        return node.name !== 'groups' && node.name !== 'users' && missing(reader, words, from, least, `<${node.name}>`)
          ? -1
          : at;
      at = readArgument(reader, node, words, at);
      if (at < 0) return -1;
      while (node.repeated && at < words.length && !startsCondition(words[at])) {
        reader.expectNode(words[at], node);
        at = readArgument(reader, node, words, at);
        if (at < 0) return -1;
      }
    } else {
      const next = readChoice(reader, node, words, at, from, least);
      if (next < 0) return -1;
      at = next;
    }
  }
  return at;
}

export const startsCondition = (word: Word | undefined): boolean => word?.text === 'if' || word?.text === 'unless';

function missing(
  reader: Reader,
  words: readonly Word[],
  from: number,
  least: number | undefined,
  what: string,
): boolean {
  if (least !== undefined && words.length - from >= least) return false;
  const last = words.at(-1) ?? reader.words.at(-1);
  if (last !== undefined) reader.report('missing-argument', last, say('{0} is missing behind "{1}"', what, last.text));
  return true;
}

function readChoice(
  reader: Reader,
  node: ChoiceNode,
  words: readonly Word[],
  from: number,
  lineFrom: number,
  least: number | undefined,
): number {
  let at = from;
  for (;;) {
    const word = words[at];
    if (word === undefined) {
      if (node.optional || at > from) return at;
      return missing(reader, words, lineFrom, least, literalsOf(node).join(' | ') || '<value>') ? -1 : at;
    }
    // What a variable holds may be the word that stands for a whole line, such as "global" behind "log".
    if (word.open && literalsOf(node).length > 0) return words.length;
    const alternative = choose(node, word);
    if (alternative === undefined) {
      if (node.optional || at > from) return at;
      if (node.lenient || word.open) at++;
      else {
        const literals = literalsOf(node);
        reader.report(
          'bad-value',
          word,
          say('"{0}" is not possible here; expected: {1}', word.text, literals.join(', ')),
          {
            suggestion: nearest(word.text, literals),
          },
        );
        return -1;
      }
    } else {
      const next = readByGrammar(reader, alternative, words, at);
      if (next < 0) return -1;
      if (next === at) return at;
      at = next;
    }
    if (!node.repeated) return at;
    reader.expectNode(words[at], node);
  }
}

function choose(node: ChoiceNode, word: Word): readonly Node[] | undefined {
  let open: readonly Node[] | undefined;
  for (const each of node.alternatives) {
    const first = each[0];
    if (first === undefined) continue;
    if (first.kind === 'literal') {
      if (first.text === word.text) return each;
    } else if (first.kind === 'choice') {
      if (choose(first, word) !== undefined) return each;
    } else if (first.kind === 'argument' && first.type === 'sample' && /^\d/.test(word.text)) {
      // No name begins with a digit: this is the number that may stand there instead.
    } else if (!startsCondition(word)) open ??= each;
  }
  return open;
}

/** The words with which the alternatives begin. */
function literalsOf(node: ChoiceNode): string[] {
  return node.alternatives.flatMap((each) => {
    const first = each[0];
    return first?.kind === 'literal' ? [first.text] : first?.kind === 'choice' ? literalsOf(first) : [];
  });
}

function readArgument(reader: Reader, node: ArgumentNode, words: readonly Word[], at: number): number {
  const word = words[at];
  if (word === undefined) return at;
  switch (node.type) {
    case 'condition':
      readCondition(reader, words, at);
      return words.length;
    case 'action':
      return readAction(reader, node.parameter.replace('+', ' '), words, at);
    case 'bindparam':
      readBindParams(reader, words, at);
      return words.length;
    case 'serverparam':
      readServerParams(reader, words, at, 'server');
      return words.length;
    case 'sample':
      if (word.open) return at + 1;
      if (/^\d+$/.test(word.text) && (node.name === 'port' || words[at - 1]?.text.startsWith('port') === true)) {
        const fault = portFault(
          word.text,
          { required: true, range: false, offset: false, nonZero: true },
          reader.release,
        );
        if (fault !== undefined) reader.report('bad-value', word, fault);
        return fault === undefined ? at + 1 : -1;
      }
      return readSample(reader, word, 0, 'sample') === undefined ? -1 : at + 1;
    default:
      if (!word.open) checkValue(reader, node, word);
      return at + 1;
  }
}

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

/** Judges one word by the type its grammar gives it. */
export function checkValue(reader: Reader, node: ArgumentNode, word: Word): void {
  const { text } = word;
  const { parameter } = node;
  const checks = checksOf(node.checks, reader.release);
  // Somebody tried a wrong value and the program took it.
  const lenient = checks !== undefined && !checks.includes('b');
  switch (node.type) {
    case 'int':
      checkInteger(reader, node, word);
      return;
    case 'time':
    case 'time_s': {
      // Where only the range is refused, text that is no time at all passes.
      const longest = checks?.includes('l') === true ? longestMs * 1000 : longestMs;
      const judged = !lenient || (checks.includes('h') && readTime(text) !== undefined);
      const fault = judged ? timeFault(text, node.type === 'time' ? 'ms' : 's', longest) : undefined;
      if (fault !== undefined)
        reader.report('bad-value', word, fault, isReadInPart(text) ? { severity: 'warning' } : {});
      else if (checks?.includes('z') && readTime(text) === 0)
        reader.report('bad-value', word, say('a time above zero is expected'));
      return;
    }
    case 'size': {
      const fault = refusedSize(text, checks, parameter, reader.release);
      if (fault !== undefined) reader.report('bad-value', word, fault);
      return;
    }
    case 'enum':
    case 'list': {
      if (lenient || parameter === '') return;
      const values = parameter.split('|');
      if (node.type === 'list' && values.length < 2) return;
      const whole = checks?.includes('p') === true ? text.replace(/\(.*$/, '') : text;
      for (const each of node.type === 'list' ? text.split(',') : [whole]) {
        if (values.includes(each) || (checks?.includes('i') === true && parseIp(each) !== undefined)) continue;
        reader.report('bad-value', word, say('"{0}" is not possible here; expected: {1}', each, values.join(', ')), {
          suggestion: node.type === 'enum' ? nearest(each, values) : undefined,
        });
        return;
      }
      return;
    }
    case 'logformat':
      readLogFormat(reader, word);
      return;
    case 'regex': {
      const fault = regexFault(text);
      if (fault !== undefined) reader.report('bad-value', word, fault);
      return;
    }
    case 'ref':
      if (referenceKinds.has(parameter)) reader.refer(parameter as NameKind, text, word);
      return;
    case 'status':
      if (Number.parseInt(text, 10) >= 200 && Number.parseInt(text, 10) <= 599) return;
      reader.report('bad-value', word, say('"{0}" is not a status: a number from 200 to 599 is expected', text));
      return;
    case 'serverref':
      if (!text.includes('%')) reader.refer('server', text, word);
      return;
    case 'octal':
      if (!lenient && !/^-?[0-7]+$/.test(text))
        reader.report('bad-value', word, say('"{0}" is not an octal number such as 660', text));
      return;
    case 'bindaddr': {
      const fault = text
        .split(',')
        .map((each) =>
          addressFault(each, { required: false, range: true, offset: false, nonZero: false }, reader.release),
        )
        .find((each) => each !== undefined);
      if (fault !== undefined) reader.report('bad-value', word, fault);
      return;
    }
    case 'port': {
      const fault = portFault(text, { required: true, range: false, offset: false, nonZero: false }, reader.release);
      if (fault !== undefined && !lenient) reader.report('bad-value', word, fault);
      return;
    }
    case 'hostport': {
      const fault = addressFault(text, { required: true, range: false, offset: false, nonZero: false }, reader.release);
      if (fault !== undefined) reader.report('bad-value', word, fault);
      return;
    }
    case 'checkaddr':
    case 'proxyaddr': {
      const required = node.type === 'proxyaddr';
      const needs = { required, range: false, offset: false, nonZero: required };
      const fault = addressFault(text, needs, reader.release);
      if (fault !== undefined) reader.report('bad-value', word, fault);
      return;
    }
    case 'host': {
      const fault = bareHostFault(text);
      if (fault !== undefined) reader.report('bad-value', word, fault);
      return;
    }
    case 'logtarget':
      checkLogTarget(reader, word);
      return;
    case 'logfacility':
      oneOf(reader, word, 'log.facility');
      return;
    case 'loglevel':
      oneOf(reader, word, 'log.level');
      return;
    case 'logfmtname':
      oneOf(reader, word, 'log.format');
      return;
    case 'cidr': {
      const fault = isNamed(text) ? say('"{0}" is not an address', text) : networkFault(text);
      if (fault !== undefined && !lenient) reader.report('bad-value', word, fault);
      return;
    }
    case 'guid':
      if (/[^\w.:#-]/.test(text))
        reader.report(
          'bad-value',
          word,
          say('the name "{0}" may hold only letters, digits, ".", ":", "_" and "-"', text),
        );
      return;
    case 'networks': {
      const wrong = text.split(',').find((each) => each === '' || isNamed(each) || networkFault(each) !== undefined);
      if (wrong !== undefined) reader.report('bad-value', word, say('"{0}" is not an address or network', wrong));
      return;
    }
    case 'varname': {
      const fault = variableFault(text);
      if (fault !== undefined && !lenient) reader.report('bad-value', word, fault);
      return;
    }
    case 'balancealg':
      oneOf(reader, word, 'balance');
      return;
    case 'rangelist': {
      const fault = rangesFault(text);
      if (fault !== undefined) reader.report('bad-value', word, fault);
      return;
    }
    case 'credentials':
      if (!text.includes(':')) reader.report('bad-value', word, say('user:password is expected, not "{0}"', text));
      return;
    default:
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

/** What the program makes of a number of more than 32 bits: it reads 64 and keeps the low ones. */
function inLowBits(text: string): number {
  const value = BigInt(text.replace(/^\+/, '').replace(/\D.*$/, ''));
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
