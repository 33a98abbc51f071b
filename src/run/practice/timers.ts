import { newUnit } from './units';
import type { Machine, Timer, UnitTimers } from './world';

export class Timers implements UnitTimers {
  private waiting: Timer[] = [];
  private busy = false;

  add(timer: Timer): void {
    timer.machine.units.set(`${timer.unit}.timer`, newUnit(`${timer.unit}.timer`, timer.atMs));
    this.waiting.push(timer);
  }

  has(machine: Machine, unit: string): boolean {
    return machine.units.get(`${unit}.timer`)?.active === 'active';
  }

  forget(machine: Machine): void {
    for (const { unit } of this.waiting.filter((each) => each.machine === machine))
      machine.units.delete(`${unit}.timer`);
    this.waiting = this.waiting.filter((each) => each.machine !== machine);
  }

  /** Runs what is due. */
  async settle(nowMs: number): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const timer of this.waiting.filter((each) => each.atMs <= nowMs)) {
        this.waiting = this.waiting.filter((each) => each !== timer);
        const isOn = this.has(timer.machine, timer.unit) && timer.machine.hasPower;
        timer.machine.units.delete(`${timer.unit}.timer`);
        if (isOn) await timer.machine.exec(timer.line);
      }
    } finally {
      this.busy = false;
    }
  }
}
