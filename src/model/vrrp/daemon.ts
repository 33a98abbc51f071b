import { type Check, masterDownUs, ownerPriority, type ScriptCheck, skewUs } from './node';
import { isConnected } from './rest';
import {
  type CheckState,
  type GroupState,
  type InstanceMode,
  type InstanceState,
  never,
  type Site,
  type World,
} from './world';

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

/** Timers that end within this time of each other end in any order: no machine keeps them more precisely. */
const togetherUs = 1_000;

/**
 * The keepalived daemons of all nodes, played on one clock. It follows the state machine of keepalived 2.2.7
 * (keepalived/vrrp/vrrp.c, vrrp_scheduler.c, vrrp_sync.c, vrrp_track.c) and changes `world` in place. Adverts arrive
 * at once; what takes no time in the daemon takes none here.
 */
export class Daemons {
  now = 0;
  /** How often an instance has changed its state so far. */
  changes = 0;
  /** How often an instance has become master or ceased to be one. */
  moves = 0;
  /** How many different turns of `Chances.turn` there were to take; 1 when nothing was left to chance. */
  turns = 1;
  private readonly adverts: Advert[] = [];
  private readonly ownChecks = new Set<number>();

  constructor(
    private readonly site: Site,
    private readonly world: World,
    private readonly chances: Chances,
  ) {}

  /** When the next advert or takeover is due. */
  nextTimer(): number {
    let next = never;
    for (const each of this.world.instances) if (each.wake < next) next = each.wake;
    return next;
  }

  /** When the next check has a result; `never` when all of them have made up their minds. */
  nextCheck(): number {
    let next = never;
    for (const each of this.world.checks) if (each.next < next) next = each.next;
    return next;
  }

  /** Moves the clock to `time` and does everything that is due then. */
  advanceTo(time: number): void {
    this.now = time;
    const { instances, checks } = this.world;
    for (let i = 0; i < checks.length; i++) {
      const check = checks[i];
      if (check !== undefined && check.next <= time) this.checkDue(i, this.check(i));
    }
    this.deliver();
    const due = this.dueAt(time);
    const { turn, crossing } = this.chances;
    for (let i = 0; i < due.length; i++) {
      const index = due[(i + turn) % due.length] ?? 0;
      const state = instances[index];
      // It may have heard of another one meanwhile, and wait again.
      if (state === undefined || state.wake > time + togetherUs) continue;
      this.timeout(index, state);
      if (!crossing) this.deliver();
    }
    this.deliver();
  }

  /** Whose timers end at a time; those that end a little later too where that makes a difference. */
  private dueAt(time: number): number[] {
    const { instances } = this.world;
    const due: number[] = [];
    const soon: number[] = [];
    for (let i = 0; i < instances.length; i++) {
      const { wake } = instances[i] ?? { wake: never };
      if (wake <= time) due.push(i);
      else if (wake <= time + togetherUs) soon.push(i);
    }
    const all = [...due, ...soon];
    const isContested = all.some((index) =>
      instances[index]?.mode === 'backup'
        ? all.some((other) => this.doHear(index, other))
        : this.fellows(index).some((other) => all.includes(other)) && this.speaksToMaster(index),
    );
    if (!isContested) return due;
    this.turns = Math.max(this.turns, all.length);
    return all.sort((a, b) => this.state(a).wake - this.state(b).wake || a - b);
  }

  /**
   * Whether what a master says meets another master. When members of a sync group speak together and others prefer other
   * members, an answer to the first may cross the advert of the second, and both groups step down.
   */
  private speaksToMaster(index: number): boolean {
    return (this.site.lines[index] ?? []).some(
      ({ to }) => this.world.instances[to]?.mode === 'master' && isConnected(this.site, this.world, index, to),
    );
  }

  private doHear(index: number, other: number): boolean {
    return index !== other && (this.site.lines[index] ?? []).some(({ to }) => to === other);
  }

  // --- What happens to a node ---

  start(node: number): void {
    if (this.world.on[node] === true) return;
    this.world.on[node] = true;
    this.world.delayedUntil[node] = this.now + (this.site.nodes[node]?.startupDelayUs ?? 0);
    this.initialiseChecks(node);
    const members = this.instancesOf(node);
    for (const index of members) this.initialise(index);
    for (const index of members) this.countInGroup(index);
    for (const index of members) if (!this.mayWantMaster(index)) this.state(index).want = 'backup';
    for (const index of members) this.enterFirstState(index);
    this.deliver();
    for (const index of this.checksOf(node)) {
      if (this.checkKind(index).kind === 'script') {
        this.checkDue(index, this.check(index));
      }
    }
    this.deliver();
  }

  /** SIGTERM: every master says that it goes. */
  stop(node: number): void {
    for (const index of this.instancesOf(node)) if (this.state(index).mode === 'master') this.send(index, 0);
    this.deliver();
    this.powerCut(node);
  }

