import { ipFamily, parseIp } from '../../base/address';
import { say } from '../../base/message';
import type { Version } from '../../base/version';
import { unknownText } from '../../syntax/keepalived/definitions';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { conformance } from './conformance';
import { isByte } from './option-values';
import { checkRoute } from './routes';
import { checkRoutingRule } from './routing-rules';
import { integerFault, isOlder } from './values';

/** Checks one line of a list block. */
export function checkEntry(checker: Checker, block: string, entry: Statement): void {
  const first = entry.words[0];
  if (first === undefined) return;
  switch (block) {
    case 'virtual_ipaddress':
    case 'virtual_ipaddress_excluded':
    case 'static_ipaddress':
      address(checker, block, entry, first);
      break;
    case 'unicast_peer':
      checker.value('ip', [], first);
      peerOptions(checker, entry);
      break;
    case 'track_interface':
      tracker(checker, entry, ['reverse'], 253);
      break;
    case 'track_script':
      if (checker.reference(first, 'vrrp_script', true)) tracker(checker, entry, ['reverse', 'noreverse'], 253);
      break;
    case 'track_process':
      if (checker.reference(first, 'vrrp_track_process', true)) tracker(checker, entry, ['reverse', 'noreverse'], 254);
      break;
    case 'track_file':
      if (checker.reference(first, 'track_file', true)) tracker(checker, entry, ['reverse', 'noreverse'], 254);
      break;
    case 'track_bfd':
      if (checker.reference(first, 'bfd_instance', true)) tracker(checker, entry, ['reverse', 'noreverse'], 253);
      break;
    case 'group':
      for (const word of entry.words)
        checker.reference(word, 'vrrp_instance', false, entry.item.statement.keyword === 'track_group');
      break;
    case 'virtual_server_group':
      serverGroup(checker, entry, first);
      break;
    case 'interface_up_down_delays':
      for (const word of entry.words.slice(1, 3)) checker.value('float', ['0', '255', '6'], word);
      break;
    case 'virtual_routes':
    case 'static_routes':
      checkRoute(checker, block, entry);
      break;
    case 'virtual_rules':
    case 'static_rules':
      checkRoutingRule(checker, block, entry);
      break;
    case 'linkbeat_interfaces':
      linkbeat(checker, entry);
      break;
  }
}

/** The release from which a label that is too long is refused. */
const cutsLabels: Version = [2, 2, 3];
/** The release from which a virtual server group takes whole networks only. */
const wholeNetworks: Version = [2, 2, 0];

const flags = new Set(['home', '-nodad', 'mngtmpaddr', 'noprefixroute', 'autojoin', 'no_track', 'use_vmac']);
const scopes = new Set(['global', 'nowhere', 'host', 'link', 'site']);
const withValue = new Set(['dev', 'scope', 'brd', 'broadcast', 'label', 'peer', 'preferred_lft', 'track_group']);

function address(checker: Checker, block: string, entry: Statement, first: Word): void {
  if (first.text.includes(unknownText)) return;
  const slash = first.text.indexOf('/');
  const ip = slash < 0 ? first.text : first.text.slice(0, slash);
  const prefix = slash < 0 ? undefined : first.text.slice(slash + 1);
  const family = ipFamily(ip);
  const bad = (word: Word, message: Parameters<typeof checker.bad>[1]) =>
    checker.reporter.add(conformance.badAddress, { span: word.span, message });
  if (family === undefined) {
    bad(first, say('"{0}" is not an IP address; keepalived drops the line', first.text));
    return;
  }
  if (prefix === '')
    checker.reporter.add(conformance.badAddress, {
      span: first.span,
      severity: 'warning',
      message: say('no prefix length stands behind the slash of "{0}"', first.text),
    });
  else if (prefix !== undefined && integerFault(prefix, '0', family === 4 ? '32' : '128') !== undefined)
    bad(first, say('the prefix length of "{0}" is not from 0 to {1}', first.text, family === 4 ? 32 : 128));

  const seen = new Set<string>();
  for (let i = 1; i < entry.words.length; i++) {
    const word = entry.words[i];
    if (word === undefined || word.text.includes(unknownText)) continue;
    const ofOther = block === 'static_ipaddress' ? 'use_vmac' : 'track_group';
    if (flags.has(word.text) && word.text !== ofOther) continue;
    if (!withValue.has(word.text) || word.text === ofOther) {
      if (ipFamily(word.text.split('/')[0] ?? '') !== undefined)
        bad(word, say('a line holds one address; put "{0}" on a line of its own', word.text));
      else bad(word, say('"{0}" cannot stand behind an address; keepalived ignores it', word.text));
      continue;
    }
    const value = entry.words[++i];
    if (value === undefined) {
      bad(word, say('"{0}" behind an address lacks a value', word.text));
      break;
    }
    if (seen.has(word.text)) bad(word, say('"{0}" stands behind this address twice', word.text));
    seen.add(word.text);
    if (word.text === 'track_group') checker.reference(value, 'track_group', true);
    option(word, value, family, bad, prefix, checker.version);
  }
}

