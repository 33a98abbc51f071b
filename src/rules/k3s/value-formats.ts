import { parseIp } from '../../base/address';
import { parseGoCidr } from '../../base/go-address';
import { parseGoBool } from '../../base/go-bool';
import { parseGoDuration } from '../../base/go-duration';
import { type Message, say } from '../../base/message';
import type { K3sKey } from '../../catalog/k3s/catalog';
import type { K3sValue } from '../../model/k3s/analysis';

/** Go's `strconv.ParseInt(text, 0, 64)`: a zero in front makes it octal. */
const wholeNumber =
  /^[+-]?(?:0(?:_?[0-7])*|[1-9]\d*(?:_\d+)*|0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)$/;

/** Durations that must be longer than nothing (k3s-io/k3s pkg/cli/server/server.go). */
const positive: ReadonlySet<string> = new Set(['etcd-snapshot-reconcile-interval']);

/** Switches that stand for "the default" or "off" when they are 0. */
const zeroIsFine: ReadonlySet<string> = new Set(['supervisor-port', 'apiserver-port', 'advertise-port']);

/** Words outside which k3s ends at its start; other lists of words are open, or are read only when they are needed. */
const closedWords: ReadonlySet<string> = new Set(['flannel-backend']);

/** Why k3s does not start with a value, or undefined if it does. `isUsed` is false for settings of something that is off. */
export function whyRefused(key: K3sKey, value: K3sValue, isUsed = true): Message | undefined {
  return ofType(key, value.text, isUsed) ?? ofFormat(key, value.text) ?? blankBeside(key, value);
}

/** Addresses in a list of one text are read with the blanks beside them (k3s-io/k3s pkg/util/net.go). */
function blankBeside({ key, format, type }: K3sKey, { text, padded }: K3sValue): Message | undefined {
  if (padded !== true || type !== 'string-slice' || (format !== 'ip' && format !== 'cidr')) return undefined;
  return say('k3s does not take the blank beside "{0}" off, and does not start for "{1}"', text, key);
}

/** Whether an item that is an empty text ends k3s: it is read as an address or a network like any other. */
export function refusesEmpty({ type, format }: K3sKey): boolean {
  return type === 'string-slice' ? format === 'ip' || format === 'cidr' : type !== 'string';
}

function ofType({ type, key }: K3sKey, text: string, isUsed: boolean): Message | undefined {
  if (type === 'bool') {
    if (parseGoBool(text) !== undefined) return undefined;
    return say('"{0}" is neither true nor false, which "{1}" wants', text, key);
  }
  if (type === 'int') {
    if (wholeNumber.test(text)) return fitsGo(text) ? undefined : say('{0} is more than "{1}" can hold', text, key);
    return say('"{0}" is not a whole number, which "{1}" wants', text, key);
  }
  if (type === 'duration') {
    const length = parseGoDuration(text);
    if (length === undefined)
      return say('"{0}" is not a duration such as 30s, 5m or 1h30m, which "{1}" wants', text, key);
    if (length <= 0 && positive.has(key) && isUsed) return say('"{0}" must be longer than 0s', key);
  }
  return undefined;
}

function ofFormat({ key, format, values }: K3sKey, text: string): Message | undefined {
  // A text that is empty is no value: k3s takes its default.
  if (text === '') return undefined;
  if (closedWords.has(key) && values !== undefined && !values.includes(text))
    return say('"{0}" is none of the words that "{1}" knows: {2}', text, key, values.join(', '));
  switch (format) {
    case 'port': {
      const port = Number(text);
      if (port > 65535 || port < 0 || (port === 0 && !zeroIsFine.has(key)))
        return say('{0} is not a port; "{1}" wants a number from 1 to 65535', text, key);
      return undefined;
    }
    case 'cidr':
      return networkProblem(key, text);
    case 'ip':
      if (parseIp(text) !== undefined) return undefined;
      return say('"{0}" is not an IP address, which "{1}" wants', text, key);
    case 'port-range':
      return rangeProblem(key, text);
    default:
      return undefined;
  }
}

/** Whether a number is one of 64 bits, as Go's `int` is. */
function fitsGo(text: string): boolean {
  const digits = text.replaceAll('_', '').replace(/^[+-]/, '');
  const value = BigInt(digits.replace(/^0(?=\d)/, '0o'));
  return value < 1n << 63n || (text.startsWith('-') && value === 1n << 63n);
}

function networkProblem(key: string, text: string): Message | undefined {
  const cidr = parseGoCidr(text);
  if (cidr === undefined) return say('"{0}" is not a network such as 10.42.0.0/16, which "{1}" wants', text, key);
  const bits = cidr.address.family === 4 ? 32 : 128;
  if (key === 'service-cidr' && bits - cidr.prefix < 3)
    return say('{0} holds fewer than 8 addresses, and k3s wants at least 8 for services', text);
  return undefined;
}

/** `low-high`, `low+count` or one port (k8s.io/apimachinery pkg/util/net PortRange). */
function rangeProblem(key: string, text: string): Message | undefined {
  const found = /^\s*(\d+)(?:([-+])(\d+))?\s*$/.exec(text);
  if (found?.[1] === undefined)
    return say('"{0}" is not a range of ports such as 30000-32767, which "{1}" wants', text, key);
  const low = Number(found[1]);
  const second = Number(found[3] ?? found[1]);
  const high = found[2] === '+' ? low + second : second;
  if (low > 65535 || high > 65535) return say('"{0}" goes past 65535, the last port', text);
  if (high < low) return say('the range "{0}" ends before it begins', text);
  return undefined;
}
