import assert from 'node:assert/strict';
import type { Plan } from '../../src/ops/plan';
import { execute, type RunDeps, type RunResult } from '../../src/run/executor';
import { type Journal, type RunRecord, readRecord } from '../../src/run/journal';
import type { Transport } from '../../src/run/transport';

/** One try: a world as it was before, the plan for it, and what must be true of it in the end. */
export interface Scene {
  readonly plan: Plan;
  connect(host: string): Promise<Transport>;
  readonly deps?: Partial<RunDeps>;
  /** Called when the run is done, with how it ended. */
  check(result: RunResult): void | Promise<void>;
  close?(): void | Promise<void>;
}

class Killed extends Error {}

/** Runs a plan on a scene as an editor would; `clock` is shared with the scene where it needs one. */
export async function runScene(
  scene: Scene,
  options: { readonly killAt?: number; readonly killAfter?: boolean } = {},
): Promise<{ readonly result: RunResult; readonly commands: number; readonly killed: boolean }> {
  let commands = 0;
  let dead = false;
  let clock = Date.UTC(2026, 10, 21);
  const until = options.killAt ?? Number.POSITIVE_INFINITY;
  /** The machine that runs the plan goes down at the given command: nothing that it would do after that happens. */
  const mortal = (transport: Transport): Transport => {
    const around = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      if (dead) throw new Killed();
      const isLast = commands++ === until;
      if (isLast && options.killAfter !== true) dead = true;
      if (dead) throw new Killed();
      const result = await work();
      if (isLast) {
        dead = true;
        throw new Killed();
      }
      return result;
    };
    return {
      host: transport.host,
      exec: (request, signal) => around(() => transport.exec(request, signal)),
      stream: (request, onChunk, signal) => around(() => transport.stream(request, onChunk, signal)),
      close: () => transport.close(),
    };
  };
  // In memory: what goes through the disk is the journal's own test.
  const lines: string[] = [];
  const journal: Journal = {
    id: 'run',
    write: async (entry) => {
      if (!dead) lines.push(`${JSON.stringify(entry)}\n`);
    },
  };
  const deps: RunDeps = {
    connect: async (host) => mortal(await scene.connect(host)),
    journal,
    now: () => clock,
    sleep: async (ms, signal) => {
      clock += ms;
      // A question to the operator races with the clock: it gets some real time to be answered in.
      if (ms < 60_000) await new Promise((resolve) => setImmediate(resolve));
      else
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1500);
          signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
        });
    },
    onEvent: () => {},
    confirm: async () => true,
    members: async () => ({ voters: 0, healthy: [] }),
    reach: async () => true,
    ...scene.deps,
  };
  try {
    const result = await execute(scene.plan, deps, new AbortController().signal);
    return { result, commands, killed: false };
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  dead = false;
  commands = Number.NEGATIVE_INFINITY;
  const record: RunRecord | undefined = readRecord('run', lines.join(''));
  assert.ok(record !== undefined, 'the journal can be read back');
  const result = await execute(scene.plan, deps, new AbortController().signal, { resume: record });
  return { result, commands: 0, killed: true };
}

/**
 * Runs the plan once as it is, then for each command that it sends: killed before that command reaches the host, and killed
 * before its answer comes back (`inTurn`: one of the two, in turn, where each run takes long). Each time the run is
 * resumed, and the scene must be as after the first. Returns how many commands there are.
 */
export async function killEverywhere(
  make: () => Scene | Promise<Scene>,
  options: { readonly inTurn?: true } = {},
): Promise<number> {
  const first = await make();
  const { result, commands } = await runScene(first);
  assert.equal(result.outcome, 'done', JSON.stringify(result.reason));
  await first.check(result);
  await first.close?.();
  for (let killAt = 0; killAt < commands; killAt++) {
    for (const killAfter of options.inTurn === true ? [killAt % 2 === 1] : [false, true]) {
      const scene = await make();
      const where = `killed ${killAfter ? 'after' : 'before'} command ${killAt + 1} of ${commands}`;
      const { result: resumed, killed } = await runScene(scene, { killAt, killAfter });
      assert.ok(killed, where);
      assert.equal(resumed.outcome, 'done', `${where}: ${JSON.stringify(resumed)}`);
      try {
        await scene.check(resumed);
      } catch (error) {
        throw new Error(where, { cause: error });
      }
      await scene.close?.();
    }
  }
  return commands;
}
