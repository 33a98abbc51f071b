import assert from 'node:assert/strict';
import { say } from '../../src/base/message';
import type { ExecResult } from '../../src/ops/command';
import type { HostCluster } from '../../src/ops/host';
import type { Plan, Step } from '../../src/ops/plan';
import { lockCluster } from '../../src/run/cluster-lock';
import { execute, type RunResult, undo, wayBackOf } from '../../src/run/executor';
import { isUnfinished, type Journal, type RunRecord, readRecord } from '../../src/run/journal';
import type { RunDeps } from '../../src/run/run-deps';
import {
  type ExecRequest,
  HereError,
  HostError,
  type Transport,
  TransportError,
  type TransportFailure,
} from '../../src/run/transport';

/** One try: a world as it was before, the plan for it, and what must be true of it in the end. */
export interface Scene {
  readonly plan: Plan;
  connect(host: string): Promise<Transport>;
  readonly deps?: Partial<RunDeps>;
  /** The clock of the world, where waiting takes no time. */
  readonly time?: { ms: number };
  /** Called when the run is done, with how it ended. */
  check(result: RunResult): void | Promise<void>;
  /** Called when the run took back what it had done: the world is as before, or as the way back promises. */
  checkUndone?(): void | Promise<void>;
  /** What must be true whenever and however a run broke off: nothing is lost. */
  intact?(): void | Promise<void>;
  /** Takes the power from a machine and gives it back; without it no power is lost. */
  readonly power?: { off(host: string): void | Promise<void>; on(host: string): void | Promise<void> };
  close?(): void | Promise<void>;
  /** What must be true after every command: no second cluster, for one. */
  always?(): void;
  /** Leaves no room on the disk of a machine; what it returns makes room again. */
  fill?(host: string): () => void;
  /** Another machine than this one, which loses its power meanwhile. */
  neighbour?(host: string): string;
  /**
   * What may be wrong with a machine or with the cluster from one command on, by name; each is begun at a machine and answers
   * how the operator mends it after the run has stopped.
   */
  readonly hazards?: ReadonlyMap<string, (host: string) => Mend>;
  /** Whose lock is taken around each try, as `conduct` does; without it none is. */
  readonly cluster?: HostCluster;
  /** Whether nobody can reach a machine. */
  isOff?(host: string): boolean;
  /** Machines with power that hold a lock now. */
  locked?(): readonly string[];
  /** What must stand in no journal. */
  readonly secrets?: readonly string[];
}

/** Ends a hazard. */
export type Mend = () => void | Promise<void>;

/**
 * What goes wrong at one command of a run, right before it takes effect or right after: the editor dies, the connection
 * breaks, the operator cancels, somebody kills the command on the host, the host loses its power for a minute and a half.
 */
export type Fault =
  | (typeof faults)[number]
  | (typeof rarerFaults)[number]
  | (typeof uploadFaults)[number]
  | `hazard ${string}`;
const faults = [
  'death-before',
  'death-after',
  'lost-before',
  'lost-after',
  'cancel',
  'killed-before',
  'killed-after',
  'power-before',
  'power-after',
] as const;

/**
 * What else goes wrong, tried at random (`storm`): a change that a program refuses, a command that does not end, a host that is not reached any more, that
 * shows another key, on which sudo refuses, that floods, whose disk is full; another machine without power; an editor that
 * dies while it writes its journal; a disk here that has no room for the journal any more. That one and the last six stay
 * until the operator has mended them, after the run has stopped.
 */
const rarerFaults = [
  'refused',
  'timeout-before',
  'timeout-after',
  'flood',
  'journal-cut',
  'journal-full',
  'gone',
  'host-key',
  'sudo',
  'disk-full',
  'neighbour-power',
  'second-operator',
] as const;

/** What goes wrong in the middle of a file that is being sent: half of it has come when the connection breaks or the editor dies. */
const uploadFaults = ['upload-lost', 'upload-death'] as const;
const lasting = { gone: 'unreachable', 'host-key': 'host-key-changed', sudo: 'authentication' } as const;

const powerlessMs = 90_000;
/** So often an operator tries again before it counts as a dead end. */
const mostResumes = 4;

