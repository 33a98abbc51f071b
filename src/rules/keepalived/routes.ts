import { ipFamily } from '../../base/address';
import { say } from '../../base/message';
import { unknownText } from '../../syntax/keepalived/definitions';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { conformance } from './conformance';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Words that stand alone. */
const flags = words('onlink lock fastopen_no_cookie add prepend append unicast');
/** Routes of these types lead to no interface. */
const withoutInterface = words('local broadcast multicast throw unreachable prohibit blackhole nat no_track');
const withAddress = words('via gw src to dst');
const withNumber = words('metric priority preference');
/** What stands behind one of these is not looked at. */
const further = words(
  'or table scope tos dsfield protocol mtu advmss rtt rttvar reordering window cwnd ssthresh rto_min initcwnd initrwnd features quickack congctl hoplimit realms encap nexthop expires pref ttl-propagate as vrf track_group',
);

/** Checks one line of virtual_routes or static_routes (`alloc_route` in keepalived/vrrp/vrrp_iproute.c). */
export function checkRoute(checker: Checker, entry: Statement): void {
  let hasDestination = false;
  let isTracked = false;
  for (let i = 0; i < entry.words.length; i++) {
    const word = entry.words[i];
    if (word === undefined || word.text.includes(unknownText) || word.text.includes('$')) return;
    const { text } = word;
    if (flags.has(text)) continue;
    if (further.has(text)) return;
    if (withoutInterface.has(text)) isTracked = true;
    else if (text === 'dev' || text === 'oif') {
      isTracked = true;
      if (entry.words[++i] === undefined) {
        checker.bad(word, say('"{0}" lacks a value', text));
        return;
      }
    } else if (withAddress.has(text) || withNumber.has(text)) {
      if (entry.words[i + 1]?.text === 'inet' || entry.words[i + 1]?.text === 'inet6') i++;
      const value = entry.words[++i];
      if (!isGood(checker, word, value)) return;
      if (text === 'to' || text === 'dst') hasDestination = true;
    } else if (!hasDestination && isNetwork(text)) {
      if (!hasGoodPrefix(checker, word)) return;
      hasDestination = true;
    } else {
      checker.bad(word, say('"{0}" is no address and no option of a route', text));
      return;
    }
  }
  if (isTracked || checker.tree.includes.length > 0) return;
  checker.reporter.add(conformance.badValue, {
    span: entry.span,
    severity: 'warning',
    message: say('the route names no interface, so keepalived does not notice when it goes; add "dev <interface>"'),
  });
}

function isGood(checker: Checker, option: Word, value: Word | undefined): boolean {
  if (value === undefined) {
    checker.bad(option, say('"{0}" lacks a value', option.text));
    return false;
  }
  if (withNumber.has(option.text)) return checker.value('int', ['0', '4294967295'], value);
  const isGateway = option.text === 'via' || option.text === 'gw';
  if (value.text.includes(unknownText)) return true;
  if (isNetwork(value.text) && !(isGateway && value.text.includes('/'))) return hasGoodPrefix(checker, value);
  checker.bad(value, say('"{0}" is not an IP address', value.text));
  return false;
}

function hasGoodPrefix(checker: Checker, word: Word): boolean {
  const { text } = word;
  const [ip = '', prefix] = text.split('/');
  const bits = ipFamily(ip) === 6 ? 128 : 32;
  if (prefix === undefined || Number(prefix) <= bits) return true;
  checker.bad(word, say('the prefix length of "{0}" is not from 0 to {1}', text, bits));
  return false;
}

function isNetwork(text: string): boolean {
  return text === 'default' || ipFamily(text.replace(/\/\d+$/, '')) !== undefined;
}