  powerCut(node: number): void {
    this.world.on[node] = false;
    for (const index of this.instancesOf(node)) {
      const state = this.state(index);
      this.setMode(state, 'off');
      state.wake = never;
    }
    for (const index of this.checksOf(node)) this.check(index).next = never;
  }

  cutLine(a: number, b: number, isCut: boolean): void {
    this.world.cut[a * this.site.nodes.length + b] = isCut;
    this.world.cut[b * this.site.nodes.length + a] = isCut;
  }

  /** The state of a check on its machine changes; `nextRunUs` is when its script runs next. */
  setCondition(node: number, check: number, condition: CheckState['condition'], nextRunUs: number): void {
    const index = this.first('firstCheck', node) + check;
    const state = this.check(index);
    const kind = this.site.nodes[node]?.checks[check];
    if (kind === undefined || state.condition === condition) return;
    state.condition = condition;
    if (this.world.on[node] !== true) return;
    if (kind.kind === 'script') state.next = condition === 'hang' ? nextRunUs + kind.timeoutUs : nextRunUs;
    else if (kind.kind === 'process') {
      const delay = condition === 'ok' ? kind.okDelayUs : kind.failDelayUs;
      state.next = state.seenUp === (condition === 'ok') ? never : this.now + delay;
      if (delay === 0) this.checkDue(index, state);
    } else if (kind.kind === 'interface') this.changeUp(index, state, condition === 'ok');
    this.deliver();
  }

  setValue(node: number, check: number, value: number): void {
    const index = this.first('firstCheck', node) + check;
    const state = this.check(index);
    state.value = value;
    if (this.world.on[node] !== true || state.seenValue === value) return;
    const before = state.seenValue;
    state.seenValue = value;
    for (const { instance, weight, sign } of this.site.trackedBy[index] ?? []) {
      const old = fileStatus(before, weight, sign);
      const fresh = fileStatus(value, weight, sign);
      const target = this.state(instance);
      const counts = target.basePriority !== ownerPriority && weight !== 0;
      if (counts) target.sum += (fresh === 'fault' ? 0 : fresh) - (old === 'fault' ? 0 : old);
      // On the way into FAULT the others go on with the priority they know (process_update_vrrp_track_file_status).
      if (fresh === 'fault' && old !== 'fault') this.takeDown(instance);
      else if (fresh !== 'fault' && old === 'fault') {
        if (counts) target.priority = limited(target);
        this.tryUp(instance, false);
      } else if (counts) this.applyPriority(instance);
    }
    this.deliver();
  }

  // --- Checks ---

  private initialiseChecks(node: number): void {
    for (const index of this.checksOf(node)) {
      const state = this.check(index);
      state.decided = false;
      state.counter = 0;
      state.seenUp = state.condition === 'ok';
      state.seenValue = state.value;
      state.next = never;
      const kind = this.checkKind(index);
      // One good result is enough at the start, and one bad result too (vrrp_init_script).
      if (kind.kind === 'script') state.counter = kind.rise - 1;
    }
  }

  private checkDue(index: number, state: CheckState): void {
    const kind = this.checkKind(index);
    if (kind.kind === 'script') this.scriptEnds(index, state, kind);
    else {
      state.next = never;
      this.changeUp(index, state, state.condition === 'ok');
    }
  }

  /** A run of the script has ended, or the first run of a hanging one begins (vrrp_script_child_thread). */
  private scriptEnds(index: number, state: CheckState, script: ScriptCheck): void {
    if (!state.decided && state.condition === 'hang' && state.next === never) {
      state.next = this.now + script.timeoutUs;
      return;
    }
    const full = script.rise + script.fall - 1;
    const first = !state.decided;
    if (state.condition === 'ok') {
      if (state.counter < script.rise - 1) state.counter++;
      else if (state.counter !== full) {
        const turns = state.counter < script.rise;
        state.counter = full;
        state.decided = true;
        if (turns) this.scriptTurns(index, true, first);
      }
    } else if (state.counter > script.rise) state.counter--;
    else {
      const turns = state.counter === script.rise || first;
      state.counter = 0;
      state.decided = true;
      if (turns) this.scriptTurns(index, false, first);
    }
    state.decided = true;
    // A script that has made up its mind says the same at every further run, so nothing is due any more.
    const settled = state.condition === 'ok' ? state.counter === full : state.counter === 0;
    const period = state.condition === 'hang' ? script.hangPeriodUs : script.intervalUs;
    state.next = settled ? never : this.now + period;
  }

