import { say } from '../../base/message';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { conformance } from './conformance';
import { type OptionKind, OptionReader } from './option-values';

const options: Readonly<Record<string, OptionKind>> = {
  not: 'flag',
  no_track: 'flag',
  from: 'network',
  to: 'network',
  dev: 'interface',
  iif: 'interface',
  oif: 'interface',
  preference: 'uint',
  order: 'uint',
  priority: 'uint',
  table: 'table',
  lookup: 'table',
  goto: 'uint',
  nop: 'flag',
  blackhole: 'flag',
  prohibit: 'flag',
  unreachable: 'flag',
  l3mdev: 'flag',
  fwmark: 'mark',
  tos: 'name-or-byte',
  dsfield: 'name-or-byte',
  realms: 'any',
  suppress_prefixlength: 'uint',
  suppress_prefixlen: 'uint',
  suppress_ifgroup: 'any',
  suppress_group: 'any',
  uidrange: 'number-range',
  protocol: 'name-or-byte',
  ipproto: 'any',
  sport: 'number-range',
  dport: 'number-range',
};

const actions = new Set(['table', 'lookup', 'goto', 'nop', 'blackhole', 'prohibit', 'unreachable', 'l3mdev']);
const preferences = new Set(['preference', 'order', 'priority']);

/** The number of keepalived among those who set routes (RTPROT_KEEPALIVED in linux/rtnetlink.h). */
const ownProtocol = 18;

/** Checks one line of virtual_rules or static_rules (`alloc_rule` in keepalived/vrrp/vrrp_iprule.c). */
export function checkRoutingRule(checker: Checker, block: string, entry: Statement): void {
  const reader = new OptionReader(checker, entry.words);
  let action: Word | undefined;
  let group: Word | undefined;
  let hasPreference = false;
  let hasInterface = false;
  let isFollowed = true;
  let protocol: Word | undefined;
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    const { text } = word;
    const kind = text === 'track_group' && block === 'static_rules' ? 'track_group' : options[text];
    if (kind === undefined) {
      reader.bad(word, say('"{0}" is no option of a routing rule', text));
      return;
    }
    if (actions.has(text)) {
      if (action !== undefined) {
        reader.bad(word, say('a routing rule does one thing: "{0}" or "{1}"', action.text, text));
        return;
      }
      action = word;
    }
    if (text === 'track_group') group = word;
    hasPreference ||= preferences.has(text);
    hasInterface ||= text === 'iif' || text === 'dev';
    const value = reader.value(word, kind);
    if (text === 'protocol') protocol = value;
    isFollowed &&= text !== 'no_track';
  }
  const [first] = entry.words;
  if (reader.failed || reader.unsure || first === undefined) return;
  if (action === undefined)
    checker.bad(first, say('the rule says not what to do; add "table <table>" or another action'));
  else if (!hasPreference)
    checker.reporter.add(conformance.badValue, {
      span: entry.span,
      message: say('the rule has no preference; keepalived picks one, add "preference <number>"'),
      severity: 'warning',
    });
  if (protocol !== undefined && isFollowed && /^\d+$/.test(protocol.text) && Number(protocol.text) !== ownProtocol)
    checker.bad(protocol, say('keepalived follows rules of its own protocol {0} only; add "no_track"', ownProtocol));
  if (group !== undefined && !hasInterface)
    checker.bad(group, say('a static rule with "{0}" needs an interface: add "iif <interface>"', 'track_group'));
}
