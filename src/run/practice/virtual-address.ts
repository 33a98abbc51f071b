import type { Machine } from './world';

/** Seconds, near what a real pair of load balancers with an advertisement each second was seen to take. */
const pace = { handOver: 0.5, checkFails: 3, silent: 3.5, comesBack: 3.5 };

/**
 * Who carries the virtual address: the first load balancer in the list that is able to, after the time that keepalived
 * takes to notice. While only haproxy is down the address stays until the check has failed; a keepalived that is stopped
 * hands it over, one that loses its power is missed.
 */
export function holderOf(balancers: readonly Machine[], bornMs: number, nowMs: number): Machine | undefined {
  for (const machine of balancers) {
    const [keepalived, haproxy] = ['keepalived', 'haproxy'].map((name) => machine.units.get(name));
    if (keepalived === undefined || haproxy === undefined) continue;
    const lasted = (sinceMs: number) => (nowMs - sinceMs) / 1000;
    const isUp = machine.hasPower && keepalived.active === 'active';
    if (isUp && haproxy.active === 'active') {
      const sinceMs = Math.max(keepalived.sinceMs, haproxy.sinceMs);
      const isOthers = balancers.some(
        (each) => each !== machine && each.hasPower && each.units.get('keepalived')?.active === 'active',
      );
      if (sinceMs <= bornMs || !isOthers || lasted(sinceMs) >= pace.comesBack) return machine;
    } else if (isUp) {
      if (lasted(haproxy.sinceMs) < pace.checkFails) return machine;
    } else if (lasted(keepalived.sinceMs) < (machine.hasPower ? pace.handOver : pace.silent)) return undefined;
  }
  return undefined;
}
