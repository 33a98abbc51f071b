import { ownerPriority } from './node';
import type { InstanceState } from './world';

/** The priority on the wire: the sum limited to 1..254, or 255 whatever the sum. */
export function limited(state: InstanceState): number {
  return state.basePriority === ownerPriority ? ownerPriority : Math.max(1, Math.min(254, state.sum));
}

/** What a check adds when its first result comes: good results of positive weights, bad results of negative ones. */
export function firstShare(weight: number, sign: number, ok: boolean): number {
  return ok === weight > 0 ? weight * sign : 0;
}

export function laterShare(weight: number, sign: number, ok: boolean): number {
  return (ok ? 1 : -1) * Math.abs(weight) * sign;
}

/** What a tracked file adds, or that it puts the instance into FAULT: at -254 and below, or at any value with weight 0. */
export function fileStatus(value: number, weight: number, sign: number): number | 'fault' {
  if (weight === 0) return (value !== 0) === (sign === 1) ? 'fault' : 0;
  const product = value * weight * sign;
  return product <= -254 ? 'fault' : Math.min(253, product);
}
