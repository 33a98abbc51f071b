import { ipFamily } from '../../base/address';
import { type Message, say } from '../../base/message';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { RuleInfo } from '../rule';
import type { Checker } from './checker';
import { conformance } from './conformance';
import { routerKeyOf } from './router-ids';
import { type Globals, isOn, type Settings } from './settings';
import { isOlder } from './values';

export const conflictingSettings: RuleInfo = {
  id: 'keepalived/conflicting-settings',
  severity: 'warning',
  summary: 'Two settings exclude each other, so keepalived drops one of them.',
};

/** One instance as the checks of this file see it. */
interface Instance {
  readonly checker: Checker;
  readonly settings: Settings;
  readonly isOwner: boolean;
  /** The sync group that the instance is in. */
  readonly group: Statement | undefined;
  readonly report: (at: Statement | undefined, message: Message, related?: Statement) => void;
}

/** Which settings of an instance keepalived drops once it has read everything (`vrrp_complete_instance` in keepalived/vrrp/vrrp.c). Returns the router's key, see `routerKeyOf`. */
export function checkInstance(checker: Checker, settings: Settings, globals: Globals): string | undefined {
  const { statement } = settings;
  if (statement.block === undefined || statement.words[1] === undefined) return undefined;
  const report = (at: Statement | undefined, message: Message, related?: Statement) => {
    const span = at?.words[0]?.span;
    if (span === undefined) return;
    checker.reporter.add(conflictingSettings, {
      span,
      message,
      related: related === undefined ? [] : [{ span: related.span, message: say('because of this') }],
    });
  };
  const state = settings.get('state');
  const isMaster = state !== undefined && statement.block.statements.some(declaresMaster);
  const priority = settings.get('priority');
  const isOwner = priority === undefined ? isMaster : Number(priority.words[1]?.text) === 255;
  const own: Instance = { checker, settings, isOwner, group: checker.names.groupOf(statement.words[1].text), report };

  const family = families(own);
  const ipvlan = settings.get('use_ipvlan');
  const hasSource = ipvlan?.words.some((each) => ipFamily(each.text.replace(/\/\d+$/, '')) !== undefined) === true;
  if (ipvlan !== undefined && family === 4 && !hasSource)
    report(ipvlan, say('use_ipvlan with IPv4 needs a source address: write it behind "use_ipvlan"'));
  const vrf = settings.get('vrf');
  if (vrf !== undefined && settings.get('interface') !== undefined)
    report(vrf, say('an instance has "{0}" or "{1}", not both', 'vrf', 'interface'), settings.get('interface'));
  const strict = settings.get('strict_mode');
  const isStrict = strict === undefined ? globals.strict : isOn(strict);
  const version = settings.value('version')?.text ?? globals.version ?? (family === 6 ? '3' : '2');
  preemption(own, isMaster);
  authentication(own, version, isStrict, isMaster);
  if (isStrict && isMaster && !isOwner)
    report(state, say('strict mode allows state MASTER only with priority 255'), priority);
  repeatedPeers(checker, settings);
  const first =
    family === 6 && (isStrict || wantsLinkLocal(checker, settings))
      ? settings.entries('virtual_ipaddress')[0]
      : undefined;
  if (first !== undefined && !/^fe[89ab]/i.test(first.keyword))
    report(
      first,
      isStrict
        ? say('strict mode wants a link-local address first, before "{0}"', first.keyword)
        : say('this keepalived wants a link-local address first, before "{0}"', first.keyword),
    );
  if (isStrict && !isMaster && state !== undefined && isOwner)
    report(state, say('strict mode wants state MASTER where the priority is 255'), priority);
  timing(own, version);
  virtualMac(own);
  trackers(own);
  return routerKeyOf(settings, family);
}

/** Up to 2.1.5 an instance that speaks multicast needs a link-local address, strict or not. */
function wantsLinkLocal(checker: Checker, settings: Settings): boolean {
  return isOlder(checker.version, [2, 2, 0]) && settings.entries('unicast_peer').length === 0;
}

/** Refused from 2.3.3 on; before that the peer gets every advert twice. */
function repeatedPeers(checker: Checker, settings: Settings): void {
  const peers = settings.entries('unicast_peer');
  if (peers.length < 2) return;
  const seen = new Set<string>();
  for (const peer of peers) {
    if (seen.has(peer.keyword)) repeatedEntry(checker, peer);
    seen.add(peer.keyword);
  }
}

