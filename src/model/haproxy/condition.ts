import { ipFamily } from '../../base/address';
import { type Message, say } from '../../base/message';
import { converterOf, existsIn, type Release, type SampleType } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { argumentNode } from './grammar';
import type { Reader } from './reader';
import { readSample, type Sample } from './sample';
import { takesEmptyText } from './sample-arguments';
import { canBecome } from './sample-types';
import { networkFault, regexFault } from './values';
import { type Expected, expected } from './visit';

const methods: ReadonlySet<string> = new Set([
  'found',
  'bool',
  'int',
  'ip',
  'bin',
  'len',
  'str',
  'beg',
  'sub',
  'reg',
  'dir',
  'dom',
  'end',
]);
const operators: ReadonlySet<string> = new Set(['eq', 'ge', 'gt', 'le', 'lt']);
/** Names that ACLs know as their own: what follows them is a pattern. */
const ownMatch: ReadonlySet<string> = new Set([
  ...['base', 'cook', 'hdr', 'method', 'path', 'req_ssl_sni', 'req_ver', 'resp_ver', 'scook', 'shdr', 'url'],
  ...['urlp'],
]);
/** A number or a range, with a colon or a dash between its ends, either of which may be missing. */
const numberPattern = /^(?:\d+|\d*[:-]-?\d*)$/;
/** Versions of TLS such as `3.1` have a second number. */
const versionPattern = /^(?:\d+(?:\.\d+)?|\d*(?:\.\d+)?[:-]-?\d*(?:\.\d+)?)$/;
const comparison: Expected = { kind: 'words', words: operators };
const valueOfFlag: Readonly<Record<string, Expected>> = {
  '-m': { kind: 'words', words: methods },
  '-u': expected.number,
  '-f': { kind: 'node', node: argumentNode('file', 'file') },
};

/** Reads the words of a condition behind `if` or `unless`; names of ACLs become references. */
export function readCondition(reader: Reader, words: readonly Word[], from: number): void {
  for (let at = from; at < words.length; at++) {
    let word = words[at];
    if (word === undefined) return;
    reader.expect(word, expected.condition);
    if (word.text === 'or' || word.text === '||') continue;
    let bangs = 0;
    while (word.text[bangs] === '!') bangs++;
    if (bangs === word.text.length && bangs > 0) {
      word = words[++at];
      bangs = 0;
      reader.expect(word, expected.condition);
      if (word === undefined) {
        reader.report(
          'bad-condition',
          words[at - 1] ?? words[from] ?? { start: 0, end: 0 },
          say('a condition is missing behind "!"'),
          // The program takes it for nothing.
          { severity: 'warning' },
        );
        return;
      }
      if (word.text === 'or' || word.text === '||') continue;
    }
    const name = word.text.slice(bangs);
    if (name === '{') {
      let close = at + 1;
      while (close < words.length && words[close]?.text !== '}') close++;
      if (close >= words.length) {
        reader.report('bad-condition', word, say('"{" is not closed: "}" is expected as a word of its own'));
        // Whoever is still writing wants to know what comes next.
        if (reader.isWatched) {
          readAcl(reader, words.slice(at + 1), word);
          for (const each of words.slice(at + 2)) reader.expect(each, expected.closingBrace);
        }
        return;
      }
      readAcl(reader, words.slice(at + 1, close), word);
      reader.expect(words[close], expected.closingBrace);
      at = close;
    } else if (!word.open) {
      reader.refer('acl', name, { start: word.start + bangs, end: word.end });
    }
  }
}

/** Reads `criterion [flags] [operator] patterns` of an `acl` line or between braces. `at` is blamed when nothing is there. */
export function readAcl(reader: Reader, words: readonly Word[], at: Word): void {
  const criterion = words[0];
  if (criterion === undefined) {
    reader.report('bad-condition', at, say('a sample fetch is expected, such as path or src'));
    return;
  }
  if (criterion.open) return;
  const sample = readSample(reader, criterion, 0, 'acl');
  if (sample === undefined) return;
  const behind = readConverterWords(reader, words, sample);
  if (behind < 0) return;
  const typed = behind === 1;
  const flags = readFlags(reader, words, behind, sample, typed);
  if (flags === undefined) return;
  const { method } = flags;
  const untyped = sample.output === 'any' || sample.output === 'binary' || sample.fetch === 'meth';
  if (method === undefined && typed && untyped) {
    const message = say('"{0}" needs to know how to compare: add -m str, for example', sample.fetch);
    reader.report('bad-condition', criterion, message);
    return;
  }
  if (criterion.text.includes('lua.')) return;
  const kind = method ?? (typed ? methodOf(sample.output) : undefined);
  const isNumber = kind === 'int' || kind === 'len';
  const fault = patternFaults[kind ?? ''];
  for (let next = flags.end; next < words.length; next++) {
    const pattern = words[next];
    reader.expect(pattern, isNumber ? comparison : expected.pattern);
    if (pattern === undefined || pattern.open) continue;
    const found = fault?.(pattern.text, sample, flags.noNames);
    if (found === undefined) continue;
    const { message, ...more } = found;
    reader.report('bad-condition', pattern, message, more);
    // One wrong number is enough.
    if (isNumber) return;
  }
}

/**
 * Reads converters that stand behind a criterion as words of their own, and answers the index behind them or -1 after a
 * problem. A pattern that is called like a converter is read as one.
 */
