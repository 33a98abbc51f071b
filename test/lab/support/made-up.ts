import { Chance } from './chance';
import { type CheckOfNode, madeUpMoments } from './made-up-moments';
import { canTrackProcesses } from './process-events';
import type { VrrpScenario } from './vrrp-scenario';

/** What one node's file says; the same on every node but where a cluster was made to differ. */
interface NodeWords {
  readonly priorities: readonly number[];
  readonly isMaster: boolean;
  readonly lines: readonly string[];
  readonly advert: number;
  readonly version: 2 | 3 | undefined;
  readonly checks: Checks;
  readonly password: string | undefined;
  readonly vips: readonly (readonly string[])[];
  readonly vrid: number;
}

interface Checks {
  /** Blocks of the file that define them. */
  readonly blocks: readonly string[];
  /** Lists of an instance, and of its sync group, that track them. */
  readonly own: readonly string[];
  readonly shared: readonly string[];
  readonly ofNode: readonly CheckOfNode[];
}

/** A cluster nobody thought of, and what happens to it; the same for the same seed. */
export function madeUpScenario(seed: number): VrrpScenario {
  const hasProcesses = canTrackProcesses();
  const chance = new Chance(seed);
  const count = chance.of([2, 2, 2, 3, 3, 4]);
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  const isSix = chance.is(0.05);
  const version = isSix ? undefined : chance.of([undefined, undefined, 2, 3, 3] as const);
  const isThree = isSix || version === 3;
  const instances = chance.is(0.35) ? 2 : 1;
  const isGrouped = instances === 2 && chance.is(0.7);
  const isUnicast = !isSix && chance.is(0.3);
  const secondInterface = instances === 2 && chance.is(0.3) ? 'eth1' : 'eth0';

  const advert = isThree ? chance.of([0.1, 0.25, 0.5, 1, 1.5]) : chance.of([1, 1, 1, 2, 1.4]);
  const base = prioritiesOf(chance, count);
  const checks = checksOf(chance, isGrouped, hasProcesses);
  const everywhere = settingsOf(chance);
  const vips = isSix
    ? [['fe80::77:100', 'fd77::100'], ['fe80::77:101']]
    : [['10.77.0.100', ...(chance.is(0.2) ? ['10.77.0.110'] : [])], ['10.77.0.101']];
  const password = chance.is(0.2) ? 'secret' : undefined;
  const odd = chance.is(0.15) ? chance.below(count) : -1;
  const oddity = chance.of(['password', 'advert', 'version', 'vips', 'vrid', 'peers'] as const);

  const nodes = names.map((_, index): NodeWords => {
    const isOdd = index === odd;
    const own = base[index] ?? 100;
    // A second instance without a group is often the first one's mirror: both machines work.
    const second = chance.is(isGrouped ? 0.03 : 0.5) ? (base[count - 1 - index] ?? 100) : own;
    return {
      priorities: [own, second].slice(0, instances),
      isMaster: chance.is(index === 0 ? 0.4 : 0.08),
      lines: [...everywhere, ...(chance.is(0.07) ? ['nopreempt'] : [])].filter(
        (line, at, all) => all.indexOf(line) === at,
      ),
      advert: (isOdd && oddity === 'advert') || (isThree && chance.is(0.1)) ? chance.of([0.5, 1, 2]) : advert,
      version: isOdd && oddity === 'version' ? (isThree ? 2 : 3) : version,
      checks: chance.is(0.06) ? noChecks : chance.is(0.08) ? checksOf(chance, isGrouped, hasProcesses) : checks,
      password: isOdd && oddity === 'password' ? 'other' : password,
      vips: isOdd && oddity === 'vips' ? vips.map((list) => [...list, isSix ? 'fd77::109' : '10.77.0.109']) : vips,
      vrid: isOdd && oddity === 'vrid' ? 61 : 51,
    };
  });

  const text = (words: NodeWords, index: number): string => {
    const peersOf = (net: string) =>
      names.flatMap((_, other) =>
        other === index || (index === odd && oddity === 'peers' && other === 0) ? [] : [`${net}.${other + 1}`],
      );
    const instance = (at: number) => {
      const face = at === 0 ? 'eth0' : secondInterface;
      const peers = isUnicast ? peersOf(face === 'eth0' ? '10.77.0' : '10.78.0') : [];
      return [
        `vrrp_instance VI_${at + 1} {`,
        ...[
          `state ${words.isMaster ? 'MASTER' : 'BACKUP'}`,
          `interface ${face}`,
          `virtual_router_id ${words.vrid + at}`,
          `priority ${words.priorities[at]}`,
          `advert_int ${words.advert}`,
          ...(words.version === undefined ? [] : [`version ${words.version}`]),
          ...words.lines,
          ...(words.password === undefined
            ? []
            : list('authentication', ['auth_type PASS', `auth_pass ${words.password}`])),
          ...(peers.length === 0 ? [] : list('unicast_peer', peers)),
          ...list(
            'virtual_ipaddress',
            (words.vips[at] ?? []).map((each) => `${each}/${isSix ? 64 : 24}`),
          ),
          ...(at === 0 ? words.checks.own : []),
        ].map((line) => `    ${line}`),
        '}',
      ];
    };
    return [
      ...words.checks.blocks,
      ...words.priorities.flatMap((_, at) => instance(at)),
      ...(isGrouped ? list('vrrp_sync_group G1', [...list('group', ['VI_1', 'VI_2']), ...words.checks.shared]) : []),
      '',
    ].join('\n');
  };

  return {
    configs: Object.fromEntries(nodes.map((words, index) => [names[index] ?? '', text(words, index)])),
    ...(chance.is(0.5) && { start: chance.shuffled(names) }),
    moments: madeUpMoments(
      chance,
      names.map((name, index) => ({ name, checks: nodes[index]?.checks.ofNode ?? [] })),
      // Cables are cut by rules of IPv4.
      !isSix,
    ),
    restSec: 5 + 3.5 * Math.max(...nodes.map((each) => each.advert)),
  };
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
  ] as const);
  const ordered = Array.from({ length: count }, (_, index) => Math.max(1, top - step * index));
  return ordered.map((each, index) => {
    if (index === 0 && chance.is(0.1)) return 255;
    return chance.is(0.12) ? (ordered[chance.below(count)] ?? each) : each;
  });
}