function declaresMaster(statement: Statement): boolean {
  return statement.keyword === 'state' && statement.words[1]?.text === 'MASTER';
}

const sources = new Set(['unicast_src_ip', 'mcast_src_ip', 'mcast_dst_ip']);
const addressLists = new Set(['virtual_ipaddress', 'unicast_peer']);

/** The family of the first address decides; what is of the other one is left out. */
function families({ checker, settings, report }: Instance): 4 | 6 {
  let family: 4 | 6 | undefined;
  const look = (word: Word | undefined, wrong: (word: Word) => Message) => {
    if (word === undefined) return;
    const slash = word.text.indexOf('/');
    const own = ipFamily(slash < 0 ? word.text : word.text.slice(0, slash));
    if (own === undefined) return;
    family ??= own;
    if (own !== family) checker.reporter.add(conformance.badAddress, { span: word.span, message: wrong(word) });
  };
  let hasIpv4 = false;
  for (const each of settings.statement.block?.statements ?? []) {
    const { keyword } = each;
    if (each.block !== undefined && addressLists.has(keyword)) {
      const isPeer = keyword === 'unicast_peer';
      for (const entry of each.block.statements) look(entry.words[0], isPeer ? otherFamily : mixedAddress);
      if (!isPeer && family === 4) hasIpv4 = true;
    } else if (sources.has(keyword)) look(each.words[1], otherFamily);
  }
  if (hasIpv4) report(settings.get('native_ipv6'), say('native_ipv6 does not go with IPv4 addresses'));
  return family ?? 4;
}

function mixedAddress(word: Word): Message {
  return say('the addresses of an instance are of one family; put "{0}" into virtual_ipaddress_excluded', word.text);
}

function otherFamily(word: Word): Message {
  return say('"{0}" is not of the family of the first address of the instance; keepalived leaves it out', word.text);
}

function preemption({ settings, isOwner, report }: Instance, isMaster: boolean): void {
  const nopreempt = settings.get('nopreempt');
  const delay = settings.get('preempt_delay');
  const state = settings.get('state');
  if (nopreempt !== undefined && isMaster)
    report(nopreempt, say('nopreempt has no effect while state is MASTER; set state BACKUP on every node'), state);
  else if (nopreempt !== undefined && isOwner)
    report(nopreempt, say('nopreempt has no effect with priority 255'), settings.get('priority'));
  if (delay === undefined || !(Number(delay.words[1]?.text) > 0)) return;
  if (isMaster) report(delay, say('preempt_delay has no effect while state is MASTER; set state BACKUP'), state);
  else if (nopreempt !== undefined)
    report(delay, say('preempt_delay has no effect together with nopreempt'), nopreempt);
}

function authentication(
  { settings, isOwner, report }: Instance,
  version: string,
  isStrict: boolean,
  isMaster: boolean,
): void {
  let type: Statement | undefined;
  let password: Statement | undefined;
  for (const each of settings.entries('authentication')) {
    if (each.keyword === 'auth_type') type = each;
    else if (each.keyword === 'auth_pass') password = each;
  }
  const named = type?.words[1]?.text;
  if (type !== undefined && (named === 'PASS' || named === 'AH')) {
    if (password === undefined || password.words[1]?.text === '')
      report(type, say('auth_type without auth_pass: there is no authentication'));
    else if (version === '3') report(type, say('VRRP version 3 has no authentication; keepalived ignores it'));
    else if (isStrict) report(type, say('strict mode has no authentication; keepalived ignores it'));
    else if (named === 'AH' && isMaster && !isOwner)
      report(settings.get('state'), say('state MASTER has no effect with authentication AH; set state BACKUP'), type);
  } else if (password !== undefined && type === undefined)
    report(password, say('auth_pass without auth_type: there is no authentication'));
}

function timing({ checker, settings, report }: Instance, version: string): void {
  const advert = settings.get('advert_int');
  const interval = advert?.words[1]?.text;
  if (interval === undefined) return;
  if (version === '2' && interval.includes('.') && /\.\d*[1-9]/.test(interval))
    report(advert, say('VRRP version 2 has whole seconds only; {0} is rounded, use version 3', interval));
  if (version === '3' && isOlder(checker.version, [2, 2, 3]) && /\.\d{3}/.test(interval))
    report(advert, say('VRRP version 3 counts hundredths of a second; {0} is rounded', interval));
  if (version === '3' && Number(interval) > 40.95)
    report(advert, say('VRRP version 3 cannot wait longer than 40.95 seconds'));
}

