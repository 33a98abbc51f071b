import { ipFamily, parseIp } from '../../base/address';
import { type Message, say } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';

const timeUnits: ReadonlyMap<string, number> = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** The program keeps times in a signed 32-bit number of milliseconds. */
export const longestMs = 2_147_483_647;

/** Milliseconds of a time such as `30s`; a number alone is taken in `unit`. Undefined if it is not a time. */
export function readTime(text: string, unit = 'ms'): number | undefined {
  let digits = 0;
  while (digits < text.length && isDigit(text.charCodeAt(digits))) digits++;
  if (digits === 0) return undefined;
  const factor = timeUnits.get(digits === text.length ? unit : text.slice(digits));
  return factor === undefined ? undefined : Number(text.slice(0, digits)) * factor;
}

/** Why `text` is not a time, or undefined if it is one. */
export function timeFault(text: string, unit = 'ms', longest = longestMs): Message | undefined {
  const value = readTime(text, unit);
  if (value === undefined)
    return say('"{0}" is not a time: a whole number is expected, and behind it us, ms, s, m, h or d', text);
  if (value <= longest) return undefined;
  return longest === longestMs
    ? say('"{0}" is too long: the longest time is about 24 days', text)
    : say('"{0}" is too long: the longest time is about 68 years', text);
}

/** Whether the program reads the beginning of `text` as a time and silently leaves out the rest, as in `10sec`. */
export function isReadInPart(text: string): boolean {
  return readTime(text) === undefined && /^\d+(?:us|ms|s|m|h|d)/.test(text);
}

/** Why `text` is not a size such as `16k`, or undefined if it is one. */
export function sizeFault(text: string): Message | undefined {
  if (/^\d+[kmgKMG]?$/.test(text))
    return readSize(text) <= largestSize ? undefined : say('"{0}" is too large: less than 4 GB is possible', text);
  return say('"{0}" is not a size: a whole number is expected, and behind it k, m or g', text);
}

/** The program keeps sizes in an unsigned 32-bit number. */
const largestSize = 4_294_967_295;

const sizeUnits: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes of a size such as `16k`. */
export function readSize(text: string): number {
  return Number.parseInt(text, 10) * (sizeUnits[text.slice(-1).toLowerCase()] ?? 1);
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

/** The value of at most five digits, or -1. */
function plainNumber(text: string): number {
  let value = 0;
  if (text.length === 0 || text.length > 5) return -1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (!isDigit(unit)) return -1;
    value = value * 10 + unit - 48;
  }
  return value;
}

/** The parts of an address as the program takes them apart (str2sa_range in its tools.c). */
export interface Address {
  /** `unix@`, `ipv4@` and so on, with the sign; empty if there is none. */
  readonly prefix: string;
  readonly isPath: boolean;
  readonly host: string;
  /** Undefined without a colon. */
  readonly port: string | undefined;
}

const pathPrefixes: ReadonlySet<string> = new Set([
  'unix@',
  'uxst@',
  'uxdg@',
  'abns@',
  'abnsz@',
  'fd@',
  'sockpair@',
  'rev@',
  'rhttp@',
]);

const addressPrefix =
  /^(?:(?:stream|dgram|quic)\+(?=[^@]*$)|(?:(?:stream|dgram|quic)\+)?(?:ipv4|ipv6|unix|uxst|uxdg|abnsz?|fd|sockpair|rhttp|udp[46]?|tcp[46]?|quic[46]?|mptcp[46]?)@)/;

export function readAddress(text: string): Address {
  // Most addresses have no prefix, and the signs that one ends with tell so.
  const plain = !text.includes('@') && !text.includes('+');
  const prefix = plain ? '' : (addressPrefix.exec(text)?.[0] ?? '');
  const rest = plain ? text : text.slice(prefix.length);
  const bare = plain ? '' : prefix.replace(/^(?:stream|dgram|quic)\+/, '');
  if (pathPrefixes.has(bare) || rest.startsWith('/')) return { prefix, isPath: true, host: rest, port: undefined };
  if (rest.startsWith('[')) {
    const close = rest.indexOf(']');
    if (close > 0) {
      const host = rest.slice(1, close);
      return { prefix, isPath: false, host, port: rest[close + 1] === ':' ? rest.slice(close + 2) : undefined };
    }
  }
  const colon = rest.lastIndexOf(':');
  if (colon < 0) return { prefix, isPath: false, host: rest, port: undefined };
  return { prefix, isPath: false, host: rest.slice(0, colon), port: rest.slice(colon + 1) };
}

