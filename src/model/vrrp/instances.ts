import { masterDownUs, ownerPriority, skewUs } from './node';
import { Places } from './places';
import { isConnected } from './rest';
import { limited } from './shares';
import { type GroupState, type InstanceMode, type InstanceState, never, type Site, type World } from './world';

interface Advert {
  readonly from: number;
  readonly to: number;
  readonly priority: number;
  readonly accepted: boolean;
}

/** What one possible course of events depends on besides the configuration: everything that nobody can know beforehand. */
export interface Chances {
  /** Which of several timers that end together comes first, and which of the nodes without a known address has the highest. */
  readonly turn: number;
  /** Whether timers that end together end before any of them is heard of by the others. */
  readonly crossing: boolean;
  /** Which side of its end a preempt delay falls on when an advert comes just then. */
  readonly preemptSlipUs: number;
}

/**
 * The state machines of all instances: what each makes of timers, of adverts and of its sync group. It follows that of
 * keepalived 2.2.7 (keepalived/vrrp/vrrp.c, vrrp_scheduler.c, vrrp_sync.c).
 */
export class Instances extends Places {
  /** Microseconds since the beginning. */
  now = 0;
  /** How often an instance has changed its state so far. */
  changes = 0;
  /** How often an instance has become master or ceased to be one. */
  moves = 0;
  /** How many different turns of `Chances.turn` there were to take; 1 when nothing was left to chance. */
  turns = 1;
  private readonly adverts: Advert[] = [];

  constructor(
    site: Site,
    world: World,
    protected readonly chances: Chances,
  ) {
    super(site, world);
  }

  protected timeout(index: number, state: InstanceState): void {
    const before = state.mode;
    if (state.mode === 'backup') {
      state.want = 'master';
      this.becomeMaster(index);
    } else if (state.mode === 'master') this.send(index, state.priority);
    this.syncGroup(index, before);
    this.rearm(index);
  }

  protected deliver(): void {
    // The cap is far above any exchange of real daemons; it ends one that our own mistake would make endless.
    for (let i = 0; i < this.adverts.length && i < 10_000; i++) {
      const advert = this.adverts[i];
      if (advert !== undefined) this.receive(advert);
    }
    this.adverts.length = 0;
  }

  protected send(index: number, priority: number): void {
    for (const { to, accepted } of this.site.lines[index] ?? []) {
      if (isConnected(this.site, this.world, index, to)) this.adverts.push({ from: index, to, priority, accepted });
    }
  }

  private receive({ from, to, priority, accepted }: Advert): void {
    const state = this.state(to);
    if (state.mode !== 'backup' && state.mode !== 'master') return;
    const before = state.mode;
    if (state.mode === 'backup') this.backupHears(to, state, from, priority, accepted);
    else if (accepted && this.masterYields(to, state, from, priority)) this.leaveMaster(to, false);
    this.syncGroup(to, before);
    // A master starts its own interval anew on every packet of its VRID, also on one that it has thrown away.
    if (state.mode !== 'master' || !this.placed(to).instance.lowerPrioNoAdvert) this.rearm(to);
  }

  private backupHears(index: number, state: InstanceState, from: number, priority: number, accepted: boolean): void {
    const { instance } = this.placed(index);
    const delayed = instance.preemptDelayUs > 0 && (state.preemptUntil === never || state.preemptUntil > this.now);
    if (!accepted) state.downUs = Math.max(0, state.wake - this.now);
    else if (priority === 0) state.downUs = skewUs(instance.version, state.priority, state.masterAdvertUs);
    else if (instance.nopreempt || priority >= state.priority || delayed) {
      if (instance.version === 3) state.masterAdvertUs = this.placed(from).instance.advertUs;
      state.downUs = this.fullDown(index);
      if (instance.preemptDelayUs > 0) {
        if (priority >= state.priority) state.preemptUntil = never;
        else if (state.preemptUntil === never) {
          state.preemptUntil = this.now + instance.preemptDelayUs + this.chances.preemptSlipUs;
        }
      }
      state.want = 'backup';
    } else state.downUs = Math.max(0, state.wake - this.now);
  }

