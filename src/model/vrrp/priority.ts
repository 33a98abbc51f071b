import { ownerPriority, type VrrpInstance, type VrrpNode } from './node';

/** The lowest and highest priority a node can have, and whether one of its checks can take it out of the election. */
export interface PriorityRange {
  readonly lowest: number;
  readonly highest: number;
  /** With every check good: what the node starts the election with. */
  readonly healthy: number;
  readonly canFault: boolean;
}

/** What one check adds to the priority (`vrrp_set_effective_priority`): good ones of positive weight, bad ones of negative weight. */
export function shareOf(weight: number, reverse: boolean, isGood: boolean): number {
  const sign = reverse ? -1 : 1;
  return isGood === weight > 0 ? weight * sign : 0;
}

/**
 * The priority of an instance while the checks in `failing` (indexes into the node's checks) fail and all others are good,
 * before it is limited to 1..254. Tracked files count with their first value.
 */
export function prioritySum(node: VrrpNode, instance: VrrpInstance, failing: ReadonlySet<number>): number {
  let sum = instance.basePriority;
  for (const { check, weight, reverse } of instance.trackers) {
    const kind = node.checks[check];
    if (weight === 0) continue;
    if (kind?.kind === 'file') sum += Math.min(253, kind.initialValue * weight * (reverse ? -1 : 1));
    else sum += shareOf(weight, reverse, !failing.has(check));
  }
  return sum;
}

/** The same as it is sent to the others. */
export function effectivePriority(node: VrrpNode, instance: VrrpInstance, failing: ReadonlySet<number>): number {
  if (instance.basePriority === ownerPriority) return ownerPriority;
  return limited(prioritySum(node, instance, failing));
}

/** keepalived limits the sum of base and weights to 1..254. */
export function limited(sum: number): number {
  return Math.max(1, Math.min(ownerPriority - 1, sum));
}

/** How far the checks of a node can move its priority. Files may hold any number, so they are left as they begin. */
export function priorityRange(node: VrrpNode, instance: VrrpInstance): PriorityRange {
  const none = new Set<number>();
  const healthy = effectivePriority(node, instance, none);
  const canFault = instance.trackers.some((each) => each.weight === 0 && node.checks[each.check]?.kind !== 'interface');
  if (instance.basePriority === ownerPriority) return { lowest: healthy, highest: healthy, healthy, canFault };
  let low = prioritySum(node, instance, none);
  let high = low;
  for (const { check, weight, reverse } of instance.trackers) {
    if (weight === 0 || node.checks[check]?.kind === 'file') continue;
    const change = shareOf(weight, reverse, false) - shareOf(weight, reverse, true);
    if (change < 0) low += change;
    else high += change;
  }
  return { lowest: limited(low), highest: limited(high), healthy, canFault };
}
