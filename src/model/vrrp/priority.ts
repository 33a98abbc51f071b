import { ownerPriority, type VrrpInstance, type VrrpNode } from './node';

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
function limited(sum: number): number {
  return Math.max(1, Math.min(ownerPriority - 1, sum));
}