  /** Whether a master that hears another one gives way. */
  private masterYields(index: number, state: InstanceState, from: number, priority: number): boolean {
    const { instance } = this.placed(index);
    const better = priority > state.priority || (priority === state.priority && this.compareAddresses(from, index) > 0);
    if (priority === 0 || (instance.higherPrioSendAdvert && better)) {
      this.send(index, state.priority);
      if (priority === 0) return false;
    }
    let yields = better;
    if (priority === state.priority && state.priority === ownerPriority) {
      // Two owners: each steps down to 254 and goes on by that.
      state.priority = ownerPriority - 1;
      state.basePriority = ownerPriority - 1;
      yields = true;
    }
    if (!yields) {
      if (!instance.lowerPrioNoAdvert) this.send(index, state.priority);
      return false;
    }
    if (instance.version === 3) state.masterAdvertUs = this.placed(from).instance.advertUs;
    state.downUs = this.fullDown(index);
    state.want = 'backup';
    this.setMode(state, 'backup');
    return true;
  }

  private becomeMaster(index: number): void {
    const state = this.state(index);
    if (!this.groupMayLead(index)) {
      state.want = 'master';
      return;
    }
    this.setMode(state, 'master');
    state.masterAdvertUs = this.placed(index).instance.advertUs;
    this.rearm(index);
    this.send(index, state.priority);
  }

  private leaveMaster(index: number, saysSo: boolean): void {
    const state = this.state(index);
    if (state.want === 'backup') state.preemptUntil = never;
    if (saysSo || state.want === 'fault') this.send(index, 0);
    this.setMode(state, state.want);
    state.downUs = this.fullDown(index);
    this.rearm(index);
  }

  private leaveFault(index: number): void {
    const state = this.state(index);
    if (state.want === 'master') this.becomeMaster(index);
    else {
      if (state.want === 'fault' && state.mode === 'master') this.send(index, 0);
      this.setMode(state, state.want);
      if (state.mode === 'backup') state.preemptUntil = never;
    }
    state.masterAdvertUs = this.placed(index).instance.advertUs;
    state.downUs = this.fullDown(index);
    this.rearm(index);
  }

  protected takeDown(index: number): void {
    const state = this.state(index);
    if (state.faults++ > 0) return;
    state.want = 'fault';
    if (state.mode === 'master') this.leaveMaster(index, true);
    else this.leaveFault(index);
    const group = this.groupOf(index);
    if (group !== undefined && group.faults++ === 0) this.groupFaults(index, group);
  }

  protected tryUp(index: number, leavingInit: boolean): void {
    const state = this.state(index);
    const group = this.groupOf(index);
    if (leavingInit) {
      if (state.faults > 0) return;
    } else if (--state.faults > 0 || state.awaited > 0) {
      if (state.faults === 0) {
        if (group !== undefined) {
          group.faults--;
          group.mode = 'init';
        }
        state.want = 'backup';
      }
      return;
    }
    const owner = state.want === 'master' && state.basePriority === ownerPriority;
    if (!owner) state.want = 'backup';
    if (group !== undefined) {
      if (leavingInit) {
        if (group.faults > 0) return;
      } else if (--group.faults > 0 || group.awaited > 0) return;
    }
    const { want } = state;
    if (group !== undefined && want === 'master' && !this.groupMayLead(index)) state.want = 'backup';
    this.leaveFault(index);
    state.want = want;
    if (group === undefined) return;
    if (state.mode === 'master') this.groupLeads(index, group);
    else this.groupFollows(index, group);
  }

