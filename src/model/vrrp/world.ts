import { hearingGraph, type Line, type Placed } from './hearing';
import type { Check, VrrpNode } from './node';

/** What does not change while events happen: the nodes and who hears whom. Instances and groups count over all nodes. */
export interface Site {
  readonly nodes: readonly VrrpNode[];
  readonly instances: readonly Placed[];
  readonly lines: readonly (readonly Line[])[];
  /** Index of a node's first instance, sync group and check in the lists over all nodes. */
  readonly firstInstance: readonly number[];
  readonly firstGroup: readonly number[];
  readonly firstCheck: readonly number[];
  readonly groupMembers: readonly (readonly number[])[];
  /** For each check, the instances that track it and how. */
  readonly trackedBy: readonly (readonly Tracking[])[];
  /** All checks, and for each instance the one on the interface it speaks on (-1: not watched). */
  readonly checks: readonly Check[];
  readonly cableOf: readonly number[];
  /** All addresses that the nodes hold together, each once, and for each the instances that bring it. */
  readonly addresses: readonly string[];
  readonly bringing: readonly (readonly number[])[];
}

interface Tracking {
  readonly instance: number;
  readonly weight: number;
  readonly sign: 1 | -1;
}

export type InstanceMode = 'off' | 'fault' | 'backup' | 'master';
type GroupMode = 'init' | 'fault' | 'backup' | 'master';

/** One instance inside a running daemon. Times are in microseconds since the moment of the events; `never` is no timer. */
export interface InstanceState {
  mode: InstanceMode;
  want: InstanceMode;
  basePriority: number;
  priority: number;
  /** Base and all contributions before it is limited to 1..254. */
  sum: number;
  masterAdvertUs: number;
  downUs: number;
  wake: number;
  /** End of the preempt delay, or `never` while none was started. */
  preemptUntil: number;
  /** Reasons for FAULT, and scripts of weight 0 without a first result. */
  faults: number;
  awaited: number;
}

export interface GroupState {
  mode: GroupMode;
  faults: number;
  awaited: number;
}

export interface CheckState {
  /** What is true on the machine. */
  condition: 'ok' | 'fail' | 'hang';
  value: number;
  /** What the daemon has made of it: the script's counter (0 .. rise + fall - 1), or the last state it acted on. */
  counter: number;
  seenUp: boolean;
  seenValue: number;
  decided: boolean;
  /** The script's next start, or the end of a process's delay. */
  next: number;
}

/** Everything that can differ from one moment to another. */
export interface World {
  readonly on: boolean[];
  /** The end of `vrrp_startup_delay` on each node. */
  readonly delayedUntil: number[];
  /** `cut[a * nodes + b]`: a and b do not hear each other. */
  readonly cut: boolean[];
  readonly instances: InstanceState[];
  readonly groups: GroupState[];
  readonly checks: CheckState[];
}

export const never = Number.POSITIVE_INFINITY;

export function siteOf(nodes: readonly VrrpNode[]): Site {
  const instances: Placed[] = [];
  const firstInstance: number[] = [];
  const firstGroup: number[] = [];
  const firstCheck: number[] = [];
  const groupMembers: number[][] = [];
  const trackedBy: Tracking[][] = [];
  for (const [index, node] of nodes.entries()) {
    firstInstance.push(instances.length);
    firstGroup.push(groupMembers.length);
    firstCheck.push(trackedBy.length);
    for (const _ of node.groups) groupMembers.push([]);
    for (const _ of node.checks) trackedBy.push([]);
    for (const instance of node.instances) {
      if (instance.group !== undefined) groupMembers[(firstGroup[index] ?? 0) + instance.group]?.push(instances.length);
      for (const tracker of instance.trackers) {
        trackedBy[(firstCheck[index] ?? 0) + tracker.check]?.push({
          instance: instances.length,
          weight: tracker.weight,
          sign: tracker.reverse ? -1 : 1,
        });
      }
      instances.push({ node: index, instance });
    }
  }
  const lines = hearingGraph(nodes, instances);
  const checks = nodes.flatMap((node) => node.checks);
  const cableOf = instances.map(({ node, instance }) => {
    const own = nodes[node]?.checks ?? [];
    const at = own.findIndex((each) => each.kind === 'interface' && each.name === instance.interface);
    return at < 0 ? -1 : (firstCheck[node] ?? 0) + at;
  });
  const bringing = new Map<string, number[]>();
  for (const [index, { instance }] of instances.entries()) {
    for (const address of new Set([...instance.addresses, ...instance.excludedAddresses])) {
      const known = bringing.get(address);
      if (known === undefined) bringing.set(address, [index]);
      else known.push(index);
    }
  }
  return {
    nodes,
    instances,
    lines,
    firstInstance,
    firstGroup,
    firstCheck,
    groupMembers,
    trackedBy,
    checks,
    cableOf,
    addresses: [...bringing.keys()],
    bringing: [...bringing.values()],
  };
}

/** All machines switched off, every check ready to be good, no cable cut. */
export function darkWorld(site: Site): World {
  return {
    on: site.nodes.map(() => false),
    delayedUntil: site.nodes.map(() => 0),
    cut: new Array<boolean>(site.nodes.length * site.nodes.length).fill(false),
    instances: site.instances.map(({ instance }) => ({
      mode: 'off',
      want: 'off',
      basePriority: instance.basePriority,
      priority: instance.basePriority,
      sum: instance.basePriority,
      masterAdvertUs: instance.advertUs,
      downUs: 0,
      wake: never,
      preemptUntil: never,
      faults: 0,
      awaited: 0,
    })),
    groups: site.groupMembers.map(() => ({ mode: 'backup', faults: 0, awaited: 0 })),
    checks: site.nodes.flatMap((node) =>
      node.checks.map((check): CheckState => {
        const value = check.kind === 'file' ? check.initialValue : 0;
        return { condition: 'ok', value, counter: 0, seenUp: true, seenValue: value, decided: false, next: never };
      }),
    ),
  };
}

/** A world that can be played on; checks are copied when one of them is changed (`Daemons`). */
export function copyOf(world: World): World {
  return {
    on: [...world.on],
    delayedUntil: [...world.delayedUntil],
    cut: [...world.cut],
    instances: world.instances.map((each) => ({ ...each })),
    groups: world.groups.map((each) => ({ ...each })),
    checks: [...world.checks],
  };
}

/** Two settled worlds with the same key go on in the same way: all but the phases of their timers. */
export function keyOf(world: World): string {
  const instances = world.instances.map(
    (each) => `${each.mode[0]}${each.want[0]}${each.basePriority},${each.sum},${each.faults},${each.masterAdvertUs}`,
  );
  const checks = world.checks.map((each) => `${each.condition[0]}${each.value}${each.decided ? each.counter : '-'}`);
  const groups = world.groups.map((each) => `${each.mode[0]}${each.faults}`);
  const bits = (flags: readonly boolean[]) => flags.map(Number).join('');
  return [instances.join(' '), checks.join(' '), groups.join(' '), bits(world.on), bits(world.cut)].join('|');
}

/** The nodes on which an address of `site.addresses` is up, in the order of the nodes. */
export function holdersOf(site: Site, world: World, address: number): number[] {
  const holders: number[] = [];
  for (const index of site.bringing[address] ?? []) {
    if (world.instances[index]?.mode !== 'master') continue;
    const node = site.instances[index]?.node ?? 0;
    if (!holders.includes(node)) holders.push(node);
  }
  return holders;
}