class Killed extends Error {}

interface Break {
  readonly fault: Fault;
  /**
   * The command at which it happens, from zero; at the first of a step that is named, or at a later one of that step. Of
   * faults in the middle of a file the files are counted.
   */
  readonly at: number;
  /** The id of the step whose commands are counted; those of the whole run where it is left out. */
  readonly step?: string;
}

/** Gone when the editor died in it. */
interface Attempt {
  readonly result: RunResult | undefined;
  readonly record: RunRecord | undefined;
  readonly commands: number;
}

/** A scene whose runs share one journal. */
class Stage {
  // In memory: what goes through the disk is the journal's own test.
  private readonly lines: string[] = [];
  private readonly clock: { ms: number };
  private dead = false;
  private commands = 0;
  private last = '';
  private readonly first: number[] = [];
  private powerless: { readonly host: string; readonly untilMs: number } | undefined;
  private trouble: { readonly host: string; readonly failure: TransportFailure } | undefined;
  private makeRoom: (() => void) | undefined;
  private mend: Mend | undefined;
  private noRoomHere = false;
  private holds = false;
  private step: Step | undefined;
  private ofStep = 0;
  private files = 0;
  private sent: readonly string[] = [];
  private broken: Break | undefined;
  private abort = new AbortController();

  constructor(private readonly scene: Scene) {
    this.clock = scene.time ?? { ms: Date.UTC(2026, 10, 21) };
  }

  /** Executes the plan, goes on with it, or takes it back; `broken` says what goes wrong meanwhile. */
  async attempt(how: 'execute' | 'resume' | 'undo', broken?: Break): Promise<Attempt> {
    Object.assign(this, { dead: false, commands: 0, files: 0, broken, abort: new AbortController() });
    const record = this.record();
    try {
      const result = await this.underLock(() => this.run(how, record));
      return { result, record: this.record(), commands: this.commands };
    } catch (error) {
      if (!(error instanceof Killed || (this.noRoomHere && error instanceof HereError))) throw error;
      return { result: undefined, record: this.record(), commands: this.commands };
    } finally {
      this.noRoomHere = false;
      await this.endPowerCut();
      this.trouble = undefined;
      this.makeRoom?.();
      this.makeRoom = undefined;
      await this.mend?.();
      this.mend = undefined;
      for (const each of this.scene.secrets ?? [])
        assert.ok(!this.lines.join('').includes(each), 'a secret is in the journal');
    }
  }

  /** Undefined where the lock could not be had, before anything was done. */
  private async underLock(work: () => Promise<RunResult>): Promise<RunResult | undefined> {
    const { cluster, plan } = this.scene;
    if (cluster === undefined) return work();
    const { connect, sleep } = this.deps();
    const info = { run: 'run', who: 'kim', what: plan.operation, sinceMs: this.clock.ms };
    const lockDeps = {
      connect: (node: { readonly name: string }) =>
        this.onlyIfOn(node.name, () => connect(node.name, this.abort.signal)),
      sleep,
    };
    let lock: Awaited<ReturnType<typeof lockCluster>>;
    try {
      lock = await lockCluster(cluster, info, lockDeps, this.abort.signal);
    } catch (error) {
      if (!(error instanceof TransportError || error instanceof HostError)) throw error;
      return undefined;
    }
    assert.equal(lock.kind, 'held', 'a run finds its own lock again');
    this.holds = true;
    try {
      return await work();
    } finally {
      this.holds = false;
      if (!this.dead && lock.kind === 'held') {
        const left = (await lock.free()).map(({ host }) => host);
        const still = (this.scene.locked?.() ?? []).filter((host) => !left.includes(host));
        assert.deepEqual(still, [], 'a lock stays that nobody told of');
      }
    }
  }

  private async onlyIfOn(host: string, connect: () => Promise<Transport>): Promise<Transport> {
    if (this.scene.isOff?.(host) === true) throw this.error(host, 'unreachable');
    return connect();
  }

