import { ipFamily } from '../../../base/address';
import type { Finding } from '../../../base/finding';
import { type Message, say } from '../../../base/message';
import { listenWords, type NginxValue, notOfUdp, type StreamDirective } from '../../../catalog/nginx/stream';
import { isPlaceholder } from '../../../model/cluster/located';
import { secondsOf } from '../../../model/nginx/analyse-nginx';
import type { NginxDirective, NginxWord } from '../../../syntax/nginx/parse-nginx';
import { isAddress } from './addresses';
import { isOpen, words } from './names';

/** What nginx refuses of the words behind a directive whose number is right. */
export function* valueProblems(
  { name, args }: NginxDirective,
  row: StreamDirective,
  isInUpstream: boolean,
): Iterable<Finding> {
  const [word, second] = args;
  if (word === undefined) return;
  const wrong = wrongValue(row, name.text, word.text);
  if (wrong !== undefined) yield { span: word.span, message: wrong };
  else if (name.text === 'listen') yield* listenProblems(word, args.slice(1));
  else if (name.text === 'set' && !word.text.startsWith('$'))
    yield { span: word.span, message: say('a variable begins with "$": "${0}"', word.text) };
  else if (isInUpstream && name.text === 'zone') yield* zoneProblems(args);
  else if (name.text === 'resolver') yield* resolverProblems(name, args);
  else if (ofAddresses.has(name.text)) yield* addressRangeProblems(name.text, word);
  if (name.text === 'hash' && second !== undefined && second.text !== 'consistent' && !isOpen(second.text))
    yield { span: second.span, message: say('behind the key of "hash" only "consistent" may stand') };
}

const valueForms: Readonly<Record<Exclude<NginxValue, 'time' | 'seconds'>, RegExp>> = {
  switch: /^(?:on|off)$/i,
  number: /^\d+$/,
  size: /^\d+[kKmM]?$/,
};

/** What is wrong with the one word of a directive. */
function wrongValue({ takes }: StreamDirective, name: string, text: string): Message | undefined {
  if (takes === undefined || isOpen(text)) return undefined;
  if (takes === 'time' || takes === 'seconds') {
    // A month and a year are too long for what is counted in milliseconds.
    const isBad = takes === 'time' ? /[My]/.test(text) : text.endsWith('ms');
    const isTime = secondsOf(text.replaceAll(' ', '')) !== undefined && !isBad;
    return isTime ? undefined : say('"{0}" takes a time such as 10s, 5m or 1h', name);
  }
  if (valueForms[takes].test(text)) return undefined;
  if (takes === 'switch') return say('"{0}" takes on or off', name);
  return takes === 'number'
    ? say('"{0}" takes a number', name)
    : say('"{0}" takes a size such as 512, 16k or 1m', name);
}

/** Eight pages of memory, of 4 KB each (src/core/ngx_stream_upstream_zone_module.c). */
const leastZone = 32;

/** What nginx refuses of the size of a zone; `zonesWithoutSize` tells of those that have none. */
function* zoneProblems([, size]: readonly NginxWord[]): Iterable<Finding> {
  if (size === undefined || isOpen(size.text)) return;
  const { span, text } = size;
  const [, amount, unit = ''] = /^(\d+)([kKmM]?)$/.exec(text) ?? [];
  if (amount === undefined) yield { span, message: say('"{0}" takes a size such as 512, 16k or 1m', 'zone') };
  else if (Number(amount) * (unit === '' ? 1 / 1024 : /k/i.test(unit) ? 1 : 1024) < leastZone)
    yield { span, message: say('a zone has at least {0}', `${leastZone}k`) };
}

