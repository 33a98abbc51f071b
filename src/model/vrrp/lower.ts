import { contains, parseIp, sameIp } from '../../base/address';
import { compareVersions, type Version } from '../../base/version';
import type { Statement } from '../../syntax/keepalived/tree';
import { type KeepalivedAnalysis, lastWithin, treeFor, within } from '../keepalived/analysis';
import { type Check, ownerPriority, type Tracker, type VrrpInstance, type VrrpNode } from './node';

/** A node's keepalived files, and what is known of the machine from elsewhere. */
export interface NodeFiles {
  /** Also the id by which lines of the files are for this machine alone (`@lb1 …`). */
  readonly name: string;
  readonly files: readonly KeepalivedAnalysis[];
  /** The machine's own address, from the inventory. */
  readonly address?: string;
  readonly version?: Version;
}

const second = 1_000_000;
/**
 * The release from which a hanging script is not started again before its timeout. Where nobody says the release, it is
 * an older one, as in the distributions of 2020 to 2024.
 */
const skipsRunningScripts: Version = [2, 3, 3];
/** The release from which scripts can run more often than once a second; before it what follows the point does not count. */
const readsDecimalIntervals: Version = [2, 3, 2];

/** How a release treats scripts. */
interface ScriptHabits {
  readonly skipsRunning: boolean;
  readonly readsDecimals: boolean;
}

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

/** What `global_defs` says of scripts. */
interface ScriptRules {
  readonly secure: boolean;
  readonly user: string | undefined;
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
  const strict = global('vrrp_strict') !== undefined || lastWithin(statement, 'strict_mode') !== undefined;
  const listed = addressesIn(statement, 'virtual_ipaddress');
  const family = listed[0]?.includes(':') === true || lastWithin(statement, 'native_ipv6') !== undefined ? 6 : 4;
  // The first address makes the family; those of the other one are left out with an error.
  const addresses = listed.filter((each) => each.includes(':') === (family === 6));
  // IPv6 is version 3 unless the instance itself says otherwise: a version for all is that of IPv4.
  const declared = number(lastWithin(statement, 'version') ?? (family === 6 ? undefined : global('vrrp_version')), 0);
  const version = declared === 3 || (family === 6 && (declared !== 2 || strict)) ? 3 : 2;

  const state = declaredStates(statement);
  const basePriority = basePriorityOf(statement);
  const wantsMaster = strict || state.length === 0 ? basePriority === ownerPriority : state.includes('MASTER');

  const nopreempt = lastWithin(statement, 'nopreempt') !== undefined && basePriority !== ownerPriority && !wantsMaster;
  const delay = number(lastWithin(statement, 'preempt_delay'), 0);
  const peers = entries(statement, 'unicast_peer');
  const weighted =
    basePriority !== ownerPriority &&
    (group === undefined || lastWithin(groupStatement ?? statement, 'sync_group_tracking_weight') !== undefined);
  const interfaceName =
    lastWithin(statement, 'interface')?.words[1]?.text ?? global('default_interface')?.words[1]?.text ?? 'eth0';

  // In a sync group the weight of an interface counts, although the daemon says that it ignores it (2.2.7).
  const trackers = [...checks.trackersOf(statement, { weighted, interfaces: basePriority !== ownerPriority })];
  if (groupStatement !== undefined) {
    const shared = [...checks.trackersOf(groupStatement, { weighted: true, interfaces: true })];
    trackers.push(...shared.map((each) => (ownedGroup ? { ...each, weight: 0 } : each)));
  }
  if (lastWithin(statement, 'dont_track_primary') === undefined)
    trackers.unshift({ check: checks.interface(interfaceName), weight: 0, reverse: false });
  for (const other of otherInterfaces(statement, interfaceName))
    trackers.push({ check: checks.interface(other), weight: 0, reverse: false });