  /** Somebody else begins now, from another machine, and must be told who is at work. */
  private async secondOperator(): Promise<void> {
    const { cluster } = this.scene;
    const connect = (host: string) => this.scene.connect(host);
    if (cluster === undefined || !this.holds) return;
    const info = { run: 'other', who: 'lee', what: 'restore', sinceMs: 1 };
    const lockDeps = {
      connect: ({ name }: { readonly name: string }) => this.onlyIfOn(name, () => connect(name)),
      sleep: async () => {},
    };
    const lock = await lockCluster(cluster, info, lockDeps, new AbortController().signal);
    assert.equal(lock.kind, 'taken', 'two runs at once');
    assert.equal(lock.kind === 'taken' && lock.by?.who, 'kim');
  }

  private run(how: 'execute' | 'resume' | 'undo', record: RunRecord | undefined): Promise<RunResult> {
    const { signal } = this.abort;
    if (how === 'execute' || record === undefined) return execute(this.scene.plan, this.deps(), signal);
    if (how === 'undo') return undo(record, this.deps(), signal);
    return execute(record.plan, this.deps(), signal, { resume: record });
  }

  private record(): RunRecord | undefined {
    return readRecord('run', this.lines.join(''));
  }

  private deps(): RunDeps {
    const journal: Journal = {
      id: 'run',
      write: async (entry) => {
        if (this.dead) throw new Killed();
        if (this.noRoomHere) throw new HereError(say('{0}', 'no space left on device'));
        this.lines.push(`${JSON.stringify(entry)}\n`);
      },
    };
    return {
      connect: async (host) => {
        if (this.dead) throw new Killed();
        if (this.trouble?.host === host) throw this.error(host, this.trouble.failure);
        return this.mortal(await this.scene.connect(host));
      },
      journal,
      now: () => this.clock.ms,
      sleep: async (ms, signal) => {
        if (this.dead) throw new Killed();
        // A question to the operator races with the clock: it gets some real time to be answered in.
        if (ms < 10_000) {
          this.clock.ms += ms;
          await new Promise((resolve) => setImmediate(resolve));
        } else
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, 1500);
            signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
          });
        if (this.powerless !== undefined && this.clock.ms >= this.powerless.untilMs) await this.endPowerCut();
      },
      onEvent: (event) => {
        if (event.kind === 'step-began') Object.assign(this, { step: event.step, ofStep: 0 });
      },
      confirm: async () => true,
      members: async () => ({ voters: 0, healthy: [] }),
      reach: async () => true,
      ...this.scene.deps,
    };
  }

  private mortal(transport: Transport): Transport {
    const { host } = transport;
    const killed = { code: null, stdout: '', stderr: 'Killed' };
    return {
      host,
      exec: (request, signal) => {
        this.note(host, request);
        return this.around(
          host,
          signal,
          killed,
          () => this.sendsHalf(transport, request) ?? transport.exec(request, signal),
        );
      },
      stream: (request, onChunk, signal) => {
        this.note(host, request);
        return this.around<Omit<ExecResult, 'stdout'>>(host, signal, { code: null, stderr: 'Killed' }, () =>
          transport.stream(request, onChunk, signal),
        );
      },
      close: () => transport.close(),
    };
  }

  /** Commands that are not the one before once more: a question that is asked until the answer is yes counts once. */
  get distinct(): readonly number[] {
    return this.first;
  }

  get filesSent(): number {
    return this.files;
  }

  private note(host: string, { argv }: ExecRequest): void {
    this.sent = argv;
    const words = `${host} ${argv.join(' ')}`;
    if (words !== this.last) this.first.push(this.commands);
    this.last = words;
  }

  private async around<Result>(
    host: string,
    signal: AbortSignal | undefined,
    killed: Result,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (this.dead) throw new Killed();
    const at = this.commands++;
    const isInFile = uploadFaults.some((each) => each === this.broken?.fault);
    const isHere = isInFile
      ? false
      : this.broken?.step === undefined
        ? at === this.broken?.at
        : this.isAtStep(this.broken);
    if (this.broken?.fault === 'refused' && at >= this.broken.at && this.isChange()) {
      this.broken = undefined;
      return { ...killed, code: 1, stderr: 'error: not now' };
    }
    if (this.powerless?.host === host) throw this.error(host, 'lost');
    if (this.trouble?.host === host) throw this.error(host, this.trouble.failure);
    if (!isHere) {
      const result = await work();
      this.scene.always?.();
      return result;
    }
    const fault = this.broken?.fault ?? 'cancel';
    if (fault === 'cancel') {
      this.abort.abort();
      // A wait that is called off ends; a change is let finish, because it was not given this signal.
      if (signal?.aborted === true) throw this.error(host, 'cancelled');
      return work();
    }
    if (fault === 'disk-full') {
      this.makeRoom = this.scene.fill?.(host);
      return work();
    }
    if (fault === 'journal-full') {
      this.noRoomHere = true;
      return work();
    }
    if (fault.startsWith('hazard ')) {
      this.mend = this.scene.hazards?.get(fault.slice('hazard '.length))?.(host);
      return work();
    }
    if (fault === 'second-operator') {
      await this.secondOperator();
      return work();
    }
    if (fault === 'neighbour-power') {
      const other = this.scene.neighbour?.(host);
      if (other !== undefined) {
        await this.scene.power?.off(other);
        this.powerless = { host: other, untilMs: this.clock.ms + powerlessMs };
      }
      return work();
    }
    if (fault === 'gone' || fault === 'host-key' || fault === 'sudo') {
      this.trouble = { host, failure: lasting[fault] };
      throw this.error(host, lasting[fault]);
    }
    if (fault.endsWith('-after') || fault === 'flood' || fault === 'journal-cut') await work();
    if (fault.startsWith('timeout')) throw this.error(host, 'timeout');
    if (fault === 'flood') throw this.error(host, 'refused');
    if (fault === 'journal-cut') {
      const last = this.lines.pop() ?? '';
      this.lines.push(`${last.slice(0, last.length / 2)}\n`);
      this.dead = true;
      throw new Killed();
    }
    if (fault.startsWith('killed')) return killed;
    if (fault.startsWith('death')) {
      this.dead = true;
      throw new Killed();
    }
    if (fault.startsWith('power') && this.scene.power !== undefined) {
      await this.scene.power.off(host);
      this.powerless = { host, untilMs: this.clock.ms + powerlessMs };
    }
    throw this.error(host, 'lost');
  }

  /** Half of a file, behind which the host sees the end of its input as it does behind a whole one. */
  private sendsHalf(transport: Transport, request: ExecRequest): Promise<ExecResult> | undefined {
    const { stdin } = request;
    if (stdin === undefined) return undefined;
    const isIt = this.files++ === this.broken?.at;
    const fault = uploadFaults.find((each) => each === this.broken?.fault);
    if (!isIt || fault === undefined) return undefined;
    return (async () => {
      const bytes: Uint8Array[] = [];
      for await (const each of typeof stdin === 'string' || stdin instanceof Uint8Array ? [Buffer.from(stdin)] : stdin)
        bytes.push(each);
      const whole = Buffer.concat(bytes);
      await transport.exec({ ...request, stdin: whole.subarray(0, whole.length / 2) });
      if (fault === 'upload-lost') throw this.error(transport.host, 'lost');
      this.dead = true;
      throw new Killed();
    })();
  }

  private isAtStep({ step, at }: Break): boolean {
    return this.step?.id === step && this.ofStep++ === at;
  }

  /** Whether what is being sent is the command of a change, and no question about it. */
  private isChange(): boolean {
    const { step, sent } = this;
    if (step === undefined || !('run' in step) || step.risk === 'read') return false;
    return (
      step.run.argv.length === sent.length &&
      step.run.argv.every((word, i) => typeof word !== 'string' || word === sent[i])
    );
  }

  private error(host: string, failure: TransportFailure): TransportError {
    return new TransportError(host, failure, say('the connection is lost; Haven connects again with the next command'));
  }

  private async endPowerCut(): Promise<void> {
    if (this.powerless === undefined) return;
    const { host } = this.powerless;
    this.powerless = undefined;
    await this.scene.power?.on(host);
  }
}