  private scriptTurns(index: number, ok: boolean, first: boolean): void {
    for (const { instance, weight, sign } of this.site.trackedBy[index] ?? []) {
      const state = this.state(instance);
      if (weight === 0) {
        const group = this.groupOf(instance);
        let leftInit = false;
        if (first && --state.awaited === 0) {
          leftInit = true;
          if (group !== undefined) group.awaited--;
        }
        if (ok !== (sign === 1)) this.takeDown(instance);
        else if (state.awaited === 0 && (group === undefined || group.awaited === 0)) this.tryUp(instance, leftInit);
        continue;
      }
      if (state.basePriority !== ownerPriority)
        state.sum += first ? firstShare(weight, sign, ok) : laterShare(weight, sign, ok);
      this.applyPriority(instance);
    }
  }

  /** A tracked process or interface has come or gone. */
  private changeUp(index: number, check: CheckState, up: boolean): void {
    if (check.seenUp === up) return;
    check.seenUp = up;
    for (const { instance, weight, sign } of this.site.trackedBy[index] ?? []) {
      const state = this.state(instance);
      if (weight === 0) {
        if (up === (sign === 1)) this.tryUp(instance, false);
        else this.takeDown(instance);
      } else if (state.basePriority !== ownerPriority) {
        state.sum += laterShare(weight, sign, up);
        this.applyPriority(instance);
      }
    }
  }

  // --- The start of an instance (vrrp_complete_instance, initialise_tracking_priorities, vrrp_init_state) ---

  private initialise(index: number): void {
    const { instance } = this.placed(index);
    const state = this.state(index);
    state.basePriority = instance.basePriority;
    state.sum = instance.basePriority;
    state.masterAdvertUs = instance.advertUs;
    state.preemptUntil = never;
    state.faults = instance.losesAddress ? 1 : 0;
    state.awaited = 0;
    state.want = instance.wantsMaster ? 'master' : 'backup';
    this.setMode(state, 'backup');
    state.wake = never;
    const firstCheck = this.first('firstCheck', this.placed(index).node);
    for (const tracker of instance.trackers) {
      const check = this.check(firstCheck + tracker.check);
      const kind = this.checkKind(firstCheck + tracker.check);
      const sign = tracker.reverse ? -1 : 1;
      if (kind.kind === 'script') {
        state.awaited += tracker.awaits;
      } else if (kind.kind === 'file') {
        const share = fileStatus(check.value, tracker.weight, sign);
        if (share === 'fault') state.faults++;
        else state.sum += share;
      } else if (tracker.weight === 0) {
        if (check.seenUp !== (sign === 1)) state.faults++;
      } else state.sum += firstShare(tracker.weight, sign, check.seenUp);
    }
    if (state.faults > 0) this.setMode(state, 'fault');
    state.priority = limited(state);
    const group = this.groupOf(index);
    if (group !== undefined) {
      group.faults = 0;
      group.awaited = 0;
      group.mode = 'master';
    }
  }

  private countInGroup(index: number): void {
    const group = this.groupOf(index);
    const state = this.state(index);
    if (group === undefined) return;
    if (state.faults > 0) group.faults++;
    if (state.awaited > 0) group.awaited++;
    const owner = state.want === 'master' && state.basePriority === ownerPriority;
    if (group.faults > 0) group.mode = 'fault';
    else if (group.awaited > 0 && group.mode !== 'fault') group.mode = 'init';
    else if (!owner && group.mode === 'master') group.mode = 'backup';
  }

  /** In a sync group `state MASTER` counts only where every member is the owner of its addresses (vrrp_complete_init). */
  private mayWantMaster(index: number): boolean {
    const isOwner = (each: number) => {
      const { instance } = this.placed(each);
      return instance.wantsMaster && instance.basePriority === ownerPriority;
    };
    return this.groupOf(index) === undefined || [index, ...this.fellows(index)].every(isOwner);
  }

  private enterFirstState(index: number): void {
    const state = this.state(index);
    const group = this.groupOf(index);
    if (state.faults > 0 || group?.mode === 'fault') state.want = 'fault';
    const next = group === undefined ? state.want : group.mode;
    const ready = state.faults === 0 && state.awaited === 0 && (group === undefined || group.awaited === 0);
    if (ready && next === 'master' && state.want === 'master' && state.basePriority === ownerPriority) {
      this.setMode(state, 'backup');
      state.downUs = 1;
    } else {
      state.downUs = this.fullDown(index);
      this.setMode(state, ready && next !== 'fault' ? 'backup' : 'fault');
    }
    this.rearm(index);
  }

  // --- Timers and adverts ---

  private timeout(index: number, state: InstanceState): void {
    const before = state.mode;
    if (state.mode === 'backup') {
      state.want = 'master';
      this.becomeMaster(index);
    } else if (state.mode === 'master') this.send(index, state.priority);
    this.syncGroup(index, before);
    this.rearm(index);
  }