  return {
    name,
    vrid,
    family,
    version,
    interface: interfaceName,
    sourceAddress:
      lastWithin(statement, 'unicast_src_ip')?.words[1]?.text ??
      lastWithin(statement, 'mcast_src_ip')?.words[1]?.text ??
      (address !== undefined && mayBeSource(address, peers) ? address : undefined),
    basePriority,
    wantsMaster,
    advertUs: advertOf(number(lastWithin(statement, 'advert_int'), 1), version),
    downAdverts: strict
      ? 3
      : number(lastWithin(statement, 'down_timer_adverts') ?? global('vrrp_down_timer_adverts'), 3),
    nopreempt,
    preemptDelayUs: nopreempt || wantsMaster || strict ? 0 : Math.round(delay * second),
    auth: version === 3 || strict ? undefined : authOf(statement),
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

/** The interfaces that addresses are put on: an instance goes down with them too. */
function otherInterfaces(statement: Statement, own: string): string[] {
  const found = new Set<string>();
  for (const { words } of [
    ...entries(statement, 'virtual_ipaddress'),
    ...entries(statement, 'virtual_ipaddress_excluded'),
  ]) {
    const at = words.findIndex((each) => each.text === 'dev');
    const name = at < 0 ? undefined : words[at + 1]?.text;
    if (name !== undefined && name !== own && !words.some((each) => each.text === 'no_track')) found.add(name);
  }
  return [...found];
}

/** The checks of a node, each once, in the order in which they are defined. */
class Checks {
  readonly list: Check[] = [];
  private readonly weights: { readonly weight: number; readonly reverse: boolean }[] = [];
  /** Where each is defined; of interfaces nothing. */
  private readonly definitions: (Statement | undefined)[] = [];
  private readonly places = new Map<Statement, { readonly file: number; readonly index: number }>();

  constructor(files: readonly (readonly Statement[])[], version: Version | undefined, rules: ScriptRules) {
    const is = (since: Version) => version !== undefined && compareVersions(version, since) >= 0;
    const habits = { skipsRunning: is(skipsRunningScripts), readsDecimals: is(readsDecimalIntervals) };
    for (const [file, statements] of files.entries())
      for (const [index, statement] of statements.entries()) this.places.set(statement, { file, index });
    for (const statement of files.flat()) {
      const name = statement.words[1]?.text;
      if (name === undefined || this.find(statement.keyword, name) >= 0 || isRemoved(statement, rules)) continue;
      const check = checkOf(statement, name, habits);
      if (check === undefined) continue;
      const weight = lastWithin(statement, 'weight');
      this.list.push(check);
      this.definitions.push(statement);
      this.weights.push({
        weight: number(weight, check.kind === 'file' ? 1 : 0),
        reverse: weight?.words[2]?.text === 'reverse',
      });
    }
  }

  interface(name: string): number {
    const known = this.list.findIndex((each) => each.kind === 'interface' && each.name === name);
    if (known >= 0) return known;
    this.weights.push({ weight: 0, reverse: false });
    this.definitions.push(undefined);
    return this.list.push({ kind: 'interface', name }) - 1;
  }

  /** The lines of the `track_…` blocks. Weighted ones are dropped where weights do not count; a file's becomes 0. */
  *trackersOf(
    statement: Statement,
    { weighted, interfaces }: { readonly weighted: boolean; readonly interfaces: boolean },
  ): Iterable<Tracker> {
    for (const { words } of entries(statement, 'track_interface')) {
      const [name] = words;
      if (name === undefined) continue;
      const own = weightIn(words.map((each) => each.text));
      const weight = own?.weight ?? 0;
      if (weight === 0 || interfaces)
        yield { check: this.interface(name.text), weight, reverse: own?.reverse ?? false };
    }
    for (const list of ['track_script', 'track_process', 'track_file']) {
      for (const { words } of entries(statement, list)) {
        const check = this.find(blockOf[list] ?? '', words[0]?.text ?? '');
        const kind = this.list[check]?.kind;
        const defined = this.weights[check];
        if (kind === undefined || defined === undefined || this.comesLater(check, statement)) continue;
        const { weight, reverse } = weightIn(words.map((each) => each.text)) ?? defined;
        if (weight === 0 || weighted || kind === 'process') yield { check, weight, reverse };
        else if (kind === 'file' && weight === 1) yield { check, weight: 0, reverse };
      }
    }
  }

  /** What is tracked before its definition is not found; of two files nobody here knows which is read first. */
  private comesLater(check: number, statement: Statement): boolean {
    const definition = this.definitions[check];
    const [own, other] = [
      this.places.get(statement),
      definition === undefined ? undefined : this.places.get(definition),
    ];
    return own !== undefined && other !== undefined && own.file === other.file && other.index > own.index;
  }

  private find(block: string, name: string): number {
    const kind = kindOf[block];
    return this.list.findIndex((each) => each.kind === kind && each.name === name);
  }
}

const blockOf: Readonly<Record<string, string>> = {
  track_script: 'vrrp_script',
  track_process: 'vrrp_track_process',
  track_file: 'track_file',
};

const kindOf: Readonly<Record<string, Check['kind']>> = {
  vrrp_script: 'script',
  vrrp_track_process: 'process',
  track_file: 'file',
  vrrp_track_file: 'file',
};

/** A script without a command, and one that is run as root out of a folder that belongs to somebody else (lib/notify.c). */
function isRemoved(statement: Statement, { secure, user }: ScriptRules): boolean {
  if (statement.keyword !== 'vrrp_script') return false;
  const command = lastWithin(statement, 'script')?.words[1]?.text.trim() ?? '';
  const runsAs = lastWithin(statement, 'user')?.words[1]?.text ?? user;
  return command === '' || (secure && runsAs === 'root' && command.startsWith('/home/'));
}

function checkOf(statement: Statement, name: string, habits: ScriptHabits): Check | undefined {
  const kind = kindOf[statement.keyword];
  const time = (keyword: string, fallback: number) =>
    Math.round(number(lastWithin(statement, keyword), fallback) * second);
  if (kind === 'script') {
    const whole = (keyword: string) => {
      const value = number(lastWithin(statement, keyword), 1);
      return Math.round((habits.readsDecimals ? value : Math.trunc(value)) * second) || second;
    };
    const count = (keyword: string) => Math.max(1, Math.trunc(number(lastWithin(statement, keyword), 1)));
    const intervalUs = whole('interval');
    const timeoutUs = lastWithin(statement, 'timeout') === undefined ? intervalUs : whole('timeout');
    return {
      kind,
      name,
      intervalUs,
      timeoutUs,
      hangPeriodUs: habits.skipsRunning ? intervalUs * Math.ceil(timeoutUs / intervalUs) : intervalUs,
      rise: count('rise'),
      fall: count('fall'),
    };
  }
  if (kind === 'process') {
    const both = time('delay', 0);
    return { kind, name, failDelayUs: time('terminate_delay', 0) || both, okDelayUs: time('fork_delay', 0) || both };
  }
  if (kind !== 'file') return undefined;
  const initial = lastWithin(statement, 'init_file');
  return { kind, name, path: lastWithin(statement, 'file')?.words[1]?.text, initialValue: number(initial, 0) };
}

function weightIn(words: readonly string[]): { readonly weight: number; readonly reverse: boolean } | undefined {
  const at = words.indexOf('weight');
  if (at < 0) return undefined;
  const weight = Number(words[at + 1]);
  return Number.isInteger(weight) ? { weight, reverse: words[at + 2] === 'reverse' } : undefined;
}

function entries(statement: Statement, keyword: string): Statement[] {
  return within(statement, keyword).flatMap(
    (each) => each.block?.statements.filter((line) => line.words.length > 0) ?? [],
  );
}

/** A machine known by one address may speak to its peers from another network; as far as a /24 or /64 tells. */
function mayBeSource(address: string, peers: readonly Statement[]): boolean {
  const own = parseIp(address);
  if (own === undefined || peers.length === 0) return true;
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

function number(statement: Statement | undefined, fallback: number): number {
  const value = Number(statement?.words[1]?.text ?? Number.NaN);
  return Number.isFinite(value) ? value : fallback;
}

/** A flag without a word is on. */
function isOn(statement: Statement | undefined): boolean {
  const word = statement?.words[1]?.text;
  return statement !== undefined && (word === undefined || word === 'true' || word === 'on' || word === 'yes');
}