/** Runs a plan on a scene as an editor would, once, and tells how many commands and files it sent. */
export async function runScene(scene: Scene): Promise<{
  readonly result: RunResult;
  readonly commands: number;
  readonly files: number;
  readonly distinct: readonly number[];
}> {
  const stage = new Stage(scene);
  const { result, commands } = await stage.attempt('execute');
  assert.ok(result !== undefined);
  return { result, commands, files: stage.filesSent, distinct: stage.distinct };
}

/** Runs a plan to wherever it comes; after `mend` its journal is gone on with. Tells how both ended. */
export async function runAndResume(
  scene: Scene,
  mend: () => void | Promise<void>,
): Promise<readonly [first: RunResult, then: RunResult]> {
  const stage = new Stage(scene);
  const { result: first, record } = await stage.attempt('execute');
  await scene.intact?.();
  await mend();
  assert.ok(first !== undefined && record !== undefined && isUnfinished(record), 'there is something to go on with');
  const { result: then } = await stage.attempt('resume');
  assert.ok(then !== undefined);
  return [first, then];
}

/** Runs a plan to wherever it comes, then takes it back. */
export async function runAndTakeBack(scene: Scene): Promise<RunResult> {
  const stage = new Stage(scene);
  await stage.attempt('execute');
  const { result } = await stage.attempt('undo');
  assert.ok(result !== undefined);
  return result;
}