/** The port of an address, where it is a number; asked of every server, so it makes no parts that nobody wants. */
export function readPort(text: string): number | undefined {
  const first = text.charCodeAt(0);
  let port: string | undefined;
  if (first === 47 || first === 91 || text.includes('@') || text.includes('+')) port = readAddress(text).port;
  else {
    const colon = text.lastIndexOf(':');
    port = colon < 0 ? undefined : text.slice(colon + 1);
  }
  return port === undefined ? undefined : Number(port);
}

/** Why a host cannot be an address nor a name that resolves; undefined if it may be one. */
function hostFault(host: string): Message | undefined {
  if (host === '' || host === '*' || ipFamily(host) === 4) return undefined;
  if (host.includes(':')) {
    return parseIp(host.replace(/%[\s\S]*$/, '')) === undefined ? say('"{0}" is not an IPv6 address', host) : undefined;
  }
  if (/^[\d.]+$/.test(host) && !isLooseIpv4(host)) return say('"{0}" is not an IPv4 address', host);
  const labels = host.split('.');
  const digits = labels.filter((each) => /^\d+$/.test(each)).length;
  // Three octets and a last part that no top-level domain looks like: an address with a slip, not a name.
  if (labels.length === 4 && digits === 3 && /^.$|\d/.test(labels.find((each) => !/^\d+$/.test(each)) ?? ''))
    return say('"{0}" is not an IPv4 address', host);
  return /[^\w.-]/.test(host) ? say('"{0}" is neither an address nor a host name', host) : undefined;
}

/** Why `text` is not an address or name with nothing around it: `agent-addr` takes neither a port nor a path. */
export function bareHostFault(text: string): Message | undefined {
  if (text === '*' || parseIp(text) !== undefined) return undefined;
  const inBrackets = /^\[(.*)\]$/.exec(text)?.[1];
  if (inBrackets !== undefined) return hostFault(inBrackets);
  const port = /^(?:[^:]+|\[.*\]):([^:]*)$/.exec(text)?.[1];
  if (port !== undefined) return say('an address without a port is expected, not "{0}"', text);
  return hostFault(text);
}

/** IPv4 as the resolver of the system reads it, with parts left out: `10.1` is 10.0.0.1. */
function isLooseIpv4(text: string): boolean {
  const parts = text.split('.');
  if (parts.length > 4 || parts.some((each) => each === '')) return false;
  const last = Number(parts.pop());
  return parts.every((each) => Number(each) <= 255) && last < 256 ** (4 - parts.length);
}

interface PortNeeds {
  /** Whether an address without port is refused. */
  readonly required: boolean;
  readonly range: boolean;
  /** `+n` and `-n` count from the port of the connection. */
  readonly offset: boolean;
  /** Whether port 0 is refused. */
  readonly nonZero: boolean;
}

/** From here on letters behind the digits of a port are refused; before, they were passed over. */
const portsStrict: Release = 209;

/** Why `text` cannot be an address here, or undefined. */
export function addressFault(text: string, needs: PortNeeds, release: Release): Message | undefined {
  const { isPath, host, port } = readAddress(text);
  if (isPath) return undefined;
  if (port === undefined || port === '') {
    if (needs.required) return say('a port is missing behind "{0}": write address:port', text);
    return hostFault(host);
  }
  return portFault(port, needs, release) ?? hostFault(host);
}

