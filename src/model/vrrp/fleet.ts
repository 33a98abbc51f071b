import { parseIp } from '../../base/address';
import type { Statement, Tree } from '../../syntax/keepalived/tree';
import { machineNamedIn, shortPath } from '../cluster/node-name';
import { type KeepalivedAnalysis, treeFor, within } from '../keepalived/analysis';
import { lowerNode } from './lower';
import type { VrrpInstance, VrrpNode } from './node';

/** A keepalived file, and the machines of the inventory that it is for; none where nobody says. */
export interface FleetFile {
  readonly path: string;
  readonly analysis: KeepalivedAnalysis;
  readonly machines?: readonly { readonly name: string; readonly address: string }[];
}

/** One machine that runs keepalived with one of the files. */
export interface Machine {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly tree: Tree;
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
  const machines = files.flatMap(machinesOf);
  const members = machines.flatMap(membersOf);
  return { machines, routers: routersOf(members) };
}

/** A file with lines for several hosts (`@lb1 …`) is a file of each of them. */
function machinesOf({ path, analysis, machines = [] }: FleetFile): Machine[] {
  const views = analysis.views.flatMap((each) => each.id ?? []);
  const named: readonly { readonly name: string; readonly address?: string }[] =
    machines.length > 0
      ? machines
      : views.length > 1
        ? views.map((name) => ({ name }))
        : [{ name: machineNamedIn(path) ?? shortPath(path) }];
  return named.map(({ name, address }) => ({
    name,
    path,
    text: analysis.text,
    tree: treeFor(analysis, name),
    vrrp: lowerNode({
      name,
      files: [analysis],
      ...(address !== undefined && parseIp(address) !== undefined && { address }),
      ...(analysis.version !== undefined && { version: analysis.version }),
    }),
  }));
}

function membersOf(machine: Machine): Member[] {
  const statements = new Map<string, Statement>();
  const defined = new Set<string>();
  for (const { statement } of machine.tree.items) {
    const name = statement.words[1]?.text;
    if (name === undefined) continue;
    if (statement.keyword === 'vrrp_instance') {
      if (!statements.has(name)) statements.set(name, statement);
    } else defined.add(name);
  }
  const whole = machine.tree.includes.length === 0;
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
  const groups = new Map<string, Set<Member>>();
  for (const member of members) {
    const { instance } = member;
    const keys = [
      ...instance.addresses.map((each) => `address ${each}`),
      `name ${instance.name} ${instance.vrid} ${instance.family}`,
    ];
    const joined = new Set<Member>([member]);
    for (const key of keys) for (const other of groups.get(key) ?? []) joined.add(other);
    for (const each of joined) for (const key of each === member ? keys : []) groups.set(key, joined);
    for (const [key, group] of groups) if ([...group].some((each) => joined.has(each))) groups.set(key, joined);
  }
  return [...new Set(groups.values())].flatMap((group) => {
    const found = [...group];
    return new Set(found.map((each) => each.machine)).size > 1 ? [{ members: found }] : [];
  });
}
