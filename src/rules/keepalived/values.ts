import { ipFamily, parseIp } from '../../base/address';
import { type Message, say } from '../../base/message';
import { compareVersions, type Version } from '../../base/version';
import type { Argument } from '../../catalog/keepalived';
import { unknownText } from '../../syntax/keepalived/definitions';
import type { Word } from '../../syntax/keepalived/tree';

/** The release from which keepalived reads numbers with a fraction by itself and no longer with the C library's strtod. */
const ownDecimals: Version = [2, 2, 3];
/** What strtod reads besides decimal digits. */
const cDecimal = /^\s*[+-]?(?:0x[0-9a-f]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)$/i;
/** The release from which `vrrp_mcast_group4` must be multicast. */
const looksForMulticast: Version = [2, 2, 7];

/** Where all words are numbers the program compares what they are worth. */
function isOneOf(words: string, text: string): boolean {
  const plain = /^[\d|]+$/.test(words) ? text.replace(/^\s*\+?0*(?=\d)/, '') : text;
  return words.split('|').includes(plain);
}

const trueWords = ['true', 'on', 'yes'];
const falseWords = ['false', 'off', 'no'];

/**
 * What is wrong with `word` as a value of the type `argument`; undefined if nothing is, or if only the host knows. Older
 * releases take more.
 */
export function faultOf(argument: Argument, word: Word, version?: Version): Message | undefined {
  const { text } = word;
  if (text.includes(unknownText)) return unknownFault(argument.type, text);
  const { parameters } = argument;
  const first = parameters[0] ?? '';
  const second = parameters[1] ?? '';
  switch (argument.type) {
    case 'int':
      return integerFault(text, first, second);
    case 'float':
      if (isOlder(version, ownDecimals) && cDecimal.test(text)) return rangeFault(text, first, second);
      return decimalFault(text, first, second, Number(parameters[2] ?? ''));
    case 'bool':
      return trueWords.includes(text) || falseWords.includes(text)
        ? undefined
        : say('expected true, on, yes, false, off or no, not "{0}"', text);
    case 'enum':
      return isOneOf(first, text) ? undefined : say('expected {0}, not "{1}"', first.replaceAll('|', ', '), text);
    case 'ienum':
      return first.toLowerCase().split('|').includes(text.toLowerCase())
        ? undefined
        : say('expected {0}, not "{1}"', first.replaceAll('|', ', '), text);
    case 'ip':
      // keepalived drops a prefix length where it has no use for one.
      return ipFamily(text.includes('/') ? text.replace(/\/\d*$/, '') : text) === undefined
        ? say('"{0}" is not an IP address', text)
        : undefined;
    case 'multicast':
    case 'ipv4-multicast':
    case 'ipv6-multicast':
      return isMulticast(text, argument.type) ||
        (isOlder(version, looksForMulticast) && ipFamily(text.replace(/\/\d*$/, '')) !== undefined)
        ? undefined
        : say('"{0}" is not a multicast address of the right family', text);
    case 'interface':
      if (text === '') return say('an interface needs a name');
      return text.length > 15 ? say('"{0}" is longer than the 15 characters of an interface name', text) : undefined;
    case 'hex':
      if (first !== '' && text.length !== Number(first)) return say('expected {0} hexadecimal digits', first);
      return /^[0-9a-fA-F][0-9a-fA-F \t]*$/.test(text) ? undefined : say('"{0}" is not hexadecimal', text);
    case 'hexmask':
      return /^[0-9a-fA-FxX][0-9a-fA-FxX \t]*$/.test(text) ? undefined : say('"{0}" is not hexadecimal', text);
    case 'umask':
      return umaskFault(text);
    case 'int-range-list':
      return statusFault(text);
    case 'init':
      if (!/^[+-]?\d/.test(text))
        return text === 'overwrite' ? undefined : say('expected {0}, not "{1}"', 'overwrite', text);
      return integerFault(text, '-254', '254');
    case 'netmask-or-prefix':
      return netmaskFault(text);
    default:
      return undefined;
  }
}