interface BreakOptions {
  /** Those to try; all of them when left out. */
  readonly faults?: readonly Fault[];
  /** One of the faults for each command, in turn, where a run takes long. */
  readonly inTurn?: true;
  /** What the operator does afterwards. `undo` needs the scene's `checkUndone`. */
  readonly afterwards?: 'resume' | 'undo';
  /**
   * Breaks at each so many-th command only, and of a question that is repeated at its first asking: for long runs. All of
   * them are tried where HAVEN_EVERY_BREAK is set.
   */
  readonly sample?: number;
}

/**
 * Runs the plan once as it is, then lets each fault happen at each command that it sends. However a run breaks off, its
 * journal must say so, nothing may be lost (`intact`), and what it claims must be true (`check` where it says done,
 * `checkUndone` where it says undone). Then it is resumed (or taken back, also where a way back broke off) until it is
 * over, which must come to pass. Returns how many commands an undisturbed run sends.
 */
export async function breakEverywhere(make: () => Scene | Promise<Scene>, options: BreakOptions = {}): Promise<number> {
  const tried = options.faults ?? faults;
  const first = await make();
  const { result, commands, distinct } = await runScene(first);
  assert.equal(result.outcome, 'done', JSON.stringify(result.reason));
  await first.check(result);
  await first.intact?.();
  await first.close?.();
  const { sample } = options;
  const places =
    sample === undefined || process.env.HAVEN_EVERY_BREAK !== undefined
      ? Array.from({ length: commands }, (_, at) => at)
      : distinct.filter((_, i) => i % sample === 0);
  for (const [place, at] of places.entries()) {
    const turn = tried[place % tried.length];
    for (const fault of options.inTurn === true && turn !== undefined ? [turn] : tried) {
      const scene = await make();
      try {
        await breakAt(scene, { fault, at }, options.afterwards ?? 'resume');
      } catch (error) {
        throw new Error(`${fault} at command ${at + 1} of ${commands}: ${String(error)}`, { cause: error });
      }
      await scene.close?.();
    }
  }
  return commands;
}

/**
 * One run that breaks at one command, resumed or taken back until it is over. Tells how it ended at first: undefined for an
 * editor that died.
 */