  /** The priority after a change, and the timer of a backup moved by what its skew has changed (vrrp_set_effective_priority). */
  protected applyPriority(index: number): void {
    const state = this.state(index);
    if (state.basePriority === ownerPriority) return;
    const priority = limited(state);
    if (priority === state.priority) return;
    state.priority = priority;
    const before = state.downUs;
    state.downUs = this.fullDown(index);
    if (state.mode === 'backup') state.wake = Math.max(this.now, state.wake + state.downUs - before);
  }

  private syncGroup(index: number, before: InstanceMode): void {
    const group = this.groupOf(index);
    if (group === undefined) return;
    const { mode } = this.state(index);
    if (mode === 'master') this.groupLeads(index, group);
    else if (before === 'master' && mode === 'backup') this.groupFollows(index, group);
  }

  /** A group takes over only when every member wants to. One that has to wait starts its interval anew. */
  private groupMayLead(index: number): boolean {
    const group = this.groupOf(index);
    if (group === undefined || group.mode === 'master') return true;
    if (this.fellows(index).every((each) => this.state(each).want === 'master')) return true;
    this.state(index).downUs = this.fullDown(index);
    this.rearm(index);
    return false;
  }

  private groupLeads(index: number, group: GroupState): void {
    if (group.mode === 'master' || !this.groupMayLead(index)) return;
    for (const each of this.fellows(index)) {
      const state = this.state(each);
      if (state.mode === 'master') continue;
      state.want = 'master';
      this.becomeMaster(each);
    }
    group.mode = 'master';
  }

  private groupFollows(index: number, group: GroupState): void {
    if (group.mode === 'backup') return;
    for (const each of this.fellows(index)) {
      const state = this.state(each);
      if (state.mode === 'backup') continue;
      state.want = 'backup';
      if (state.mode === 'fault') this.leaveFault(each);
      else this.leaveMaster(each, false);
    }
    group.mode = 'backup';
  }

  private groupFaults(index: number, group: GroupState): void {
    if (group.mode === 'fault') return;
    for (const each of this.fellows(index)) {
      const state = this.state(each);
      if (state.mode === 'fault') continue;
      state.want = 'fault';
      if (state.mode === 'master') this.leaveMaster(each, false);
      else {
        this.setMode(state, 'fault');
        this.leaveFault(each);
      }
    }
    group.mode = 'fault';
  }

  protected setMode(state: InstanceState, mode: InstanceMode): void {
    if (state.mode === mode) return;
    if (state.mode === 'master' || mode === 'master') this.moves++;
    state.mode = mode;
    this.changes++;
  }

  protected rearm(index: number): void {
    const state = this.state(index);
    const { node, instance } = this.placed(index);
    if (state.mode === 'master') state.wake = this.now + instance.advertUs;
    // Until `vrrp_startup_delay` is over every interval of a backup begins at its end.
    else if (state.mode === 'backup')
      state.wake = Math.max(this.now, this.world.delayedUntil[node] ?? 0) + state.downUs;
    else state.wake = never;
  }

  protected fullDown(index: number): number {
    const state = this.state(index);
    return masterDownUs(this.placed(index).instance, state.priority, state.masterAdvertUs);
  }

  private compareAddresses(a: number, b: number): number {
    const left = this.placed(a).instance.sourceAddress;
    const right = this.placed(b).instance.sourceAddress;
    if (left === undefined || right === undefined) {
      const count = this.site.nodes.length;
      this.turns = Math.max(this.turns, count);
      const rank = (index: number) => (this.placed(index).node + this.chances.turn) % count;
      return rank(a) - rank(b);
    }
    return compareAddressText(left, right);
  }
}

/** Orders two addresses as numbers. */
function compareAddressText(a: string, b: string): number {
  const left = a.split(/[.:]/);
  const right = b.split(/[.:]/);
  const base = a.includes(':') ? 16 : 10;
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = Number.parseInt(left[i] || '0', base) - Number.parseInt(right[i] || '0', base);
    if (difference !== 0) return difference;
  }
  return 0;
}
