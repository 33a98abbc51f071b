import type { Message } from '../base/message';
import { say } from '../base/message';
import { faultsOf, secretsOf } from '../ops/check-plan';
import { draftPath } from '../ops/commands/config-file';
import { removeFilesStep } from '../ops/commands/folder';
import { type Concern, type Plan, type Step, undoOf } from '../ops/plan';
import { isSeenDone, isUnfinished, type RunOutcome, type RunRecord, type StepOutcome } from './journal';
import { partRemedy, partsOf, removeParts } from './parts-left';
import type { RunDeps } from './run-deps';
import { runStep, type StepContext } from './step';
import { concernOf, TransportError } from './transport';
import { Values } from './values';

/** How a run ended, and at which step it stopped and why. */
export interface RunResult {
  readonly outcome: RunOutcome;
  readonly stoppedAt?: Step;
  readonly reason?: Concern;
}

interface RunOptions {
  /** The record of the run that is gone on with: what its steps captured is known. */
  readonly resume?: RunRecord;
  /** Whose cluster it is, for the journal. */
  readonly site?: string;
}

/**
 * Executes a plan step by step. A change is done when its post-condition is seen, not when its command exits 0; one
 * whose post-condition holds already is passed over, so the same call resumes a run that broke off. Cancelling takes
 * effect between steps and while something is only looked at or waited for.
 * @throws Error when the plan has blockers or faults, or the run was not given what it needs
 */
export async function execute(
  plan: Plan,
  deps: RunDeps,
  signal: AbortSignal,
  options: RunOptions = {},
): Promise<RunResult> {
  if (plan.blockers.length > 0) throw new Error('a plan with blockers cannot be executed');
  const run = begin(plan, deps, options.resume);
  const site = options.site === undefined ? {} : { site: options.site };
  if (options.resume === undefined) await deps.journal.write({ kind: 'plan', atMs: deps.now(), plan, ...site });
  else await deps.journal.write({ kind: 'resumed', atMs: deps.now() });
  return run.guarded(async () => {
    for (const [index, step] of plan.steps.entries()) {
      if (signal.aborted) return { outcome: 'cancelled', stoppedAt: step };
      const { outcome, reason } = await run.one(step, index, plan.steps.length, signal);
      if (isSeenDone(outcome)) continue;
      const stopped = { stoppedAt: step, ...(reason !== undefined && { reason }) };
      if (outcome === 'failed' && step.onFailure !== undefined) {
        const back = step.onFailure === 'way-back' ? (plan.undo ?? []) : undoFrom(plan, step.onFailure.undoTo, index);
        const undone = await run.back(back, step);
        if (undone.outcome !== 'done') return undone;
        if (step.onFailure === 'way-back' || !isPart(plan, step.onFailure)) return { ...stopped, outcome: 'undone' };
        // What came before stays: the run is not over, and can be gone on with or taken back as a whole.
        const remedy = say(
          'what "{0}" began is taken back; resume, or go back to the beginning',
          step.onFailure.undoTo,
        );
        return { ...stopped, reason: { message: say('"{0}" failed', step.id), ...reason, remedy }, outcome: 'failed' };
      }
      return { ...stopped, outcome: outcome === 'unknown' && signal.aborted ? 'cancelled' : outcome };
    }
    return { outcome: 'done' };
  });
}

/**
 * Takes a run back: by the plan's own way back, else by what undoes each step that began, the last one first. Asks
 * before each step whether there is anything left to take back, so it can be repeated.
 */
export async function undo(record: RunRecord, deps: RunDeps, signal: AbortSignal): Promise<RunResult> {
  const { plan } = record;
  const run = begin(plan, deps, record);
  await deps.journal.write({ kind: 'resumed', atMs: deps.now() });
  return run.guarded(async () => {
    const steps = wayBackOf(record);
    const result = await run.back(steps, undefined, signal);
    if (result.outcome !== 'done') return result;
    await removeParts(record);
    return { outcome: 'undone' };
  });
}

/**
 * The steps that would take a run back now; empty when nothing on a host can be taken back. What an upload that broke off in
 * the middle has left beside its file goes last: nobody would come to remove it.
 */
export function wayBackOf(record: RunRecord): readonly Step[] {
  const { plan, steps } = record;
  if (plan.undo === undefined && isTooLate(record)) return [];
  const begun = plan.steps.filter((step) => steps.has(step.id));
  const drafts = begun.flatMap((step) => {
    if (!('upload' in step) || isSeenDone(steps.get(step.id))) return [];
    return [{ ...removeFilesStep(step.host, [draftPath(step.upload.path)]), id: `draft-of-${step.id}` }];
  });
  return [...(plan.undo ?? undoOf(begun)), ...drafts];
}