/** Why `port` is not one. */
export function portFault(port: string, needs: PortNeeds, release: Release): Message | undefined {
  const plain = plainNumber(port);
  if (plain > 0 && plain <= 65535) return undefined;
  if (release >= portsStrict && /\d/.test(port) && !/^(?:\d+(?:-\d+)?|[+-]\d*)$/.test(port))
    return say('"{0}" is not a port: a number from 1 to 65535 is expected', port);
  // Behind a sign the program reads as many digits as there are, and silently takes none for zero.
  if (needs.offset && /^[+-]/.test(port)) return Number.parseInt(port, 10) > 65535 ? tooHigh(port) : undefined;
  const range = /^(\d+)-(\d*)/.exec(port);
  if (range !== null) {
    if (!needs.range) return say('a port range is not possible here: "{0}"', port);
    const [low, high] = [Number(range[1]), Number(range[2])];
    if (high > 65535) return tooHigh(port);
    return low > high || (low === 0 && needs.nonZero)
      ? say('"{0}" is not a range of ports: the lower one comes first', port)
      : undefined;
  }
  if (!/^\d/.test(port)) return say('"{0}" is not a port: a number from 1 to 65535 is expected', port);
  if (Number.parseInt(port, 10) > 65535) return tooHigh(port);
  return needs.nonZero && Number(port) === 0 ? say('port 0 cannot be used here') : undefined;
}

const tooHigh = (port: string): Message => say('port "{0}" is above 65535', port);

/** Why `text` is not a sample of logs such as `1,3-4:8`: which of each eight are kept. */
export function rangesFault(text: string): Message | undefined {
  const shape = /^(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*):(\d+)$/.exec(text);
  if (shape === null)
    return say('"{0}" is not a sample: ranges, a colon and a size are expected, such as 1,3-4:8', text);
  const ranges = (shape[1] ?? '').split(',').map((each) => each.split('-').map(Number));
  let reached = 0;
  for (const [low = 0, high = low] of ranges.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))) {
    if (low === 0 || high < low) return say('"{0}" is not a sample: its ranges begin at 1 and grow', text);
    if (low <= reached) return say('the ranges of "{0}" overlap', text);
    reached = high;
  }
  return Number(shape[2]) < reached ? say('"{0}" is not a sample: {1} is above its size', text, reached) : undefined;
}

/** Why a pattern of an address match is not an address or network; host names pass. */
export function networkFault(text: string): Message | undefined {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const mask = slash < 0 ? undefined : text.slice(slash + 1);
  if (mask !== undefined) {
    const longest = host.includes(':') ? 128 : 32;
    const dotted = !host.includes(':') && mask.includes('.') && parseIp(mask) !== undefined;
    if (!dotted && !(/^\d+$/.test(mask) && Number(mask) <= longest))
      return say('"{0}" is not a network: the mask is a number up to {1}', text, longest);
  }
  return hostFault(host);
}

/**
 * Why a regular expression cannot be compiled. Only what every dialect refuses is said: groups and classes left open,
 * and a repetition of nothing.
 */
export function regexFault(text: string): Message | undefined {
  let depth = 0;
  let repeatable = false;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '\\':
        if (i + 1 === text.length) return say('the expression "{0}" ends with a backslash', text);
        i++;
        repeatable = true;
        break;
      case '[': {
        let end = i + 1;
        if (text[end] === '^') end++;
        if (text[end] === ']') end++;
        while (end < text.length && text[end] !== ']') {
          if (text[end] === '\\') end++;
          else if (text[end] === '[' && text[end + 1] === ':') {
            const close = text.indexOf(':]', end + 2);
            if (close > 0) end = close + 1;
          }
          end++;
        }
        if (end >= text.length) return say('"[" is not closed in the expression "{0}"', text);
        i = end;
        repeatable = true;
        break;
      }
      case '(':
        depth++;
        repeatable = false;
        if (text[i + 1] === '?') i++;
        else if (text[i + 1] === '*') i++;
        break;
      case ')':
        if (--depth < 0) return say('")" closes nothing in the expression "{0}"', text);
        repeatable = true;
        break;
      case '|':
        repeatable = false;
        break;
      case '*':
      case '+':
      case '?':
        if (!repeatable) return say('"{0}" repeats nothing in the expression "{1}"', text[i] ?? '', text);
        if (text[i + 1] === '+' || text[i + 1] === '?') i++;
        break;
      case '{': {
        const counts = /^\{(\d+),(\d+)\}/.exec(text.slice(i));
        if (counts !== null && Number(counts[1]) > Number(counts[2]))
          return say('"{0}" repeats less often than it has to in the expression "{1}"', counts[0], text);
        repeatable = true;
        break;
      }
      case '^':
        repeatable = text[i + 1] === '*' || text[i + 1] === '+';
        break;
      default:
        repeatable = true;
    }
  }
  return depth > 0 ? say('"(" is not closed in the expression "{0}"', text) : undefined;
}