function readConverterWords(reader: Reader, words: readonly Word[], sample: Sample): number {
  let next = 1;
  for (; next < words.length && !ownMatch.has(sample.fetch) && sample.match === undefined; next++) {
    const word = words[next];
    const converter = converterOf(/^[\w.-]*/.exec(word?.text ?? '')?.[0] ?? '');
    if (word === undefined || converter === undefined || !existsIn(converter, reader.release)) break;
    if (word.text === converter.name && converter.leastArguments > 0 && !takesEmptyText.has(converter.name)) {
      reader.report(
        'bad-condition',
        word,
        say('"{0}" is read as a converter here, and lacks its arguments: write -m str in front of it', word.text),
      );
      return -1;
    }
  }
  return next;
}

/** What the flags of an ACL say of how it compares. */
interface Flags {
  readonly method: string | undefined;
  /** `-n`: no pattern is the name of a host. */
  readonly noNames: boolean;
  /** The index behind them. */
  readonly end: number;
}

/** Reads the flags from `from` on; undefined after a problem, and where nobody can know how it is compared. */
function readFlags(
  reader: Reader,
  words: readonly Word[],
  from: number,
  sample: Sample,
  typed: boolean,
): Flags | undefined {
  // Behind a converter the name of the ACL says nothing of the match any more.
  let method = sample.converted ? undefined : sample.match;
  let noNames = false;
  for (let next = from; ; next++) {
    const flag = words[next];
    if (next < words.length) reader.expect(flag, expected.flag);
    // It may say how to compare.
    if (flag?.open === true) return undefined;
    if (flag === undefined || !flag.text.startsWith('-')) return { method, noNames, end: next };
    if (flag.text === '--') return { method, noNames, end: next + 1 };
    if (flag.text === '-i' || flag.text === '-M') continue;
    if (flag.text === '-n') {
      noNames = true;
      continue;
    }
    if (flag.text !== '-f' && flag.text !== '-u' && flag.text !== '-m') {
      const message = say('"{0}" is not a flag; write -- in front of patterns that begin with "-"', flag.text);
      reader.report('bad-condition', flag, message);
      return undefined;
    }
    const value = words[++next];
    reader.expect(value, valueOfFlag[flag.text] ?? expected.pattern);
    if (value === undefined) {
      reader.report('missing-argument', flag, say('a value is missing behind "{0}"', flag.text));
      return undefined;
    }
    if (flag.text === '-u') {
      if (!/^\d+$/.test(value.text)) reader.report('bad-value', value, say('"{0}" is not a number', value.text));
    } else if (flag.text === '-m' && !value.open) {
      const fault = methodFault(value.text, sample, typed, reader.release);
      if (fault !== undefined) {
        reader.report('bad-condition', value, fault);
        return undefined;
      }
      method = value.text;
    }
  }
}

/** Why a sample cannot be compared by a method. */
function methodFault(method: string, sample: Sample, typed: boolean, release: Release): Message | undefined {
  if (!methods.has(method)) return say('"{0}" is not a match method: {1}', method, [...methods].join(', '));
  if (method === 'found' || !typed || canBecome(sample.output, comparedAs[method] ?? 'string', release))
    return undefined;
  return say('"{0}" cannot be compared with "-m {1}": it is {2}', sample.fetch, method, sample.output);
}

/** What is wrong with a pattern. */
interface PatternFault {
  readonly message: Message;
  readonly severity?: 'warning';
}

type PatternCheck = (text: string, sample: Sample, noNames: boolean) => PatternFault | undefined;

function numberFault(text: string, sample: Sample): PatternFault | undefined {
  if (operators.has(text)) return undefined;
  const form = sample.fetch.endsWith('ssl_ver') ? versionPattern : numberPattern;
  if (!form.test(text))
    return { message: say('"{0}" is not a number or a range such as 1:10; eq, ge, gt, le and lt compare', text) };
  const [, low = '', high = ''] = /^([\d.]+)[:-](-?[\d.]+)$/.exec(text) ?? [];
  return low !== '' && Number(low) > Number(high)
    ? { message: say('"{0}" is empty: the lower number comes first', text) }
    : undefined;
}

function addressFaultOf(text: string, _sample: Sample, noNames: boolean): PatternFault | undefined {
  const message = networkFault(text);
  if (message !== undefined) return { message };
  if (operators.has(text))
    return { message: say('"{0}" compares numbers; addresses are listed', text), severity: 'warning' };
  return noNames && ipFamily(text.replace(/\/.*$/, '')) === undefined
    ? { message: say('"{0}" is not an address, and -n forbids names', text) }
    : undefined;
}

/** What patterns have to be, by the method that compares them; text may be anything. */
const patternFaults: Readonly<Record<string, PatternCheck>> = {
  int: numberFault,
  len: numberFault,
  ip: addressFaultOf,
  reg: (text) => {
    const message = regexFault(text);
    return message === undefined ? undefined : { message };
  },
  bin: (text) =>
    /^(?:[0-9a-fA-F]{2})*$/.test(text)
      ? undefined
      : { message: say('"{0}" is not an even number of hexadecimal digits', text) },
};

/** What each match method compares; the others compare text. */
const comparedAs: Readonly<Record<string, SampleType>> = { bool: 'int', int: 'int', ip: 'addr', bin: 'binary' };

function methodOf(output: string): string | undefined {
  switch (output) {
    case 'int':
      return 'int';
    case 'addr':
    case 'ipv4':
    case 'ipv6':
      return 'ip';
    default:
      return undefined;
  }
}

export const startsCondition = (word: Word | undefined): boolean => word?.text === 'if' || word?.text === 'unless';