function virtualMac({ checker, settings, report }: Instance): void {
  const vmac = settings.get('use_vmac');
  const xmit = settings.get('vmac_xmit_base');
  if (vmac === undefined) {
    if (xmit !== undefined && settings.get('use_ipvlan') === undefined)
      report(xmit, say('vmac_xmit_base has no effect without use_vmac'));
    return;
  }
  const [, name, extra] = vmac.words;
  const takesOne = !isOlder(checker.version, [2, 2, 0]);
  if (takesOne && extra !== undefined && !/^(?:[0-9a-f]{1,2}:)+[0-9a-f]{1,2}$/i.test(extra.text))
    checker.bad(extra, say('"{0}" takes one interface name, not "{1}" too', 'use_vmac', extra.text));
  else if (name !== undefined && (name.text.length > 15 || name.text.includes('/')))
    checker.bad(name, say('"{0}" is longer than the 15 characters of an interface name', name.text));
  if (xmit === undefined && settings.entries('unicast_peer').length > 0)
    report(vmac, say('use_vmac with unicast peers needs vmac_xmit_base; keepalived sets it'));
}

const definitions: Readonly<Record<string, string>> = {
  track_script: 'vrrp_script',
  track_process: 'vrrp_track_process',
  track_file: 'track_file',
  track_bfd: 'bfd_instance',
};

const trackLists = ['track_interface', 'track_script', 'track_process', 'track_file', 'track_bfd'] as const;

function trackers(instance: Instance): void {
  const { checker, settings, report, isOwner, group } = instance;
  const weightsLost = group !== undefined && !group.block?.statements.some(keepsWeights);
  for (const list of trackLists) {
    const entries = settings.entries(list);
    if (entries.length === 0) continue;
    const seen = new Set<string>();
    for (const entry of entries) {
      const name = entry.keyword;
      if (name === '') continue;
      if (seen.has(name)) repeatedEntry(checker, entry);
      seen.add(name);
      if (list === 'track_interface') {
        if (name === settings.value('interface')?.text)
          report(entry, say('the own interface "{0}" is tracked anyway', name));
        const inGroup = group?.block?.statements
          .filter((each) => each.keyword === list)
          .flatMap((each) => each.block?.statements ?? [])
          .find((each) => each.keyword === name);
        if (inGroup !== undefined)
          report(entry, say('"{0}" is tracked by the sync group already; leave it out here', name), inGroup);
      }
      if (!isOwner && !weightsLost) continue;
      const weight = weightOf(checker, list, entry);
      if (weight === undefined || weight === 0) continue;
      if (isOwner)
        report(
          entry,
          say('the weight of "{0}" is ignored at priority 255: a failing check never moves the address', name),
        );
      else if (list !== 'track_process')
        report(
          entry,
          say('the weight of "{0}" is ignored in a sync group; track it in the group, or use weight 0', name),
          group,
        );
    }
  }
}

function keepsWeights(statement: Statement): boolean {
  return statement.keyword === 'sync_group_tracking_weight' || statement.keyword === 'global_tracking';
}

/** What the line or else the definition says; files have 1 by default, everything else 0. */
function weightOf(checker: Checker, list: (typeof trackLists)[number], entry: Statement): number | undefined {
  const at = entry.words.findIndex((word) => word.text === 'weight');
  if (at >= 0) return Number(entry.words[at + 1]?.text);
  const kind = definitions[list];
  if (kind === undefined) return 0;
  const definition = checker.names.of(kind).get(entry.keyword)?.statement;
  if (definition === undefined) return undefined;
  const weight = definition.block?.statements.findLast((each) => each.keyword === 'weight')?.words[1]?.text;
  return weight === undefined ? (list === 'track_file' ? 1 : 0) : Number(weight);
}

export function repeatedEntry(checker: Checker, entry: Statement): void {
  checker.reporter.add(conformance.repeatedKeyword, {
    span: entry.span,
    message: say('"{0}" is in this list already; keepalived ignores the second one', entry.keyword),
  });
}
