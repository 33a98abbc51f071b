import type { Statement } from '../../syntax/keepalived/tree';
import type { Checks, TrackList, Weight } from './checks';
import { ownerPriority, type Tracker } from './node';
import { entries } from './statements';

/** What decides which of an instance's trackers count, and how. */
interface TrackerSurroundings {
  readonly basePriority: number;
  readonly interfaceName: string;
  readonly tracksPrimary: boolean;
  /** The sync group that the instance is a member of. */
  readonly group: Statement | undefined;
  /** The group says `sync_group_tracking_weight`. */
  readonly groupWeighs: boolean;
  /** A member of the group has priority 255, which no weight may change. */
  readonly groupHasOwner: boolean;
}

/**
 * Everything that an instance tracks, itself and by its sync group, each check once. What both track counts once, with
 * the weight of the group unless that of the instance is 0 (`add_vrrp_to_track_script`, `add_vrrp_to_interface` in
 * keepalived/vrrp/vrrp.c); a script of weight 0 on both is waited for twice and answers once, so such an instance never
 * gets out of FAULT.
 */
export function trackersOf(instance: Statement, checks: Checks, around: TrackerSurroundings): Tracker[] {
  return [
    ...interfaceTrackers(instance, checks, around),
    ...listTrackers('track_script', instance, checks, around),
    ...listTrackers('track_process', instance, checks, around),
    ...listTrackers('track_file', instance, checks, around),
  ];
}

/** An interface that must not be tracked has no number; it stays so unless the group names it. */
type InterfaceWeight = Weight | 'untracked';

function interfaceTrackers(instance: Statement, checks: Checks, around: TrackerSurroundings): Tracker[] {
  const { basePriority, interfaceName, tracksPrimary, group, groupHasOwner } = around;
  const found = new Map<string, InterfaceWeight>();
  const plain: Weight = { weight: 0, reverse: false };
  const add = (name: string, weight: InterfaceWeight) => {
    const known = found.get(name);
    if (known === undefined) found.set(name, weight);
    else if ((known === 'untracked' || known.weight !== 0) && weight !== 'untracked') found.set(name, weight);
  };
  // That weights of single members do not count in a group is said by the daemon, but it goes by them all the same.
  for (const [name, weight] of lines(instance, 'track_interface', () => plain))
    if (name !== interfaceName) add(name, weight);
  add(interfaceName, tracksPrimary ? plain : 'untracked');
  for (const name of addressInterfaces(instance)) if (name !== interfaceName || tracksPrimary) add(name, plain);
  if (group !== undefined)
    for (const [name, weight] of lines(group, 'track_interface', () => plain))
      add(name, groupHasOwner ? { ...weight, weight: 0 } : weight);
  return [...found].flatMap(([name, weight]): Tracker[] => {
    // Its cable can be pulled all the same.
    const check = checks.interface(name);
    const isOfNoUse = weight === 'untracked' || (weight.weight !== 0 && basePriority === ownerPriority);
    return isOfNoUse ? [] : [{ check, ...weight, awaits: 0 }];
  });
}

function listTrackers(
  list: TrackList,
  instance: Statement,
  checks: Checks,
  { basePriority, group, groupWeighs, groupHasOwner }: TrackerSurroundings,
): Tracker[] {
  const found = new Map<number, Tracker>();
  const awaits = (weight: number) => (list === 'track_script' && weight === 0 ? 1 : 0);
  const weightless = basePriority === ownerPriority || (group !== undefined && !groupWeighs);
  const trackedBy = (by: Statement): [number, Weight][] =>
    [...lines(by, list, (name) => checks.tracked(list, name, by), list === 'track_process')].flatMap(
      ([name, weight]) => {
        const index = checks.tracked(list, name, by)?.index;
        return index === undefined ? [] : [[index, weight] as [number, Weight]];
      },
    );
  for (const [check, { weight, reverse }] of trackedBy(instance)) {
    // A file's weight of 1 may be the one it has when nobody says any; a process keeps its weight.
    const isDropped =
      weightless && weight !== 0 && list !== 'track_process' && (list === 'track_script' || weight !== 1);
    if (isDropped) continue;
    const own = weightless && list === 'track_file' ? 0 : weight;
    found.set(check, { check, weight: own, reverse, awaits: awaits(own) });
  }
  if (group === undefined) return [...found.values()];
  for (const [check, said] of trackedBy(group)) {
    const weight = groupHasOwner ? 0 : said.weight;
    const known = found.get(check);
    const both = (known?.awaits ?? 0) + awaits(weight);
    if (known === undefined) found.set(check, { check, weight, reverse: said.reverse, awaits: both });
    else if (known.weight === 0) found.set(check, { ...known, awaits: both });
    else {
      const reverse = list === 'track_process' ? known.reverse : said.reverse;
      found.set(check, { check, weight, reverse, awaits: both });
    }
  }
  return [...found.values()];
}

/** The names of a `track_…` block with their weights; a name counts once. What is no weight is that of the definition. */
function* lines(
  statement: Statement,
  list: string,
  definedWeight: (name: string) => Weight | undefined,
  isProcess = false,
): Iterable<[string, Weight]> {
  const seen = new Set<string>();
  for (const { words } of entries(statement, list)) {
    const [name, keyword, given, mode] = words.map((each) => each.text);
    const defined = name === undefined ? undefined : definedWeight(name);
    if (name === undefined || defined === undefined || seen.has(name)) continue;
    seen.add(name);
    if (keyword !== 'weight' || given === undefined) {
      yield [name, defined];
      continue;
    }
    const weight = Number(given);
    const isWeight = Number.isInteger(weight) && Math.abs(weight) <= 254;
    const most = isProcess || list === 'track_file' ? 254 : 253;
    yield [
      name,
      {
        weight: isWeight ? Math.max(-most, Math.min(most, weight)) : defined.weight,
        reverse: mode === 'reverse' || (mode === undefined && list !== 'track_interface' && defined.reverse),
      },
    ];
  }
}

/** The interfaces that addresses are put on: an instance goes down with them too. */
function addressInterfaces(statement: Statement): string[] {
  const found = new Set<string>();
  for (const { words } of [
    ...entries(statement, 'virtual_ipaddress'),
    ...entries(statement, 'virtual_ipaddress_excluded'),
  ]) {
    const at = words.findIndex((each) => each.text === 'dev');
    const name = at < 0 ? undefined : words[at + 1]?.text;
    if (name !== undefined && !words.some((each) => each.text === 'no_track')) found.add(name);
  }
  return [...found];
}
