import { type Command, type ExecResult, holds, type Probe } from '../ops/command';
import type { Plan, Step } from '../ops/plan';
import type { Journal, RunOutcome, StepOutcome } from './journal';
import { type Transport, TransportError } from './transport';

/** What a run needs from outside; tests give it scripted hosts and a clock of their own. */
export interface RunDeps {
  connect(host: string, signal: AbortSignal): Promise<Transport>;
  readonly journal: Journal;
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  onEvent(event: RunEvent): void;
}

export type RunEvent =
  | { readonly kind: 'step-began'; readonly step: Step; readonly index: number }
  | { readonly kind: 'output'; readonly step: Step; readonly result: ExecResult }
  | { readonly kind: 'step-ended'; readonly step: Step; readonly index: number; readonly outcome: StepOutcome };

/** How a run ended, and at which step it stopped and why. */
export interface RunResult {
  readonly outcome: RunOutcome;
  readonly stoppedAt?: Step;
  readonly reason?: string;
}

const probeEveryMs = 1000;

/**
 * Executes a plan step by step. A change is done when its post-condition is seen, not when its command exits 0; one
 * whose post-condition holds already is passed over, so the same call resumes a run that broke off. Cancelling takes
 * effect between steps and while waiting.
 */
export async function execute(plan: Plan, deps: RunDeps, signal: AbortSignal): Promise<RunResult> {
  if (plan.blockers.length > 0) throw new Error('a plan with blockers cannot be executed');
  const { journal } = deps;
  await journal.write({ kind: 'plan', atMs: deps.now(), plan });
  const captured = new Map<string, string>();
  const finish = async (result: RunResult): Promise<RunResult> => {
    await journal.write({ kind: 'finished', atMs: deps.now(), outcome: result.outcome });
    return result;
  };
  for (const [index, step] of plan.steps.entries()) {
    if (signal.aborted) return finish({ outcome: 'cancelled', stoppedAt: step });
    deps.onEvent({ kind: 'step-began', step, index });
    await journal.write({ kind: 'began', atMs: deps.now(), step: step.id });
    const { outcome, reason } = await runStep(step, captured, deps, signal);
    await journal.write({ kind: 'ended', atMs: deps.now(), step: step.id, outcome });
    deps.onEvent({ kind: 'step-ended', step, index, outcome });
    if (outcome === 'failed' || outcome === 'unknown') {
      const cancelled = signal.aborted && outcome === 'unknown';
      return finish({
        outcome: cancelled ? 'cancelled' : outcome,
        stoppedAt: step,
        ...(reason !== undefined && { reason }),
      });
    }
  }
  return finish({ outcome: 'done' });
}

interface StepResult {
  readonly outcome: StepOutcome;
  readonly reason?: string;
}

async function runStep(
  step: Step,
  captured: Map<string, string>,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<StepResult> {
  try {
    if (step.risk !== 'read' && (await ask(step.done, captured, deps, signal)) !== undefined)
      return { outcome: 'was-done' };
    const transport = await deps.connect(step.host, signal);
    const result = await transport.exec(requestOf(step.run, captured), signal);
    deps.onEvent({ kind: 'output', step, result });
    if (step.capture !== undefined) captured.set(step.capture, result.stdout.trim());
    if (step.risk === 'read') {
      return result.code === 0 ? { outcome: 'done' } : { outcome: 'failed', reason: lastWords(step, result) };
    }
    const seen = await waitFor(step.done, captured, deps, signal);
    return seen ? { outcome: 'done' } : { outcome: 'failed', reason: lastWords(step, result) };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return { outcome: 'unknown', reason: error.message };
  }
}

async function waitFor(
  probe: Probe,
  captured: Map<string, string>,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const end = deps.now() + probe.withinSec * 1000;
  for (;;) {
    if ((await ask(probe, captured, deps, signal)) !== undefined) return true;
    if (deps.now() >= end) return false;
    await deps.sleep(probeEveryMs, signal);
  }
}

/** The answer when it means yes. */
async function ask(
  probe: Probe,
  captured: Map<string, string>,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<ExecResult | undefined> {
  const transport = await deps.connect(probe.host, signal);
  const result = await transport.exec(requestOf(probe.command, captured), signal);
  return holds(probe.yesWhen, result) ? result : undefined;
}

function requestOf(command: Command, captured: ReadonlyMap<string, string>) {
  const value = (arg: Command['argv'][number]): string => {
    if (typeof arg === 'string') return arg;
    const found = captured.get(arg.output);
    if (found === undefined) throw new Error(`no earlier step has captured "${arg.output}"`);
    return found;
  };
  return {
    argv: command.argv.map(value),
    root: command.root,
    timeoutSec: command.timeoutSec,
    ...(command.stdin !== undefined && { stdin: value(command.stdin) }),
  };
}

/** Why a step did not do what it should: host, exit code, and what the program said last. */
function lastWords(step: Step, result: ExecResult): string {
  const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-5).join('\n');
  return `${step.host}: the command ended with ${result.code ?? 'a signal'}, and what it should have done cannot be seen${said === '' ? '' : `:\n${said}`}`;
}