/** What nginx refuses of the servers of DNS and of the words behind them; names are looked up when it starts. */
function* resolverProblems(name: NginxWord, args: readonly NginxWord[]): Iterable<Finding> {
  let servers = 0;
  for (const { text, span } of args) {
    if (isOpen(text) || isPlaceholder(text)) {
      servers++;
      continue;
    }
    const [, key, value = ''] = /^(valid|ipv[46]|status_zone)=(.*)$/.exec(text) ?? [];
    if (key === undefined) servers++;
    if (key === 'valid' && (value.endsWith('ms') || secondsOf(value) === undefined))
      yield { span, message: say('"{0}" takes a time such as 10s, 5m or 1h', 'valid') };
    else if (key?.startsWith('ipv') === true && !/^(?:on|off)$/.test(value))
      yield { span, message: say('"{0}" takes on or off', key) };
    else if (key === undefined && !text.startsWith('unix:') && !isDnsServer(text))
      yield { span, message: say('"{0}" is no server of DNS: an address, in brackets if it is IPv6', text) };
  }
  if (servers === 0) yield { span: name.span, message: say('"{0}" names no server of DNS', name.text) };
}

function isDnsServer(text: string): boolean {
  const port = /:(\d*)$/.exec(text.replace(/^\[[^\]]*\]/, ''))?.[1];
  return isAddress(text) && !text.includes('=') && (port === undefined || (Number(port) >= 1 && Number(port) <= 65535));
}

/** Directives whose word is an address or a network. */
const ofAddresses = words('allow deny set_real_ip_from');

/** What nginx refuses of an address or a network; only `set_real_ip_from` looks names up. */
function* addressRangeProblems(name: string, { text, span }: NginxWord): Iterable<Finding> {
  if (isOpen(text) || isPlaceholder(text) || text === 'unix:') return;
  const takesNames = name === 'set_real_ip_from';
  if (!takesNames && text === 'all') return;
  const [host = '', prefix, ...more] = text.split('/');
  const isIpv4 = /^(?:\d+\.){3}\d+$/.test(host) && host.split('.').every((part) => Number(part) < 256);
  const longest = isIpv4 ? 32 : ipFamily(host) === 6 ? 128 : undefined;
  const fits = longest !== undefined && (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= longest));
  if (fits && more.length === 0) return;
  if (takesNames && prefix === undefined && !/^(?:\d+\.){3}\d+$|[:[\],*]/.test(host)) return;
  yield {
    span,
    message: takesNames
      ? say('"{0}" takes an address or a network such as 10.0.0.0/8, and "{1}" is none', name, text)
      : say('"{0}" takes an address, a network such as 10.0.0.0/8, or all, and "{1}" is none', name, text),
  };
}

/** What nginx refuses of an address to listen at and of the words behind it. */
function* listenProblems(word: NginxWord, parameters: readonly NginxWord[]): Iterable<Finding> {
  const { text, span } = word;
  if (!isOpen(text) && !text.startsWith('unix:')) {
    const [, host, port, last] = /^(?:([^:]*|\[[^\]]*\]):)?(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    if (port !== undefined && [port, last ?? port].some((each) => Number(each) < 1 || Number(each) > 65535))
      yield { span, message: say('the port of "{0}" is none from 1 to 65535', text) };
    else if (host === '' || /\//.test(text) || Number(last ?? port) < Number(port))
      yield { span, message: say('"listen" takes no address like "{0}"', text) };
  }
  const isUdp = parameters.some((each) => each.text === 'udp');
  for (const { text: written, span: place } of parameters) {
    if (isOpen(written)) continue;
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/.exec(written) ?? [];
    const form = listenWords.get(key);
    if (!listenWords.has(key) || (form === undefined) !== (value === undefined))
      yield { span: place, message: say('"listen" of stream knows no word "{0}"', written) };
    else if (form?.test(value ?? '') === false)
      yield { span: place, message: say('"{0}" of "listen" does not take "{1}"', key, value ?? '') };
    else if (isUdp && notOfUdp.has(key) && written !== 'so_keepalive=off')
      yield { span: place, message: say('"{0}" does not go with udp', key) };
  }
}
