import { parseCidr, parseIp } from '../../base/address';
import { type Message, say } from '../../base/message';
import type { ArgumentSpec } from '../../catalog/keepalived/catalog';
import { unknownText } from '../../syntax/keepalived/definitions';

const truths: readonly string[] = ['true', 'on', 'yes', 'false', 'off', 'no'];

/** Why `text` is no value for `spec`; undefined if it is one, or if only the machine can tell (grammar.md, section 10). */
export function wrongValue(spec: ArgumentSpec, text: string): Message | undefined {
  if (text.includes(unknownText)) return undefined;
  switch (spec.type) {
    case 'int':
      return wrongInteger(spec, text);
    case 'float':
      return wrongDecimal(spec, text);
    case 'bool':
      return truths.includes(text)
        ? undefined
        : say('"{0}" is neither on nor off; use one of true, on, yes, false, off, no', text);
    case 'enum':
      return wrongWord(spec, text);
    case 'ip':
      return wrongAddress(spec, text);
    case 'interface':
      return text.length > 15 ? say('the interface name "{0}" is longer than 15 characters', text) : undefined;
    case 'mac':
      return /^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){4,5}$/.test(text) || isInterfaceName(text)
        ? undefined
        : say('"{0}" is not a MAC address such as 02:00:5e:00:01:33', text);
    case 'int-range-list':
      return /^\d+(-\d+)?$/.test(text) && text.split('-').every((each) => inRange(spec, Number(each)))
        ? undefined
        : say('"{0}" is not a number or range between {1} and {2}', text, spec.min ?? 0, spec.max ?? 0);
    case 'string':
      if (spec.maxLength !== undefined && spec.maxLength > 8 && text.length > spec.maxLength) {
        return say('"{0}" is longer than {1} characters', text, spec.maxLength);
      }
      return undefined;
    default:
      return undefined;
  }
}

/** Why `text` is no `address[/prefix]` for a list of addresses. */
export function wrongNetwork(text: string): Message | undefined {
  if (text.includes(unknownText)) return undefined;
  const slash = text.indexOf('/');
  if (slash < 0) return parseIp(text) === undefined ? say('"{0}" is not an IP address', text) : undefined;
  const address = parseIp(text.slice(0, slash));
  if (address === undefined) return say('"{0}" is not an IP address', text.slice(0, slash));
  if (parseCidr(text) !== undefined) return undefined;
  return say('"{0}" is not a prefix length between 0 and {1}', text.slice(slash + 1), address.family === 4 ? 32 : 128);
}

function wrongInteger(spec: ArgumentSpec, text: string): Message | undefined {
  if (!/^\s*[+-]?\d+$/.test(text)) return say('"{0}" is not a whole number', text);
  return inRange(spec, Number(text)) ? undefined : outside(spec, text);
}

function wrongDecimal(spec: ArgumentSpec, text: string): Message | undefined {
  const found = /^\s*[+-]?(?:\d+(?:\.(\d*))?|\.(\d+))$/.exec(text);
  if (found === null) return say('"{0}" is not a number', text);
  if (!inRange(spec, Number(text))) return outside(spec, text);
  const places = (found[1] ?? found[2] ?? '').replace(/0+$/, '').length;
  if (spec.decimals !== undefined && places > spec.decimals) {
    return say('"{0}" has more than {1} decimal places; keepalived rounds it', text, spec.decimals);
  }
  return undefined;
}

function wrongWord(spec: ArgumentSpec, text: string): Message | undefined {
  if (spec.values === undefined) return undefined;
  const same = (each: string) =>
    spec.caseSensitive === false ? each.toLowerCase() === text.toLowerCase() : each === text;
  const bare = text.replace(/^[+-]/, '');
  if (spec.values.some(same) || spec.values.includes(bare)) return undefined;
  if (spec.orInt !== undefined && /^\d+$/.test(text))
    return inRange(spec.orInt, Number(text)) ? undefined : outside(spec.orInt, text);
  return say('"{0}" is none of {1}', text, spec.values.join(', '));
}

function wrongAddress(spec: ArgumentSpec, text: string): Message | undefined {
  const address = parseIp(text);
  if (address === undefined) return say('"{0}" is not an IP address', text);
  const family = String(spec.family ?? 'any').replace(/\D/g, '');
  if (family !== '' && Number(family) !== address.family) return say('"{0}" is not an IPv{1} address', text, family);
  return undefined;
}

function inRange(spec: { readonly min?: number; readonly max?: number }, value: number): boolean {
  return value >= (spec.min ?? Number.NEGATIVE_INFINITY) && value <= (spec.max ?? Number.POSITIVE_INFINITY);
}

function outside(spec: { readonly min?: number; readonly max?: number }, text: string): Message {
  if (spec.max === undefined) return say('{0} is less than {1}', text.trim(), spec.min ?? 0);
  return say('{0} is outside {1} … {2}', text.trim(), spec.min ?? 0, spec.max);
}

function isInterfaceName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9._-]{0,14}$/.test(text);
}
