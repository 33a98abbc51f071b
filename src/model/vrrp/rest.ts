import { never, type Site, type World } from './world';

/** Nothing can change any more; nothing that has to change first, only time; something has to change before it can be so. */
type Rest = 'rest' | 'later' | 'no';

/**
 * Whether nothing can change any more without another event: no check is at work, no master is spoken to by another one,
 * and every backup hears a master whose adverts it takes. `no` where that cannot be told at a glance.
 */
export function restOf(site: Site, world: World, now: number): Rest {
  for (const check of world.checks) if (check.next !== never) return 'no';
  for (const group of world.groups) if (group.awaited > 0) return 'no';
  const { instances } = world;
  const hears = new Array<boolean>(instances.length).fill(false);
  const heard = new Array<boolean>(instances.length).fill(false);
  for (let from = 0; from < instances.length; from++) {
    const master = instances[from];
    if (master?.mode !== 'master') continue;
    for (const { to, accepted } of site.lines[from] ?? []) {
      const state = instances[to];
      const instance = site.instances[to]?.instance;
      if (state === undefined || instance === undefined) return 'no';
      if (state.mode !== 'master' && state.mode !== 'backup') continue;
      if (!isConnected(site, world, from, to)) continue;
      if (state.mode === 'master') return 'no';
      if (!accepted) continue;
      // A lower priority is put up with only for a while, unless the backup never preempts.
      if (master.priority < state.priority && !instance.nopreempt) return 'no';
      if (state.preemptUntil !== never && state.preemptUntil > now) return 'no';
      // In version 3 the first advert of a master may come later than a backup waits that does not know its interval yet.
      if (state.masterAdvertUs !== site.instances[from]?.instance.advertUs) return 'no';
      hears[to] = true;
      // The master must speak before this backup's patience ends: after a priority 0 of another one it may not.
      if (master.wake < state.wake) heard[to] = true;
    }
  }
  let rest: Rest = 'rest';
  for (let i = 0; i < instances.length; i++) {
    if (instances[i]?.mode !== 'backup' || heard[i] === true) continue;
    if (hears[i] !== true) return 'no';
    rest = 'later';
  }
  return rest;
}

/** Whether what one instance sends reaches the machine and the cable of the other. */
export function isConnected(site: Site, world: World, from: number, to: number): boolean {
  const a = site.instances[from]?.node ?? 0;
  const b = site.instances[to]?.node ?? 0;
  return (
    world.on[a] === true &&
    world.on[b] === true &&
    world.cut[a * site.nodes.length + b] !== true &&
    isCableUp(site, world, from) &&
    isCableUp(site, world, to)
  );
}

/** Whether the interface that the instance speaks on is up. */
function isCableUp(site: Site, world: World, index: number): boolean {
  const cable = site.cableOf[index] ?? -1;
  return cable < 0 || world.checks[cable]?.condition === 'ok';
}
