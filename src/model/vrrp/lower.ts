import { contains, parseIp, sameIp } from '../../base/address';
import type { Version } from '../../base/version';
import type { Statement } from '../../syntax/keepalived/tree';
import { type KeepalivedAnalysis, lastWithin, treeFor, within } from '../keepalived/analysis';
import { Checks, type ScriptRules } from './checks';
import { ownerPriority, type VrrpInstance, type VrrpNode } from './node';
import { entries, isOn, number } from './statements';
import { trackersOf } from './trackers';

/** A node's keepalived files, and what is known of the machine from elsewhere. */
interface NodeFiles {
  /** Also the id by which lines of the files are for this machine alone (`@lb1 …`). */
  readonly name: string;
  readonly files: readonly KeepalivedAnalysis[];
  /** The machine's own address, from the inventory. */
  readonly address?: string;
  readonly version?: Version;
}

const second = 1_000_000;
/**
 * What a node's files mean to the daemon once it runs: defaults, rounding, and the settings it clears at start
 * (vrrp_complete_instance in keepalived/vrrp/vrrp.c).
 */
export function lowerNode({ name, files, address, version }: NodeFiles): VrrpNode {
  const perFile = files.map((file) => treeFor(file, name).items.map((each) => each.statement));
  const statements = perFile.flat();
  const globals = statements.filter((each) => each.keyword === 'global_defs');
  const global = (keyword: string) =>
    globals.map((each) => lastWithin(each, keyword)).findLast((each) => each !== undefined);
  const checks = new Checks(perFile, version, scriptRulesOf(global));
  const groups = statements.filter((each) => each.keyword === 'vrrp_sync_group' && each.words[1] !== undefined);
  const groupOf = new Map<string, number>();
  for (const [index, group] of groups.entries()) {
    for (const member of within(group, 'group').flatMap(
      (each) => each.block?.statements.flatMap((line) => line.words) ?? [],
    )) {
      if (!groupOf.has(member.text)) groupOf.set(member.text, index);
    }
  }
  // What a group tracks loses its weight when the priority of a member is 255, which no weight may change.
  const ownedGroups = new Set(
    statements.flatMap((each) =>
      each.keyword === 'vrrp_instance' && basePriorityOf(each) === ownerPriority
        ? (groupOf.get(each.words[1]?.text ?? '') ?? [])
        : [],
    ),
  );
  const seen = new Set<string>();
  const instances = statements.flatMap((each): VrrpInstance[] => {
    const own = each.keyword === 'vrrp_instance' ? each.words[1]?.text : undefined;
    if (own === undefined || seen.has(own)) return [];
    seen.add(own);
    const group = groupOf.get(own);
    const lowered = lowerInstance(
      each,
      own,
      global,
      checks,
      group,
      group === undefined ? undefined : groups[group],
      group !== undefined && ownedGroups.has(group),
      address,
    );
    return lowered === undefined ? [] : [lowered];
  });
  const lost = new Set(
    instances
      .filter((each) => ownAddressesOf(each, address).some((own) => holds(each, own)))
      .map((each) => each.interface),
  );
  return {
    name,
    // Without an address an interface is of no use to any instance on it; IPv6 keeps its link-local ones.
    instances: instances.map((each) =>
      each.family === 4 && lost.has(each.interface) ? { ...each, losesAddress: true } : each,
    ),
    groups: groups.map((each) => ({ name: each.words[1]?.text ?? '' })),
    checks: checks.list,
    startupDelayUs: Math.round(number(global('vrrp_startup_delay'), 0) * second),
  };
}

function ownAddressesOf({ sourceAddress }: VrrpInstance, address: string | undefined): string[] {
  return [sourceAddress, address].filter((each) => each !== undefined);
}

function holds({ addresses, excludedAddresses }: VrrpInstance, own: string): boolean {
  return [...addresses, ...excludedAddresses].some((each) => sameIp(each, own));
}

function scriptRulesOf(global: Global): ScriptRules {
  return { secure: global('enable_script_security') !== undefined, user: global('script_user')?.words[1]?.text };
}

type Global = (keyword: string) => Statement | undefined;