/** Whether a run can be taken back: on the hosts, or by removing here what came of a download that nobody goes on with. */
export function canGoBack(record: RunRecord): boolean {
  if (record.outcome === 'undone') return false;
  return wayBackOf(record).length > 0 || (isUnfinished(record) && !isTooLate(record) && partsOf(record).length > 0);
}

function isTooLate({ plan, steps }: RunRecord): boolean {
  return plan.steps.some(({ id, noWayBack }) => noWayBack && steps.has(id) && steps.get(id) !== 'failed');
}

function undoFrom(plan: Plan, first: string, last: number): readonly Step[] {
  const start = plan.steps.findIndex((step) => step.id === first);
  return undoOf(plan.steps.slice(start, last + 1));
}

/** Whether something stays that was done before the steps which a failure takes back. */
function isPart(plan: Plan, { undoTo, isPart }: { readonly undoTo: string; readonly isPart?: true }): boolean {
  const start = plan.steps.findIndex((step) => step.id === undoTo);
  return isPart === true || undoOf(plan.steps.slice(0, start)).length > 0;
}

function begin(plan: Plan, deps: RunDeps, resume: RunRecord | undefined) {
  const faults = faultsOf(plan);
  if (faults.length > 0) throw new Error(`the plan of ${plan.operation} is faulty: ${faults.join('; ')}`);
  const missing = secretsOf(plan).filter((name) => deps.secrets?.has(name) !== true);
  if (missing.length > 0) throw new Error(`the run was not given the secrets ${missing.join(', ')}`);
  const values = new Values(deps.secrets, resume?.captured);
  const { journal } = deps;
  const met = new Set<string>();

  /** Writes down how it ended, also when something was thrown that nobody foresaw. */
  const guarded = async (work: () => Promise<RunResult>): Promise<RunResult> => {
    const finish = async (result: RunResult) => {
      const reason = result.reason === undefined ? {} : { reason: result.reason };
      await journal.write({ kind: 'finished', atMs: deps.now(), outcome: result.outcome, ...reason });
      return result;
    };
    try {
      return await finish(await work());
    } catch (error) {
      await finish({ outcome: 'unknown', reason: values.cleanConcern(concernOf(error)) });
      throw error;
    }
  };

  const one = async (step: Step, index: number, of: number, signal: AbortSignal) => {
    deps.onEvent({ kind: 'step-began', step, index, of });
    await journal.write({ kind: 'began', atMs: deps.now(), step: step.id });
    const context: StepContext = { deps, values, signal, met };
    let ended: { readonly outcome: StepOutcome; readonly reason?: Concern };
    try {
      ended = await runStep(step, context);
    } catch (error) {
      if (!(error instanceof TransportError)) {
        const reason = values.cleanConcern(concernOf(error));
        await journal.write({ kind: 'ended', atMs: deps.now(), step: step.id, outcome: 'unknown', reason });
        throw error;
      }
      ended = { outcome: 'unknown', reason: concernOf(error) };
    }
    const remedy = ended.reason === undefined ? undefined : await partRemedy(step);
    const advice = remedy === undefined ? {} : { remedy };
    const reason = ended.reason === undefined ? {} : { reason: values.cleanConcern({ ...ended.reason, ...advice }) };
    const entry = { atMs: deps.now(), step: step.id, outcome: ended.outcome, ...reason };
    await journal.write({ kind: 'ended', ...entry });
    deps.onEvent({ kind: 'step-ended', step, index, outcome: ended.outcome, ...reason });
    return { outcome: ended.outcome, ...reason };
  };

  /** A way back is not cancelled by what cancelled the way forth: half back is the worst place to be. */
  const back = async (
    steps: readonly Step[],
    because: Step | undefined,
    signal = new AbortController().signal,
  ): Promise<RunResult> => {
    await journal.write({ kind: 'undo', atMs: deps.now(), ...(because !== undefined && { because: because.id }) });
    if (because !== undefined) deps.onEvent({ kind: 'undo-began', steps, because });
    for (const [index, step] of steps.entries()) {
      if (signal.aborted) return { outcome: 'cancelled', stoppedAt: step };
      const { outcome, reason } = await one(step, index, steps.length, signal);
      if (isSeenDone(outcome)) continue;
      const words: Message =
        because === undefined
          ? say('the way back stopped at "{0}"; mend what stands in the way and go back again', step.id)
          : say(
              '"{0}" failed, and the way back stopped at "{1}"; mend what stands in the way and go back',
              because.id,
              step.id,
            );
      return { outcome, stoppedAt: step, reason: reason ?? { message: words } };
    }
    return { outcome: 'done' };
  };

  return { guarded, one, back };
}