/** Whatever stands for the unknown part, letters beside it make no number. */
function unknownFault(type: string, text: string): Message | undefined {
  if (type !== 'int' || !/[a-z]/i.test(text.replaceAll(unknownText, ''))) return undefined;
  return say('"{0}" is not a whole number', text.replaceAll(unknownText, '…'));
}

/** A number up to 0777, which is octal only behind a zero, or names of permission bits with `|` between them. */
export function umaskFault(text: string): Message | undefined {
  const isNumber = /^(?:0[0-7]*|[1-9]\d*|0x[0-9a-f]+)$/i.test(text);
  const value = /^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text);
  if (isNumber && value <= 0o777) return undefined;
  return /^(?:(?:I[RWX](?:USR|GRP|OTH)|IRWX[UGO])(?:\||$))+$/.test(text) && !text.endsWith('|')
    ? undefined
    : say('expected octal permission bits up to 0777, not "{0}"', text);
}

/** What inet_aton(3) reads for IPv4: one to four numbers. A prefix length for IPv6, which may have a plus sign, is among them. */
function netmaskFault(text: string): Message | undefined {
  const parts = text.replace(/^\s*\+(?=\d+$)/, '').split('.');
  const isMask =
    parts.length <= 4 &&
    parts.every((each) => /^(?:0x[0-9a-f]+|\d+)$/i.test(each)) &&
    (parts.length === 1 ? Number(parts[0]) < 2 ** 32 : parts.every((each) => Number(each) < 256));
  return isMask ? undefined : say('"{0}" is not a netmask or prefix length', text);
}

/** Status codes of HTTP: one, or the first and last of several. */
function statusFault(text: string): Message | undefined {
  const [, first, last = first] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
  return first !== undefined && Number(first) <= Number(last)
    ? undefined
    : say('expected status codes from 100 to 599, not "{0}"', text);
}

/** Whether a release is known and before another one. A release given in part (2.2) stands for its newest patch. */
export function isOlder(version: Version | undefined, than: Version): boolean {
  return version !== undefined && compareVersions(version, than.slice(0, version.length)) < 0;
}

/** keepalived reads decimal digits with an optional sign, lets blanks stand before them, and takes nothing for a zero. */
export function integerFault(text: string, min: string, max: string): Message | undefined {
  if (text === '') return rangeFault('0', min, max);
  if (!/^\s*[+-]?\d+$/.test(text)) return say('"{0}" is not a whole number', text);
  return rangeFault(text, min, max);
}

function decimalFault(text: string, min: string, max: string, places: number): Message | undefined {
  if (text === '') return rangeFault('0', min, max);
  if (!/^\s*\+?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text)) return say('"{0}" is not a number', text);
  const decimals = text.split('.')[1]?.length ?? 0;
  if (decimals > places) return say('"{0}" has more than {1} decimal places', text, places);
  return rangeFault(text, min, max);
}

function rangeFault(text: string, min: string, max: string): Message | undefined {
  const value = Number(text.replace(/^\s*\+/, ''));
  // A minus sign is refused where nothing negative may stand, even before a zero.
  if (value === 0 && min === '0' && text.includes('-')) return say('{0} is below the smallest value, {1}', text, min);
  if (min !== '' && value < Number(min)) return say('{0} is below the smallest value, {1}', text.trim(), min);
  return max !== '' && value > Number(max) ? say('{0} is above the largest value, {1}', text.trim(), max) : undefined;
}

function isMulticast(text: string, type: string): boolean {
  const ip = parseIp(text.replace(/\/\d*$/, ''));
  if (ip === undefined) return false;
  if (ip.family === 4) return type !== 'ipv6-multicast' && ip.value >> 28n === 14n;
  return type !== 'ipv4-multicast' && ip.value >> 120n === 0xffn;
}
