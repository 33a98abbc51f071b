import { Instances } from './instances';
import { ownerPriority, type ScriptCheck } from './node';
import { isConnected } from './rest';
import { fileStatus, firstShare, laterShare, limited } from './shares';
import { type CheckState, never } from './world';

/** Timers that end within this time of each other end in any order: no machine keeps them more precisely. */
const togetherUs = 1_000;

/**
 * The keepalived daemons of all nodes, played on one clock. It follows keepalived 2.2.7
 * (keepalived/vrrp/vrrp_track.c, vrrp_scheduler.c; `Instances` the rest) and changes `world` in place. Adverts arrive
 * at once; what takes no time in the daemon takes none here.
 */
export class Daemons extends Instances {
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
}
