import { parseIp } from '../../base/address';
import type { Item, Statement, Tree } from '../../syntax/keepalived/tree';
import { machineNamedIn, shortPath } from '../cluster/node-name';
import { type KeepalivedAnalysis, treeFor, within } from '../keepalived/analysis';
import { lowerNode } from './lower';
import type { VrrpInstance, VrrpNode } from './node';

/** A keepalived file, and the machines of the inventory that it is for; none where nobody says. */
export interface FleetFile {
  readonly path: string;
  readonly analysis: KeepalivedAnalysis;
  readonly machines?: readonly { readonly name: string; readonly address: string }[];
  /** The other files that the same keepalived reads. */
  readonly siblings?: readonly { readonly path: string; readonly analysis: KeepalivedAnalysis }[];
}

/** One of the files that a machine's keepalived reads, as that machine reads it. */
export interface MachineFile {
  readonly path: string;
  readonly text: string;
  readonly tree: Tree;
}

/** One machine that runs keepalived with one of the files and what that includes. */
export interface Machine {
  readonly name: string;
  /** Its main file. */
  readonly path: string;
  readonly files: readonly MachineFile[];
  /** The top-level statements of all of them. */
  readonly statements: readonly Statement[];
  readonly vrrp: VrrpNode;
}

/** One machine's part of a virtual router: what its file says and what that means. */
export interface Member {
  readonly machine: Machine;
  readonly instance: VrrpInstance;
  readonly statement: Statement;
  /** Every check that the file tracks is defined in it: only then can its priority be told. */
  readonly complete: boolean;
}

/** The instances of different machines that hold the same address between them, or mean to. */
export interface VirtualRouter {
  readonly members: readonly Member[];
}

/** Machines whose keepalived files are looked at together. */
export interface Fleet {
  readonly machines: readonly Machine[];
  readonly routers: readonly VirtualRouter[];
}

export function fleetOf(files: readonly FleetFile[]): Fleet {
  const machines = daemonsOf(files).flatMap(machinesOf);
  const members = machines.flatMap(membersOf);
  return { machines, routers: routersOf(members) };
}

/** One file for each keepalived: the main one, with all that it includes as its siblings. */
function daemonsOf(files: readonly FleetFile[]): FleetFile[] {
  const mains = new Map<string, FleetFile>();
  for (const file of files) if (mainOf(file) === undefined) mains.set(file.path, file);
  for (const file of files) {
    const main = mainOf(file);
    // A main file without instances of its own may not be among the files.
    if (main === undefined || mains.has(main.path)) continue;
    const others = (file.siblings ?? []).filter((each) => each !== main);
    mains.set(main.path, { ...file, ...main, siblings: [file, ...others] });
  }
  return [...mains.values()];
}

/** The file of a machine that an item stands in. */
export function fileOf({ files }: Machine, item: Item): MachineFile | undefined {
  return files.length === 1 ? files[0] : files.find((each) => each.tree.items.includes(item));
}

/** The file that includes this one, directly or not; of several the one that lies highest. Undefined for a main file. */
function mainOf({ path, analysis, siblings = [] }: FleetFile): NonNullable<FleetFile['siblings']>[number] | undefined {
  const including = siblings.filter((each) => includesOf(each.analysis));
  const highest = including.reduce<(typeof including)[number] | undefined>(
    (best, each) => (best === undefined || depthOf(each.path) < depthOf(best.path) ? each : best),
    undefined,
  );
  if (highest === undefined || !includesOf(analysis)) return highest;
  return depthOf(highest.path) < depthOf(path) ? highest : undefined;
}

function includesOf({ views }: KeepalivedAnalysis): boolean {
  return views.some((each) => each.tree.includes.length > 0);
}

function depthOf(path: string): number {
  return path.split('/').length;
}

/** A file with lines for several hosts (`@lb1 …`) is a file of each of them. */
function machinesOf({ path, analysis, machines = [], siblings = [] }: FleetFile): Machine[] {
  const views = analysis.views.flatMap((each) => each.id ?? []);
  const named: readonly { readonly name: string; readonly address?: string }[] =
    machines.length > 0
      ? machines
      : views.length > 1
        ? views.map((name) => ({ name }))
        : [{ name: machineNamedIn(path) ?? shortPath(path) }];
  const all = [{ path, analysis }, ...siblings];
  return named.map(({ name, address }) => {
    const read = all.map((file) => {
      return { path: file.path, text: file.analysis.text, tree: treeFor(file.analysis, name) };
    });
    const vrrp = lowerNode({
      name,
      files: all.map((file) => file.analysis),
      ...(address !== undefined && parseIp(address) !== undefined && { address }),
      ...(analysis.version !== undefined && { version: analysis.version }),
    });
    const statements = read.flatMap((file) => file.tree.items.map((each) => each.statement));
    return { name, path, files: read, statements, vrrp };
  });
}

function membersOf(machine: Machine): Member[] {
  const statements = new Map<string, Statement>();
  const defined = new Set<string>();
  for (const statement of machine.statements) {
    const name = statement.words[1]?.text;
    if (name === undefined) continue;
    if (statement.keyword === 'vrrp_instance') {
      if (!statements.has(name)) statements.set(name, statement);
    } else defined.add(name);
  }
  const whole = machine.files.length > 1 || machine.files.every((each) => each.tree.includes.length === 0);
  return machine.vrrp.instances.flatMap((instance) => {
    const statement = statements.get(instance.name);
    if (statement === undefined) return [];
    const tracked = ['track_script', 'track_process', 'track_file'].flatMap((list) =>
      within(statement, list).flatMap((each) => each.block?.statements.map((line) => line.keyword) ?? []),
    );
    return [{ machine, instance, statement, complete: whole && tracked.every((name) => defined.has(name)) }];
  });
}

function routersOf(members: readonly Member[]): VirtualRouter[] {
  // Members with a key in common are of one router, also over others: the lowest index stands for all of them.
  const leader = members.map((_, index) => index);
  const find = (index: number): number => {
    const next = leader[index] ?? index;
    return next === index ? index : find(next);
  };
  const first = new Map<string, number>();
  for (const [index, { instance }] of members.entries()) {
    const own = `name ${instance.name} ${instance.vrid} ${instance.family}`;
    for (const key of [own, ...instance.addresses.map((each) => `address ${each}`)]) {
      const other = first.get(key);
      if (other === undefined) {
        first.set(key, index);
        continue;
      }
      const [a, b] = [find(index), find(other)];
      leader[Math.max(a, b)] = Math.min(a, b);
    }
  }
  const groups = new Map<number, Member[]>();
  for (const [index, member] of members.entries()) {
    const at = find(index);
    groups.set(at, [...(groups.get(at) ?? []), member]);
  }
  return [...groups.values()]
    .filter((group) => new Set(group.map((each) => each.machine)).size > 1)
    .map((group) => ({ members: group }));
}
