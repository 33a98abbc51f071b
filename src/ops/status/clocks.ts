import { say } from '../../base/message';
import type { Concern } from '../plan';
import { type ClusterState, statusOf } from './cluster-state';
import { clockSlackSec } from './node-status';

/** The middle one of some numbers; of an even count the smaller of the two. Undefined of none. */
export function middleOf(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
}

/**
 * Nodes whose clock is not that of the others, with the seconds that it is ahead. Ours counts as one of them, so that it is not
 * taken for the right one; where most do not agree, nobody knows which is wrong, and nothing is said.
 */
export function clocksOff({ nodes }: ClusterState): ReadonlyMap<string, number> {
  const ahead = nodes.flatMap((each): [string, number][] => {
    const sec = statusOf(each)?.aheadSec;
    return sec === undefined ? [] : [[each.node.name, sec]];
  });
  const all = [0, ...ahead.map(([, sec]) => sec)];
  const middle = middleOf(all) ?? 0;
  const isNear = (sec: number) => Math.abs(sec - middle) < clockSlackSec;
  if (all.filter(isNear).length * 2 <= all.length) return new Map();
  return new Map(ahead.filter(([, sec]) => !isNear(sec)).map(([name, sec]) => [name, sec - middle]));
}

/** What to think about before certificates are made, or pods start anew, on nodes whose clock is off. */
export function clockWarnings(state: ClusterState): readonly Concern[] {
  return [...clocksOff(state)].map(([host, sec]) => ({
    host,
    message: say('its clock is {0} s off', sec),
    remedy: say('let it take the time from the same servers as the cluster'),
  }));
}