function settingsOf(chance: Chance): string[] {
  return [
    ...(chance.is(0.15) ? ['nopreempt'] : chance.is(0.15) ? [`preempt_delay ${chance.of([1, 2.5, 4])}`] : []),
    ...(chance.is(0.08) ? ['lower_prio_no_advert'] : []),
    ...(chance.is(0.08) ? ['higher_prio_send_advert'] : []),
    ...(chance.is(0.08) ? [`down_timer_adverts ${chance.of([2, 4])}`] : []),
  ];
}

const noChecks: Checks = { blocks: [], own: [], shared: [], ofNode: [] };

/** Checks of every kind, tracked by the first instance or by the sync group, with weights that do and that do not suffice. */
function checksOf(chance: Chance, isGrouped: boolean, hasProcesses: boolean): Checks {
  const blocks: string[] = [];
  const own: string[] = [];
  const shared: string[] = isGrouped && chance.is(0.25) ? ['sync_group_tracking_weight'] : [];
  const ofNode: CheckOfNode[] = [{ kind: 'interface', name: 'eth0' }];
  const weight = () => chance.of([0, 0, 0, -1, -2, -20, -60, 2, 20, 60]);
  const onLine = (value: number) => (chance.is(0.12) ? ` weight ${value} reverse` : ` weight ${value}`);
  const track = (lines: readonly string[]) => (isGrouped && chance.is(0.5) ? shared : own).push(...lines);

  for (const name of ['chk', 'chk2'].slice(0, chance.of([0, 1, 1, 1, 2]))) {
    const value = weight();
    const isOnLine = chance.is(0.3);
    const interval = chance.of([1, 1, 2, 0.5]);
    blocks.push(
      ...list(`vrrp_script ${name}`, [
        `script "FLAGS/check FLAGS/${name}"`,
        `interval ${interval}`,
        ...(chance.is(0.3) ? [`timeout ${chance.of([1, 2, 3])}`] : []),
        `fall ${chance.of([1, 2, 3])}`,
        `rise ${chance.of([1, 2, 3])}`,
        ...(isOnLine ? [] : [`weight ${value}`]),
      ]),
    );
    track(list('track_script', [name + (isOnLine ? onLine(value) : '')]));
    ofNode.push({ kind: 'script', name });
  }
  if (chance.is(0.2)) {
    track(list('track_interface', [`eth1${chance.is(0.6) ? onLine(weight()) : ''}`]));
    ofNode.push({ kind: 'interface', name: 'eth1' });
  }
  if (chance.is(0.2)) {
    const value = chance.of([1, 0, -1, 5, -20]);
    const isOnLine = chance.is(0.5);
    blocks.push(
      ...list('track_file tf', [
        'file "FLAGS/tf"',
        ...(isOnLine ? [] : [`weight ${value}`]),
        `init_file ${chance.of([0, 0, 1, -3])}`,
      ]),
    );
    track(list('track_file', [`tf${isOnLine ? onLine(value) : ''}`]));
    ofNode.push({ kind: 'file', name: 'tf' });
  }
  if (hasProcesses && chance.is(0.2)) {
    const value = weight();
    blocks.push(
      ...list('vrrp_track_process prc', [
        'process "PROGRAM"',
        `weight ${value}`,
        ...chance.of([[], [], ['delay 2'], ['terminate_delay 1.5'], ['fork_delay 1']]),
      ]),
    );
    track(list('track_process', ['prc']));
    ofNode.push({ kind: 'process', name: 'prc' });
  }
  return { blocks, own, shared, ofNode };
}

function list(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((each) => `    ${each}`), '}'];
}
