import { ipFamily } from '../../base/address';
import { say } from '../../base/message';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { conformance } from './conformance';
import { type OptionKind, OptionReader } from './option-values';
import { isOlder } from './values';

/** Routes of these types lead to no interface. */
const withoutInterface = new Set([
  'local',
  'broadcast',
  'multicast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
  'nat',
]);

const options: Readonly<Record<string, OptionKind>> = {
  onlink: 'flag',
  add: 'flag',
  prepend: 'flag',
  append: 'flag',
  unicast: 'flag',
  no_track: 'flag',
  fastopen_no_cookie: 'switch',
  dev: 'interface',
  oif: 'interface',
  via: 'network',
  gw: 'network',
  src: 'network',
  to: 'network',
  dst: 'network',
  metric: 'uint',
  priority: 'uint',
  preference: 'uint',
  table: 'any',
  scope: 'scope',
  protocol: 'name-or-byte',
  tos: 'name-or-byte',
  dsfield: 'name-or-byte',
  mtu: 'uint',
  advmss: 'uint',
  reordering: 'uint',
  window: 'uint',
  cwnd: 'uint',
  ssthresh: 'uint',
  initcwnd: 'uint',
  initrwnd: 'uint',
  hoplimit: 'byte',
  quickack: 'switch',
  rtt: 'time',
  rttvar: 'time',
  rto_min: 'time',
  features: ['ecn'],
  congctl: 'any',
  realms: 'any',
  'ttl-propagate': ['enabled', 'disabled'],
  pref: ['low', 'medium', 'high'],
  expires: 'uint',
};

const onlyIpv6 = new Set(['pref', 'expires']);
const lockable = new Set([
  'mtu',
  'advmss',
  'reordering',
  'window',
  'cwnd',
  'ssthresh',
  'rtt',
  'rttvar',
  'rto_min',
  'hoplimit',
  'congctl',
]);
/** What stands behind one of these is not looked at. */
const further = new Set(['or', 'encap', 'nexthop', 'vrf']);
/** The release from which a route without an interface is taken without a word. */
const routesWithoutInterface = [2, 3, 0];

/** Checks one line of virtual_routes or static_routes (`alloc_route` in keepalived/vrrp/vrrp_iproute.c). */
export function checkRoute(checker: Checker, block: string, entry: Statement): void {
  const reader = new OptionReader(checker, entry.words);
  let destination: Word | undefined;
  let isTracked = false;
  let leadsNowhere = false;
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    const { text } = word;
    const kind = text === 'track_group' && block === 'static_routes' ? 'track_group' : options[text];
    if (further.has(text)) {
      if (text === 'nexthop' || text === 'or') nexthops(reader);
      return;
    }
    if (text === 'no_track' || text === 'dev' || text === 'oif') isTracked = true;
    if (text === 'as') {
      reader.bad(word, say('"{0}" is for MPLS only', 'as to'));
      return;
    }
    if (withoutInterface.has(text)) leadsNowhere = true;
    else if (kind !== undefined) {
      if (lockable.has(text)) reader.skip('lock');
      const value = reader.value(word, kind);
      if (onlyIpv6.has(text) && reader.isIpv4) reader.bad(word, say('"{0}" is for IPv6 routes only', text));
      if (text === 'to' || text === 'dst') destination = value;
      if (text === 'gw') replaced(checker, word, 'via');
    } else if (looksLikeNetwork(text)) {
      reader.network(word);
      if (destination !== undefined)
        checker.reporter.add(conformance.badValue, {
          span: word.span,
          severity: 'warning',
          message: say('a route leads to one network; "{0}" replaces "{1}"', text, destination.text),
        });
      destination = word;
    } else {
      reader.bad(word, say('"{0}" is no address and no option of a route', text));
      return;
    }
  }
  if (reader.failed || reader.unsure || isTracked || checker.tree.includes.length > 0) return;
  if (leadsNowhere && !isOlder(checker.version, routesWithoutInterface)) return;
  checker.reporter.add(conformance.badValue, {
    span: entry.span,
    severity: 'warning',
    message: leadsNowhere
      ? say('keepalived before 2.3 cannot follow a route without an interface; add "no_track"')
      : say('the route names no interface, so keepalived does not notice when it goes; add "dev <interface>"'),
  });
}

/** `nexthop via 10.0.0.1 dev eth0 weight 2 nexthop …` up to the end of the line. */
function nexthops(reader: OptionReader): void {
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    const { text } = word;
    if (text === 'nexthop' || text === 'onlink') continue;
    if (text === 'encap' || text === 'as' || text === 'realms') return;
    if (text === 'via') reader.value(word, 'network');
    else if (text === 'dev') reader.value(word, 'interface');
    else if (text === 'weight') {
      const weight = reader.value(word, 'uint');
      if (weight !== undefined && !reader.failed && (Number(weight.text) < 1 || Number(weight.text) > 256))
        reader.bad(weight, say('the weight of a next hop is from 1 to 256, not {0}', weight.text));
    } else reader.bad(word, say('"{0}" is no address and no option of a route', text));
  }
}

function replaced(checker: Checker, word: Word, by: string): void {
  checker.reporter.add(conformance.deprecatedKeyword, {
    span: word.span,
    message: say('"{0}" has been replaced by {1}', word.text, by),
    tag: 'deprecated',
    fixes: [{ title: say('Change to "{0}"', by), edits: [{ span: word.span, newText: by }], confidence: 'review' }],
  });
}

const looksLikeNetwork = (text: string): boolean =>
  text === 'default' || ipFamily(text.replace(/\/[^/]*$/, '')) !== undefined;