function option(
  word: Word,
  value: Word,
  family: 4 | 6,
  bad: (word: Word, message: ReturnType<typeof say>) => void,
  prefix: string | undefined,
  version: Version | undefined,
): void {
  const { text } = value;
  if (word.text === 'label') {
    if (family === 6) bad(word, say('an IPv6 address has no label'));
    else if (text.length > 15 && !isOlder(version, cutsLabels))
      bad(value, say('the label "{0}" of this address is longer than 15 characters', text));
  } else if (word.text === 'scope') {
    if (family === 6 && text !== 'global') bad(word, say('an IPv6 address has no scope of its own choice'));
    else if (!scopes.has(text) && !isByte(text)) bad(value, say('"{0}" is not a scope of addresses', text));
  } else if (word.text === 'brd' || word.text === 'broadcast') {
    if (family === 6) bad(word, say('an IPv6 address has no broadcast address'));
    else if (text === '+' || text === '-') {
      if (Number(prefix ?? 32) > 30) bad(value, say('the prefix of this address is too long for a broadcast address'));
    } else if (ipFamily(text) !== 4) bad(value, say('"{0}" is not an IPv4 address', text));
  } else if (word.text === 'peer') {
    if (ipFamily(text) === undefined) bad(value, say('"{0}" is not an IP address', text));
    else if (ipFamily(text) !== family) bad(value, say('"{0}" is not of the family of this address', text));
  } else if (word.text === 'preferred_lft') {
    if (!/^(?:\d{1,10}|forever)$/.test(text) || Number(text) > 4294967295)
      bad(value, say('expected seconds or "forever" behind this address, not "{0}"', text));
  }
}

function peerOptions(checker: Checker, entry: Statement): void {
  for (let i = 1; i < entry.words.length; i += 2) {
    const word = entry.words[i];
    const value = entry.words[i + 1];
    if (word === undefined) break;
    if (word.text !== 'min_ttl' && word.text !== 'max_ttl')
      checker.bad(word, say('one peer a line, with min_ttl or max_ttl behind it, not "{0}"', word.text));
    else if (value === undefined) checker.bad(word, say('"{0}" lacks a value', word.text));
    else checker.value('int', ['0', '255'], value);
  }
}

/** `weight N`, and only behind it whether the check counts the other way round (`alloc_track_*` in keepalived/vrrp/vrrp_track.c). */
function tracker(checker: Checker, entry: Statement, directions: readonly string[], limit: number): void {
  const [, weight, value, ...rest] = entry.words;
  if (weight === undefined) return;
  const bad = (word: Word) => checker.bad(word, say('expected "weight <number>" or "reverse", not "{0}"', word.text));
  if (weight.text !== 'weight') {
    if (!directions.includes(weight.text)) bad(weight);
    else checker.bad(weight, say('"{0}" stands behind "weight <number>" only', weight.text));
    return;
  }
  if (value === undefined) {
    checker.bad(weight, say('"{0}" lacks a value', weight.text));
    return;
  }
  checker.value('int', [String(-limit), String(limit)], value);
  const [direction] = rest;
  if (direction !== undefined && !directions.includes(direction.text)) bad(direction);
}

const linkbeatMethods = new Set(['MII', 'ETHTOOL', 'IOCTL']);

/** One interface a line, and how its link is asked for. */
function linkbeat(checker: Checker, { words: [name, method, surplus] }: Statement): void {
  if (name !== undefined && method !== undefined && !linkbeatMethods.has(method.text))
    checker.bad(method, say('expected {0}, not "{1}"', 'MII, ETHTOOL, IOCTL', method.text));
  else if (surplus !== undefined)
    checker.bad(surplus, say('one interface a line, with MII, ETHTOOL or IOCTL behind it, not "{0}"', surplus.text));
}

function serverGroup(checker: Checker, entry: Statement, first: Word): void {
  const second = entry.words[1];
  if (first.text === 'fwmark') {
    if (second === undefined) checker.bad(first, say('"{0}" lacks a value', first.text));
    else checker.value('int', ['0', '4294967295'], second);
    const family = entry.words[2];
    if (family !== undefined && family.text !== 'inet' && family.text !== 'inet6')
      checker.bad(family, say('expected {0}, not "{1}"', 'inet, inet6', family.text));
    return;
  }
  if (first.text.includes(unknownText)) return;
  // Of an end that is a whole address only the last part is read.
  const range = /^([^-/]*)-(?:[\d.]+\.)?([0-9a-fA-F]+)$/.exec(first.text);
  const [ip = '', prefix] = (range?.[1] ?? first.text).split('/');
  const address = parseIp(ip);
  if (address === undefined) {
    checker.bad(first, say('"{0}" is not an IP address', first.text));
    return;
  }
  const bits = address.family === 4 ? 32 : 128;
  if (prefix !== undefined) {
    if (integerFault(prefix, '0', String(bits)) !== undefined)
      checker.bad(first, say('the prefix length of "{0}" is not from 0 to {1}', first.text, bits));
    else if (
      !isOlder(checker.version, wholeNetworks) &&
      (address.value & ((1n << BigInt(bits - Number(prefix))) - 1n)) !== 0n
    )
      checker.bad(first, say('"{0}" is not the first address of its network; keepalived skips it', first.text));
  } else if (range?.[2] !== undefined) {
    // The end replaces the last byte of an IPv4 address and the last group of an IPv6 address.
    const [base, mask] = address.family === 4 ? [10, 0xffn] : [16, 0xffffn];
    const end = BigInt(Number.parseInt(range[2], base) || 0);
    if (end > mask || end <= (address.value & mask))
      checker.bad(first, say('the end of the address range "{0}" is not behind its start', first.text));
  }
  if (second !== undefined) checker.value('int', ['0', '65535'], second);
}
