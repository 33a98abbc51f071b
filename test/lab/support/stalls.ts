import { availableParallelism, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';

/** A thread that was not given the processor for longer than this could not have kept a daemon's timers, in ms. */
const longMs = 100;

/** A moment at which this machine stood still. */
interface Stall {
  readonly atMs: number;
  readonly ms: number;
}

/** Asks to be woken each 5 ms, and tells how late it was. */
const watcher = `
const { parentPort } = require('node:worker_threads');
let last = Date.now();
setInterval(() => {
  const now = Date.now();
  if (now - last > ${longMs}) parentPort.postMessage({ atMs: last, ms: now - last });
  last = now;
}, 5);
`;

/**
 * Tells daemons that did something else than foretold from a machine that gave them no time for it: a master whose
 * advertisements come 0.3 s late has lost its address, and whatever is foretold of it is of another world. Everything
 * that is started after it was made goes before the rest of the machine.
 */
export class StallWatch {
  private readonly stalls: Stall[] = [];

  constructor() {
    try {
      setPriority(-15);
    } catch {
      // Only root may; the watch tells all the same.
    }
    for (let each = 0; each < availableParallelism(); each++) {
      const worker = new Worker(watcher, { eval: true });
      worker.on('message', (stall: Stall) => this.stalls.push(stall));
      worker.unref();
    }
  }

  /** The longest time this machine stood still since then; undefined where it never did. */
  longestSince(atMs: number): Stall | undefined {
    return this.stalls.filter((each) => each.atMs + each.ms > atMs).sort((a, b) => b.ms - a.ms)[0];
  }
}
