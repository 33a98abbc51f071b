import { Chance } from './chance';
import { type Checks, checksOf, list, noChecks } from './made-up-checks';
import { madeUpMoments } from './made-up-moments';
import { canTrackProcesses } from './process-events';
import type { VrrpScenario } from './vrrp-scenario';

/** What one node's file says; the same on every node but where a cluster was made to differ. */
interface NodeWords {
  readonly globals: readonly string[];
  readonly checks: Checks;
  readonly instances: readonly InstanceWords[];
}

interface InstanceWords {
  readonly state: string | undefined;
  readonly interface: string;
  readonly vrid: number;
  readonly priority: number | undefined;
  readonly advert: number;
  readonly version: 2 | 3 | undefined;
  readonly lines: readonly string[];
  readonly password: string | undefined;
  readonly peers: readonly string[];
  readonly vips: readonly string[];
}

/** The ways in which one node of a cluster may differ from the others, by mistake. */
const oddities = ['password', 'advert', 'version', 'vips', 'vrid', 'peers', 'group', 'unicast'] as const;

/** A cluster nobody thought of, and what happens to it; the same for the same seed. */
export function madeUpScenario(seed: number): VrrpScenario {
  const chance = new Chance(seed);
  const count = chance.of([2, 2, 2, 3, 3, 4]);
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  const isSix = chance.is(0.05);
  const version = isSix ? undefined : chance.of([undefined, undefined, 2, 3, 3] as const);
  const isThree = isSix || version === 3;
  const instances = chance.of([1, 1, 1, 2, 2, 3]);
  const isGrouped = instances > 1 && chance.is(0.7);
  const isUnicast = !isSix && chance.is(0.3);
  const faces = ['eth0', chance.of(['eth0', 'eth0', 'eth1']), 'eth0'];
  const grouped = Array.from({ length: instances }, (_, at) => at).filter((at) => at < 2 || chance.is(0.5));

  // A unicast packet to a machine that was away may wait a second for its hardware address.
  const short = isUnicast ? [] : [0.1, 0.25];
  const advert = isThree ? chance.of([...short, 0.4, 0.5, 1, 1.5]) : chance.of([1, 1, 1, 2, 1.4]);
  const around = { instances, isGrouped, hasProcesses: canTrackProcesses() };
  const base = prioritiesOf(chance, count);
  const checks = checksOf(chance, around);
  const everywhere = Array.from({ length: instances }, () => settingsOf(chance));
  const globals = globalsOf(chance);
  const vipsAt = (at: number) =>
    isSix
      ? [`fe80::77:10${at}`, ...(at === 0 ? ['fd77::100'] : [])]
      : [`10.77.0.10${at}`, ...(at === 0 && hasSecondVip ? ['10.77.0.110'] : [])];
  const hasSecondVip = chance.is(0.2);
  const password = chance.is(0.2) ? chance.of(['PASS secret', 'PASS secretlonger', 'AH secret']) : undefined;
  const odd = chance.is(0.18) ? chance.below(count) : -1;
  const oddity = chance.of(oddities);
  const differs = (index: number, way: (typeof oddities)[number]) => index === odd && oddity === way;

  const peersOf = (index: number, face: string): string[] => {
    if (isUnicast === differs(index, 'unicast') || isSix) return [];
    const others = names.flatMap((_, other) =>
      other === index || (differs(index, 'peers') && other === 0) ? [] : [other],
    );
    return others.map((other) => `${face === 'eth0' ? '10.77.0' : '10.78.0'}.${other + 1}`);
  };

  const nodes = names.map((_, index): NodeWords => {
    const own = base[index] ?? 100;
    const states = chance.is(index === 0 ? 0.4 : 0.08) ? 'MASTER' : 'BACKUP';
    return {
      globals,
      checks: chance.is(0.06) ? noChecks : chance.is(0.1) ? checksOf(chance, around) : checks,
      instances: Array.from({ length: instances }, (_, at): InstanceWords => {
        const face = faces[at] ?? 'eth0';
        // A second instance without a group is often the first one's mirror: both machines work.
        const isMirrored = at === 1 && chance.is(isGrouped ? 0.12 : 0.5);
        return {
          state: chance.is(0.05) ? undefined : chance.is(0.1) ? chance.of(['MASTER', 'BACKUP']) : states,
          interface: face,
          vrid: (differs(index, 'vrid') ? 61 : 51) + at,
          priority: chance.is(0.03) ? undefined : isMirrored ? base[count - 1 - index] : own,
          advert: differs(index, 'advert') || (isThree && chance.is(0.1)) ? chance.of([0.5, 1, 2]) : advert,
          version: differs(index, 'version') ? (isThree ? 2 : 3) : version,
          lines: [...(everywhere[at] ?? []), ...ownSettingsOf(chance, isSix, `${index + 1}`)].filter(
            (line, place, all) => all.indexOf(line) === place,
          ),
          password: differs(index, 'password') ? 'PASS other' : password,
          peers: peersOf(index, face),
          vips: [...vipsAt(at), ...(differs(index, 'vips') && at === 0 ? [isSix ? 'fd77::109' : '10.77.0.109'] : [])],
        };
      }),
    };
  });

  const groupText = ({ checks: { shared } }: NodeWords, index: number) => {
    const members = differs(index, 'group') ? grouped.slice(0, 1) : grouped;
    return isGrouped
      ? list('vrrp_sync_group G1', [
          ...list(
            'group',
            members.map((at) => `VI_${at + 1}`),
          ),
          ...shared,
        ])
      : [];
  };
  const text = (words: NodeWords, index: number): string =>
    [
      ...(words.globals.length === 0 ? [] : list('global_defs', words.globals)),
      ...words.checks.blocks,
      ...words.instances.flatMap((each, at) => instanceText(each, at, isSix, words.checks.own[at] ?? [])),
      ...groupText(words, index),
      '',
    ].join('\n');

  return {
    configs: Object.fromEntries(nodes.map((words, index) => [names[index] ?? '', text(words, index)])),
    ...(chance.is(0.5) && { start: chance.shuffled(names) }),
    moments: madeUpMoments(
      chance,
      names.map((name, index) => ({ name, checks: nodes[index]?.checks.ofNode ?? [] })),
      // Cables are cut by rules of IPv4.
      !isSix,
    ),
    detectionSec: Math.max(...nodes.map((each) => each.checks.detectionSec)),
    restSec: 5 + 3.5 * Math.max(...nodes.flatMap((words) => words.instances.map((each) => each.advert))),
  };
}

