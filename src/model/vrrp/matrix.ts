import type { VrrpEvent } from './event';
import type { VrrpNode } from './node';
import { type AddressChange, addressChanges, type Situation, startAll } from './simulate';

/** What is wrong with an address after a failure: nobody has it, two have it, or the node that failed keeps it. */
export type Flaw = 'nowhere' | 'in two places' | 'stays on the failed node';

/** One failure or two at the same moment, and what they do to every address. */
export interface MatrixRow {
  readonly events: readonly VrrpEvent[];
  readonly vips: readonly AddressChange[];
  readonly flaws: readonly { readonly vip: string; readonly flaw: Flaw }[];
}

export interface Matrix {
  readonly single: readonly MatrixRow[];
  readonly pairs: readonly MatrixRow[];
}

/**
 * Every single failure (a node without power, a check that fails) and every pair of them, each from the healthy
 * cluster. Single failures carry times; pairs only say who holds what.
 */
export function failureMatrix(nodes: readonly VrrpNode[], order: readonly number[] | undefined): Matrix {
  const healthy = startAll(nodes, order).situation;
  const failures = failuresOf(nodes);
  const single = rowsOfSingle(nodes, healthy);
  const first: Situation = { site: healthy.site, worlds: healthy.worlds.slice(0, 1) };
  const pairs = failures.flatMap((a, i) =>
    failures.slice(i + 1).flatMap((b) => (contained(a, b) ? [] : [rowOf(nodes, first, [a, b], 'outcome')])),
  );
  return { single, pairs };
}

/** Every single failure alone, with times; quick enough for while somebody types. */
export function singleFailures(nodes: readonly VrrpNode[]): readonly MatrixRow[] {
  return rowsOfSingle(nodes, startAll(nodes, undefined).situation);
}

function rowsOfSingle(nodes: readonly VrrpNode[], healthy: Situation): MatrixRow[] {
  return failuresOf(nodes).map((failure) => rowOf(nodes, healthy, [failure], 'bounds'));
}

function failuresOf(nodes: readonly VrrpNode[]): VrrpEvent[] {
  return nodes.flatMap((each, node) => [
    { kind: 'power-cut' as const, node },
    ...each.checks.flatMap((kind, check): VrrpEvent[] => (kind.kind === 'file' ? [] : [{ kind: 'fail', node, check }])),
  ]);
}

/** A check that fails on a machine without power is no second failure. */
function contained(a: VrrpEvent, b: VrrpEvent): boolean {
  const nodeOf = (event: VrrpEvent) => ('node' in event ? event.node : -1);
  return nodeOf(a) === nodeOf(b) && (a.kind === 'power-cut' || b.kind === 'power-cut');
}

function rowOf(
  nodes: readonly VrrpNode[],
  situation: Situation,
  events: readonly VrrpEvent[],
  thoroughness: 'bounds' | 'outcome',
): MatrixRow {
  const vips = addressChanges(situation, events, thoroughness);
  const failed = new Set(events.flatMap((event) => ('node' in event ? [nodes[event.node]?.name ?? ''] : [])));
  const alive = nodes.some((node) => !failed.has(node.name));
  const flaws = vips.flatMap((change) => {
    const flaw = flawOf(change, failed, alive);
    return flaw === undefined ? [] : [{ vip: change.vip, flaw }];
  });
  return { events, vips, flaws };
}

function flawOf(change: AddressChange, failed: ReadonlySet<string>, alive: boolean): Flaw | undefined {
  for (const holders of change.after) {
    if (holders.length === 0) return 'nowhere';
    if (holders.length > 1) return 'in two places';
    const [holder = ''] = holders;
    if (alive && failed.has(holder)) return 'stays on the failed node';
  }
  return undefined;
}