function lowerInstance(
  statement: Statement,
  name: string,
  global: Global,
  checks: Checks,
  group: number | undefined,
  groupStatement: Statement | undefined,
  ownedGroup: boolean,
  address: string | undefined,
): VrrpInstance | undefined {
  const vrid = number(lastWithin(statement, 'virtual_router_id'), 0);
  if (vrid < 1 || vrid > 255) return undefined;
  const ownStrictness = lastWithin(statement, 'strict_mode');
  const strict = ownStrictness === undefined ? isOn(global('vrrp_strict')) : isOn(ownStrictness);
  const listed = addressesIn(statement, 'virtual_ipaddress');
  const family = listed[0]?.includes(':') === true || lastWithin(statement, 'native_ipv6') !== undefined ? 6 : 4;
  // The first address makes the family; those of the other one are left out with an error.
  const addresses = listed.filter((each) => each.includes(':') === (family === 6));
  // IPv6 is version 3 unless the instance itself says otherwise: a version for all is that of IPv4.
  const declared = number(lastWithin(statement, 'version') ?? (family === 6 ? undefined : global('vrrp_version')), 0);
  const version = declared === 3 || (family === 6 && (declared !== 2 || strict)) ? 3 : 2;

  const state = declaredStates(statement);
  const basePriority = basePriorityOf(statement);
  const auth = version === 3 || strict ? undefined : authOf(statement);
  const owns = basePriority === ownerPriority;
  // With AH a node has to hear an advert before it takes over (vrrp_complete_instance), so MASTER is for owners there too.
  const staysMaster = owns || family === 6 || auth?.startsWith('AH') !== true;
  const wantsMaster = strict || state.length === 0 ? owns : state.includes('MASTER') && staysMaster;

  const nopreempt = lastWithin(statement, 'nopreempt') !== undefined && basePriority !== ownerPriority && !wantsMaster;
  const delay = number(lastWithin(statement, 'preempt_delay'), 0);
  const peers = entries(statement, 'unicast_peer');
  const interfaceName =
    lastWithin(statement, 'interface')?.words[1]?.text ?? global('default_interface')?.words[1]?.text ?? 'eth0';
  const trackers = trackersOf(statement, checks, {
    basePriority,
    interfaceName,
    tracksPrimary: lastWithin(statement, 'dont_track_primary') === undefined,
    group: groupStatement,
    groupWeighs: groupStatement !== undefined && lastWithin(groupStatement, 'sync_group_tracking_weight') !== undefined,
    groupHasOwner: ownedGroup,
  });

  return {
    name,
    vrid,
    family,
    version,
    interface: interfaceName,
    sourceAddress:
      lastWithin(statement, 'unicast_src_ip')?.words[1]?.text ??
      lastWithin(statement, 'mcast_src_ip')?.words[1]?.text ??
      (address !== undefined && mayBeSource(address, family, peers) ? address : undefined),
    basePriority,
    wantsMaster,
    advertUs: advertOf(number(lastWithin(statement, 'advert_int'), 1), version),
    downAdverts: strict
      ? 3
      : number(lastWithin(statement, 'down_timer_adverts') ?? global('vrrp_down_timer_adverts'), 3),
    nopreempt,
    preemptDelayUs: nopreempt || wantsMaster || strict ? 0 : Math.round(delay * second),
    auth,
    addresses,
    excludedAddresses: addressesIn(statement, 'virtual_ipaddress_excluded'),
    unicastPeers: peers.length > 0 ? peers.map((each) => each.words[0]?.text ?? '') : undefined,
    multicastGroup:
      peers.length > 0
        ? undefined
        : (lastWithin(statement, 'mcast_dst_ip') ?? global(family === 4 ? 'vrrp_mcast_group4' : 'vrrp_mcast_group6'))
            ?.words[1]?.text,
    checksUnicastSource:
      lastWithin(statement, 'check_unicast_src') !== undefined || global('vrrp_check_unicast_src') !== undefined,
    lowerPrioNoAdvert:
      strict || isOn(lastWithin(statement, 'lower_prio_no_advert') ?? global('vrrp_lower_prio_no_advert')),
    higherPrioSendAdvert:
      !strict && isOn(lastWithin(statement, 'higher_prio_send_advert') ?? global('vrrp_higher_prio_send_advert')),
    trackers,
    losesAddress: false,
    group,
  };
}

const declaredStates = (statement: Statement): (string | undefined)[] =>
  (statement.block?.statements ?? []).filter((each) => each.keyword === 'state').map((each) => each.words[1]?.text);

function basePriorityOf(statement: Statement): number {
  const line = lastWithin(statement, 'priority');
  const given = number(line, 0);
  if (given >= 1 && given <= 255) return given;
  return line === undefined && declaredStates(statement).includes('MASTER') ? ownerPriority : 100;
}

/** Version 2 counts whole seconds, version 3 hundredths; both are rounded and never zero. */
function advertOf(seconds: number, version: 2 | 3): number {
  const unit = version === 2 ? second : second / 100;
  const most = version === 2 ? 255 : 4095;
  return Math.max(1, Math.min(most, Math.round((seconds * second) / unit))) * unit;
}

/** What is compared: the type and the first 8 bytes of the password. */
function authOf(statement: Statement): string | undefined {
  const [authentication] = within(statement, 'authentication');
  if (authentication === undefined) return undefined;
  const type = lastWithin(authentication, 'auth_type')?.words[1]?.text;
  const password = lastWithin(authentication, 'auth_pass')?.words[1]?.text;
  if ((type !== 'PASS' && type !== 'AH') || password === undefined) return undefined;
  const bytes = new TextEncoder().encode(password).slice(0, 8);
  return `${type} ${[...bytes].join(' ')}`;
}

/**
 * A machine known by one address may speak to its peers from another network; as far as a /24 or /64 tells. Multicast of
 * IPv6 comes from the link-local address of the interface, which nobody writes down.
 */
function mayBeSource(address: string, family: 4 | 6, peers: readonly Statement[]): boolean {
  const own = parseIp(address);
  if (own === undefined) return true;
  if (own.family !== family) return false;
  if (peers.length === 0) return family === 4;
  return peers.some((each) => {
    const peer = parseIp(each.words[0]?.text ?? '');
    return peer?.family === own.family && contains({ address: own, prefix: own.family === 4 ? 24 : 64 }, peer);
  });
}

/** The addresses of a list without their prefixes; what is no address the daemon leaves out. */
function addressesIn(statement: Statement, list: string): string[] {
  return entries(statement, list)
    .map((line) => line.words[0]?.text.split('/')[0] ?? '')
    .filter((each) => parseIp(each) !== undefined);
}