export async function breakAt(
  scene: Scene,
  broken: Break,
  afterwards: 'resume' | 'undo',
): Promise<RunResult['outcome'] | undefined> {
  const stage = new Stage(scene);
  let { result, record } = await stage.attempt('execute', broken);
  const first = result?.outcome;
  for (let tries = 0; ; tries++) {
    if (record === undefined && tries === 0 && broken.fault === 'journal-full' && scene.cluster !== undefined) {
      // Nothing but its lock was there yet: the run is begun again.
      await scene.intact?.();
      ({ result, record } = await stage.attempt('execute'));
      continue;
    }
    assert.ok(record !== undefined, 'the journal can be read back');
    assert.equal(record.outcome, result?.outcome, 'the journal says how the run ended');
    await scene.intact?.();
    if (result?.outcome === 'done' || result?.outcome === 'undone') {
      await (result.outcome === 'done' ? scene.check(result) : scene.checkUndone?.());
      return first;
    }
    assert.ok(isUnfinished(record), 'there is something to go on with');
    const said = `${result?.outcome} at ${result?.stoppedAt?.id}: ${JSON.stringify(result?.reason)}`;
    assert.ok(tries < mostResumes, `it never comes to an end: ${said}`);
    // Who was told to bring a machine back does so, and an etcd finds its peers: a quorum guard waits for neither.
    if (tries > 0 && scene.time !== undefined) scene.time.ms += 60_000;
    const goesBack = record.undoing || (afterwards === 'undo' && wayBackOf(record).length > 0);
    ({ result, record } = await stage.attempt(goesBack ? 'undo' : 'resume'));
  }
}

/**
 * Breaks off in the middle of each file that the plan sends: the connection is lost, or the editor dies. Returns how many
 * files that are.
 */
export async function breakEveryUpload(
  make: () => Scene | Promise<Scene>,
  afterwards: 'resume' | 'undo' = 'resume',
): Promise<number> {
  const { files } = await runScene(await make());
  for (let at = 0; at < files; at++) {
    for (const fault of uploadFaults) {
      try {
        await breakAt(await make(), { fault, at }, afterwards);
      } catch (error) {
        throw new Error(`${fault} in file ${at + 1} of ${files}: ${String(error)}`, { cause: error });
      }
    }
  }
  return files;
}

/** `breakEverywhere` with an editor that dies: before a command reaches its host, and before the answer comes back. */
export function killEverywhere(
  make: () => Scene | Promise<Scene>,
  options: { readonly inTurn?: true } = {},
): Promise<number> {
  return breakEverywhere(make, { ...options, faults: ['death-before', 'death-after'] });
}

/**
 * One run through bad weather: a few faults at moments that `random` (0 to 1) picks, in what the operator tries one after
 * another, going on or taking back as the mood is; then the sky is clear, and the run must come to an end that is what it
 * claims to be. `told` hears what happened, for the one who looks for the cause.
 */
export async function storm(scene: Scene, random: () => number, told: (line: string) => void): Promise<void> {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const stage = new Stage(scene);
  // Early commands are sent in every run, late ones only where nothing broke before.
  const hazards = [...(scene.hazards?.keys() ?? [])].map((name): Fault => `hazard ${name}`);
  const fault = (): Fault => {
    if (hazards.length > 0 && random() < 0.4) return pick(hazards);
    return random() < 0.25 ? 'refused' : pick([...faults, ...rarerFaults]);
  };
  const next = (): Break => ({ fault: fault(), at: Math.floor(random() ** 2 * 90) });
  const weather = 1 + Math.floor(random() * 3);
  let goesBack = false;
  let begun = false;
  for (let tries = 0; ; tries++) {
    const broken = tries < weather ? next() : undefined;
    const how = !begun ? 'execute' : goesBack ? 'undo' : 'resume';
    const { result, record } = await stage.attempt(how, broken);
    begun = record !== undefined;
    const words = result?.reason === undefined ? '' : `${result.reason.host}: ${JSON.stringify(result.reason.message)}`;
    told(
      `${how} with ${broken?.fault ?? 'nothing'} at ${broken?.at ?? '-'}: ${result?.outcome} at ${result?.stoppedAt?.id} ${words}`,
    );
    await scene.intact?.();
    if (record === undefined) {
      assert.ok(scene.cluster !== undefined && tries < weather, 'the journal can be read back');
      continue;
    }
    if (result?.outcome === 'done') return scene.check(result);
    if (result?.outcome === 'undone') return scene.checkUndone?.();
    assert.ok(isUnfinished(record), 'there is something to go on with');
    assert.ok(tries < weather + mostResumes, 'it never comes to an end');
    // What was begun to be taken back is taken back: a way back that broke off leaves nothing to go on with.
    goesBack ||= record.undoing && record.outcome !== 'failed';
    if (!goesBack && scene.checkUndone !== undefined && wayBackOf(record).length > 0) goesBack = random() < 0.4;
  }
}