  private deliver(): void {
    // The cap is far above any exchange of real daemons; it ends one that our own mistake would make endless.
    for (let i = 0; i < this.adverts.length && i < 10_000; i++) {
      const advert = this.adverts[i];
      if (advert !== undefined) this.receive(advert);
    }
    this.adverts.length = 0;
  }

  private send(index: number, priority: number): void {
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

  // --- Transitions ---

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

  private takeDown(index: number): void {
    const state = this.state(index);
    if (state.faults++ > 0) return;
    state.want = 'fault';
    if (state.mode === 'master') this.leaveMaster(index, true);
    else this.leaveFault(index);
    const group = this.groupOf(index);
    if (group !== undefined && group.faults++ === 0) this.groupFaults(index, group);
  }

  private tryUp(index: number, leavingInit: boolean): void {
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
  private applyPriority(index: number): void {
    const state = this.state(index);
    if (state.basePriority === ownerPriority) return;
    const priority = limited(state);
    if (priority === state.priority) return;
    state.priority = priority;
    const before = state.downUs;
    state.downUs = this.fullDown(index);
    if (state.mode === 'backup') state.wake = Math.max(this.now, state.wake + state.downUs - before);
  }

  // --- Sync groups (vrrp_sync.c) ---

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

  // --- Small things ---

  private setMode(state: InstanceState, mode: InstanceMode): void {
    if (state.mode === mode) return;
    if (state.mode === 'master' || mode === 'master') this.moves++;
    state.mode = mode;
    this.changes++;
  }

  private rearm(index: number): void {
    const state = this.state(index);
    const { node, instance } = this.placed(index);
    if (state.mode === 'master') state.wake = this.now + instance.advertUs;
    // Until `vrrp_startup_delay` is over every interval of a backup begins at its end.
    else if (state.mode === 'backup')
      state.wake = Math.max(this.now, this.world.delayedUntil[node] ?? 0) + state.downUs;
    else state.wake = never;
  }

  private fullDown(index: number): number {
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

  private fellows(index: number): number[] {
    const { node, instance } = this.placed(index);
    if (instance.group === undefined) return [];
    const members = this.site.groupMembers[this.first('firstGroup', node) + instance.group] ?? [];
    return members.filter((each) => each !== index);
  }

  private groupOf(index: number): GroupState | undefined {
    const { node, instance } = this.placed(index);
    return instance.group === undefined
      ? undefined
      : this.world.groups[this.first('firstGroup', node) + instance.group];
  }

  private instancesOf(node: number): number[] {
    const first = this.first('firstInstance', node);
    return (this.site.nodes[node]?.instances ?? []).map((_, i) => first + i);
  }

  private checksOf(node: number): number[] {
    const first = this.first('firstCheck', node);
    return (this.site.nodes[node]?.checks ?? []).map((_, i) => first + i);
  }

  private checkKind(index: number): Check {
    const found = this.site.checks[index];
    if (found === undefined) throw new RangeError(`no check ${index}`);
    return found;
  }

  private first(list: 'firstInstance' | 'firstGroup' | 'firstCheck', node: number): number {
    return this.site[list][node] ?? 0;
  }

  private placed(index: number) {
    const found = this.site.instances[index];
    if (found === undefined) throw new RangeError(`no instance ${index}`);
    return found;
  }

  private state(index: number): InstanceState {
    const found = this.world.instances[index];
    if (found === undefined) throw new RangeError(`no instance ${index}`);
    return found;
  }

  /** A check to be changed: worlds share what none of them has changed. */
  private check(index: number): CheckState {
    const found = this.world.checks[index];
    if (found === undefined) throw new RangeError(`no check ${index}`);
    if (this.ownChecks.has(index)) return found;
    this.ownChecks.add(index);
    const own = { ...found };
    this.world.checks[index] = own;
    return own;
  }
}

/** The priority on the wire: the sum limited to 1..254, or 255 whatever the sum. */
function limited(state: InstanceState): number {
  return state.basePriority === ownerPriority ? ownerPriority : Math.max(1, Math.min(254, state.sum));
}

/** What a check adds when its first result comes: good results of positive weights, bad results of negative ones. */
function firstShare(weight: number, sign: number, ok: boolean): number {
  return ok === weight > 0 ? weight * sign : 0;
}

function laterShare(weight: number, sign: number, ok: boolean): number {
  return (ok ? 1 : -1) * Math.abs(weight) * sign;
}

/** What a tracked file adds, or that it puts the instance into FAULT: at -254 and below, or at any value with weight 0. */
function fileStatus(value: number, weight: number, sign: number): number | 'fault' {
  if (weight === 0) return (value !== 0) === (sign === 1) ? 'fault' : 0;
  const product = value * weight * sign;
  return product <= -254 ? 'fault' : Math.min(253, product);
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
