import { ipFamily } from '../../base/address';
import { say } from '../../base/message';
import { converterOf, existsIn, type SampleType } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { argumentNode } from './grammar';
import type { Reader } from './reader';
import { readSample, takesEmptyText } from './sample';
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
  // Converters may stand as words of their own, and a pattern that is called like one is read as one.
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
      return;
    }
  }
  const typed = next === 1;
  // Behind a converter the name of the ACL says nothing of the match any more.
  let method = sample.converted ? undefined : sample.match;
  let noNames = false;
  for (; next < words.length; next++) {
    const flag = words[next];
    reader.expect(flag, expected.flag);
    // It may say how to compare.
    if (flag?.open === true) return;
    if (flag === undefined || !flag.text.startsWith('-') || flag.open) break;
    if (flag.text === '--') {
      next++;
      break;
    }
    if (flag.text === '-i' || flag.text === '-M') continue;
    if (flag.text === '-n') {
      noNames = true;
      continue;
    }
    if (flag.text === '-f' || flag.text === '-u' || flag.text === '-m') {
      const value = words[++next];
      reader.expect(value, valueOfFlag[flag.text] ?? expected.pattern);
      if (value === undefined) {
        reader.report('missing-argument', flag, say('a value is missing behind "{0}"', flag.text));
        return;
      }
      if (flag.text === '-u') {
        if (!/^\d+$/.test(value.text)) reader.report('bad-value', value, say('"{0}" is not a number', value.text));
      } else if (flag.text === '-m' && !value.open) {
        if (!methods.has(value.text)) {
          reader.report(
            'bad-condition',
            value,
            say('"{0}" is not a match method: {1}', value.text, [...methods].join(', ')),
          );
          return;
        }
        method = value.text;
        const compared = comparedAs[method] ?? 'string';
        if (method !== 'found' && typed && !canBecome(sample.output, compared, reader.release)) {
          reader.report(
            'bad-condition',
            value,
            say('"{0}" cannot be compared with "-m {1}": it is {2}', sample.fetch, method, sample.output),
          );
          return;
        }
      }
      continue;
    }
    reader.report(
      'bad-condition',
      flag,
      say('"{0}" is not a flag; write -- in front of patterns that begin with "-"', flag.text),
    );
    return;
  }
  const untyped = sample.output === 'any' || sample.output === 'binary' || sample.fetch === 'meth';
  if (method === undefined && typed && untyped) {
    reader.report(
      'bad-condition',
      criterion,
      say('"{0}" needs to know how to compare: add -m str, for example', sample.fetch),
    );
    return;
  }
  const kind = method ?? (typed ? methodOf(sample.output) : undefined);
  if (criterion.text.includes('lua.')) return;
  if (sample.fetch === 'req.ver' || sample.fetch === 'res.ver') return;
  for (; next < words.length; next++) {
    const pattern = words[next];
    reader.expect(pattern, kind === 'int' || kind === 'len' ? comparison : expected.pattern);
    if (pattern === undefined || pattern.open) continue;
    if (kind === 'int' || kind === 'len') {
      if (operators.has(pattern.text)) continue;
      const form = sample.fetch.endsWith('ssl_ver') ? versionPattern : numberPattern;
      if (!form.test(pattern.text)) {
        reader.report(
          'bad-condition',
          pattern,
          say('"{0}" is not a number or a range such as 1:10; eq, ge, gt, le and lt compare', pattern.text),
        );
        return;
      }
      const [, low = '', high = ''] = /^([\d.]+)[:-](-?[\d.]+)$/.exec(pattern.text) ?? [];
      if (low !== '' && Number(low) > Number(high)) {
        reader.report('bad-condition', pattern, say('"{0}" is empty: the lower number comes first', pattern.text));
        return;
      }
    } else if (kind === 'ip') {
      const fault = networkFault(pattern.text);
      if (fault !== undefined) reader.report('bad-condition', pattern, fault);
      else if (operators.has(pattern.text))
        reader.report('bad-condition', pattern, say('"{0}" compares numbers; addresses are listed', pattern.text), {
          severity: 'warning',
        });
      else if (noNames && ipFamily(pattern.text.replace(/\/.*$/, '')) === undefined)
        reader.report('bad-condition', pattern, say('"{0}" is not an address, and -n forbids names', pattern.text));
    } else if (kind === 'reg') {
      const fault = regexFault(pattern.text);
      if (fault !== undefined) reader.report('bad-condition', pattern, fault);
    } else if (kind === 'bin') {
      if (!/^(?:[0-9a-fA-F]{2})*$/.test(pattern.text))
        reader.report('bad-condition', pattern, say('"{0}" is not an even number of hexadecimal digits', pattern.text));
    }
  }
}

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