function instanceText(words: InstanceWords, at: number, isSix: boolean, lists: readonly string[]): string[] {
  const [type, secret] = words.password?.split(' ') ?? [];
  return list(`vrrp_instance VI_${at + 1}`, [
    ...(words.state === undefined ? [] : [`state ${words.state}`]),
    `interface ${words.interface}`,
    `virtual_router_id ${words.vrid}`,
    ...(words.priority === undefined ? [] : [`priority ${words.priority}`]),
    `advert_int ${words.advert}`,
    ...(words.version === undefined ? [] : [`version ${words.version}`]),
    ...words.lines,
    ...(type === undefined ? [] : list('authentication', [`auth_type ${type}`, `auth_pass ${secret}`])),
    ...(words.peers.length === 0 ? [] : list('unicast_peer', words.peers)),
    ...list(
      'virtual_ipaddress',
      words.vips.map((each) => `${each}/${isSix ? 64 : 24}`),
    ),
    ...lists,
  ]);
}

function prioritiesOf(chance: Chance, count: number): number[] {
  const [top, step] = chance.of([
    [101, 1],
    [100, 1],
    [110, 10],
    [150, 40],
    [254, 1],
    [200, 50],
    [120, 20],
    [100, 0],
  ] as const);
  const ordered = Array.from({ length: count }, (_, index) => Math.max(1, top - step * index));
  return ordered.map((each, index) => {
    if (chance.is(index === 0 ? 0.1 : 0.02)) return 255;
    return chance.is(0.12) ? (ordered[chance.below(count)] ?? each) : each;
  });
}

/** What every node says of an instance. */
function settingsOf(chance: Chance): string[] {
  return [
    ...(chance.is(0.15) ? ['nopreempt'] : chance.is(0.15) ? [`preempt_delay ${chance.of([1, 2.5, 4])}`] : []),
    ...(chance.is(0.08) ? ['lower_prio_no_advert'] : []),
    ...(chance.is(0.08) ? ['higher_prio_send_advert'] : []),
    ...(chance.is(0.1) ? [`down_timer_adverts ${chance.of([2, 4])}`] : []),
    ...(chance.is(0.06) ? ['garp_master_delay 1', 'garp_lower_prio_repeat 2', 'garp_master_refresh 3'] : []),
    ...(chance.is(0.04) ? ['skip_check_adv_addr'] : []),
    ...(chance.is(0.03) ? ['strict_mode'] : []),
  ];
}

/** What a single node says of an instance. */
function ownSettingsOf(chance: Chance, isSix: boolean, number: string): string[] {
  return [
    ...(chance.is(0.07) ? ['nopreempt'] : []),
    ...(chance.is(0.04) ? [`preempt_delay ${chance.of([1, 3])}`] : []),
    ...(chance.is(0.06) ? ['dont_track_primary'] : []),
    ...(!isSix && chance.is(0.04) ? list('virtual_ipaddress_excluded', [`10.77.0.12${number}/24`]) : []),
  ];
}

function globalsOf(chance: Chance): string[] {
  return [
    ...(chance.is(0.05) ? ['vrrp_strict'] : []),
    ...(chance.is(0.06) ? [`vrrp_startup_delay ${chance.of([1, 3.5])}`] : []),
    ...(chance.is(0.05) ? ['vrrp_garp_interval 0.2'] : []),
    ...(chance.is(0.05) ? ['vrrp_version 3'] : []),
    ...(chance.is(0.05) ? ['vrrp_lower_prio_no_advert true'] : []),
    ...(chance.is(0.05) ? ['vrrp_higher_prio_send_advert true'] : []),
    ...(chance.is(0.05) ? ['vrrp_down_timer_adverts 2'] : []),
  ];
}
