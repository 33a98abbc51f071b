import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { say } from '../base/message';
import { type ExecResult, holds, type Probe } from '../ops/command';
import type { ChangeStep, Concern, ConfirmStep, DownloadStep, ReadStep, Step, UploadStep, WaitStep } from '../ops/plan';
import { downloadFile, downloadOutput, localFacts, lookAt, partPath, uploadFile } from './files';
import type { StepOutcome } from './journal';
import { quorumRefusal } from './quorum';
import type { RunDeps } from './run-deps';
import { concernOf, HereError, HostError, isPassing, TransportError } from './transport';
import type { Values } from './values';

/** What a step has around it while it runs. */
export interface StepContext {
  readonly deps: RunDeps;
  readonly values: Values;
  readonly signal: AbortSignal;
  /** Hosts that were reached in this run: silence of one of them is a reboot, not a wrong address. */
  readonly met: Set<string>;
}

interface StepEnd {
  readonly outcome: StepOutcome;
  readonly reason?: Concern;
}

const probeEveryMs = 1000;
const reachEveryMs = 200;
/** After a lost connection the host is asked for this long what became of the step: a reboot of a server takes minutes. */
const reconnectSec = 180;
const reconnectEveryMs = 2000;
/** A command whose connection was lost may still be at work; what needs longer runs as a unit of its own. */
const atWorkSec = 30;
/** A change whose output was lost with the connection is repeated, so that later steps have what it printed. */
const mostRepeats = 3;

const done: StepEnd = { outcome: 'done' };
const wasDone: StepEnd = { outcome: 'was-done' };

/**
 * One step, to the end that can be known.
 * @throws TransportError when nobody can tell what became of it
 */
export async function runStep(step: Step, context: StepContext): Promise<StepEnd> {
  try {
    if ('upload' in step) return await runUpload(step, context);
    if ('download' in step) return await persistently(step, context, () => runDownload(step, context));
    if ('waitFor' in step) return await runWait(step, context);
    if ('confirm' in step) return await runConfirm(step, context);
    if (step.risk === 'read') return await persistently(step, context, () => runRead(step, context));
    return await runChange(step, context);
  } catch (error) {
    if (error instanceof HostError || error instanceof HereError)
      return { outcome: 'failed', reason: concernOf(error) };
    throw error;
  }
}

async function runRead(step: ReadStep, context: StepContext): Promise<StepEnd> {
  const refusal = await quorumRefusal(step, context.deps, context.signal);
  if (refusal !== undefined) return { outcome: 'failed', reason: refusal };
  const result = answered(step.host, await execute(step, context, context.signal));
  return result.code === 0 ? done : failed(step, result, context);
}

async function runChange(step: ChangeStep, context: StepContext): Promise<StepEnd> {
  const { deps, values, signal } = context;
  const knowsOutput = () => [step.capture, step.captureSecret].every((name) => name === undefined || values.has(name));
  // What a secret output was is known only to the run that captured it, so such a step is repeated.
  const before = await persistently(step, context, () => ask(step.done, context, signal));
  if (before.yes && knowsOutput()) return wasDone;
  // Only now: a step that is done already must not be held up by what it has done.
  const refusal = await quorumRefusal(step, deps, signal);
  if (refusal !== undefined) return { outcome: 'failed', reason: refusal };

  // A change that has begun is let finish: killed in the middle, it would leave what nobody planned for.
  const whole = step.interruptible === true ? signal : new AbortController().signal;
  for (let i = 0; ; i++) {
    let result: ExecResult | undefined;
    let lost: TransportError | undefined;
    try {
      result = await execute(step, context, whole);
    } catch (error) {
      if (!isPassing(error)) throw error;
      lost = error;
      deps.onEvent({ kind: 'reconnecting', step, reason: concernOf(error) });
    }
    const answer = await waitFor(step.done, context, lost === undefined ? step.done.withinSec : atWorkSec, whole);
    const seen = answer.yes;
    if (seen && knowsOutput()) return done;
    if (result !== undefined) {
      if (seen) return silent(step);
      const end = failed(step, result, context, lastWords(answer, context));
      // Behind it no way leads back, so what may have happened there is not said to have failed: an API that refuses to be
      // asked has perhaps deleted before.
      return step.noWayBack === true ? { ...end, outcome: 'unknown' } : end;
    }
    // It may still be at work there: what nobody saw happen is unknown, not failed.
    if (!seen) return { outcome: 'unknown', ...(lost !== undefined && { reason: concernOf(lost) }) };
    if (i + 1 >= mostRepeats || signal.aborted) return silent(step);
  }
}

/** It is done, and what later steps need of its output was not printed. */
function silent(step: ChangeStep): StepEnd {
  const message = say('it is done, but it did not print "{0}"; resume', step.capture ?? step.captureSecret ?? '');
  return { outcome: 'failed', reason: { host: step.host, message } };
}

async function execute(
  step: ReadStep | ChangeStep,
  { deps, values, met }: StepContext,
  signal: AbortSignal,
): Promise<ExecResult> {
  const transport = await deps.connect(step.host, signal);
  met.add(step.host);
  const result = await transport.exec(values.requestOf(step.run), signal);
  const value = result.stdout.trim();
  if (step.captureSecret !== undefined) {
    if (value !== '' && result.code !== null) values.keepSecret(step.captureSecret, value);
    deps.onEvent({ kind: 'output', step, result: { ...values.cleanResult(result), stdout: '•••' } });
    return { ...result, stdout: '' };
  }
  deps.onEvent({ kind: 'output', step, result: values.cleanResult(result) });
  // What a command has printed that was killed is a part of what later steps wait for.
  if (step.capture !== undefined && result.code !== null) {
    values.keep(step.capture, value);
    await deps.journal.write({ kind: 'captured', atMs: deps.now(), name: step.capture, value: values.clean(value) });
  }
  return result;
}

async function runUpload(step: UploadStep, context: StepContext): Promise<StepEnd> {
  const { upload } = step;
  const { content, path, mode, root } = upload;
  const { deps, values } = context;
  const text = 'text' in content ? Buffer.from(content.text.map((part) => values.text(part)).join('')) : undefined;
  const hash =
    'text' in content
      ? createHash('sha256')
          .update(text ?? '')
          .digest('hex')
      : content.sha256;
  return persistently(step, context, async () => {
    const transport = await deps.connect(step.host, context.signal);
    context.met.add(step.host);
    const there = await lookAt(transport, path, root, context.signal);
    if (there?.sha256 === hash && Number.parseInt(there.mode, 8) === Number.parseInt(mode, 8)) return wasDone;
    if ('file' in content) {
      const facts = await localFacts(content.file);
      if (facts?.sha256 !== content.sha256) {
        return {
          outcome: 'failed',
          reason: {
            message: say('the local file {0} is not the one that was planned with', content.file),
            remedy: say('plan the operation again'),
          },
        };
      }
    }
    const refusal = await quorumRefusal(step, deps, context.signal);
    if (refusal !== undefined) return { outcome: 'failed', reason: refusal };
    const bytes = 'file' in content ? createReadStream(content.file) : (text ?? '');
    const of = 'file' in content ? content.bytes : text?.length;
    const progress = (bytes: number) => deps.onEvent({ kind: 'progress', step, bytes, of });
    await uploadFile(transport, bytes, upload, new AbortController().signal, progress);
    return done;
  });
}

async function runDownload(step: DownloadStep, { deps, values, signal, met }: StepContext): Promise<StepEnd> {
  const { from, to } = step.download;
  const transport = await deps.connect(step.host, signal);
  met.add(step.host);
  const progress = (bytes: number, of?: number) => deps.onEvent({ kind: 'progress', step, bytes, of });
  if ('command' in from) {
    await downloadOutput(transport, values.requestOf(from.command), to, progress, signal);
    return done;
  }
  const here = await localFacts(to);
  if (here !== undefined && here.sha256 === (await lookAt(transport, from.path, from.root, signal))?.sha256) {
    // Of an earlier try, before somebody brought the file another way.
    await rm(partPath(to), { force: true });
    return wasDone;
  }
  await downloadFile(transport, from, to, progress, signal);
  return done;
}

async function runWait(step: WaitStep, context: StepContext): Promise<StepEnd> {
  const { waitFor: until } = step;
  const { deps, signal } = context;
  let said = '';
  if ('command' in until) {
    const answer = await waitFor(until, context, until.withinSec, signal);
    if (answer.yes) return done;
    said = lastWords(answer, context);
  } else {
    if (deps.reach === undefined) throw new Error('the plan waits for a port, and the run cannot reach out');
    const { host, port } = until.reach;
    const end = deps.now() + until.withinSec * 1000;
    for (;;) {
      if (await deps.reach(host, port, 1000, signal)) return done;
      if (signal.aborted || deps.now() >= end) break;
      await deps.sleep(reachEveryMs, signal);
    }
  }
  if (signal.aborted) throw new TransportError(step.host, 'cancelled', say('waiting was cancelled'));
  const message =
    said === ''
      ? say('it was waited {0} s for, and it did not come', until.withinSec)
      : say('it was waited {0} s for, and it did not come; the last answer was: {1}', until.withinSec, said);
  return { outcome: 'failed', reason: { host: step.host, message } };
}

/** Cancelling the run is a no: what was put there on trial must not stay because somebody walked away. */
async function runConfirm(step: ConfirmStep, context: StepContext): Promise<StepEnd> {
  const { deps, signal } = context;
  const { done: probe } = step;
  if (probe !== undefined && (await persistently(step, context, () => ask(probe, context, signal))).yes) return wasDone;
  if (deps.confirm === undefined) throw new Error('the plan asks the operator, and the run has nobody to ask');
  const over = new AbortController();
  const time = deps.sleep(step.confirm.withinSec * 1000, AbortSignal.any([over.signal, signal])).then(() => undefined);
  const answer = await Promise.race([deps.confirm(step, AbortSignal.any([over.signal, signal])), time]);
  over.abort();
  if (answer === true) return done;
  const message =
    answer === false
      ? say('the operator said no')
      : say('the operator did not confirm within {0} s', step.confirm.withinSec);
  return { outcome: 'failed', reason: { host: step.host, message } };
}

/**
 * Whether the answer to a probe becomes yes within its own time or `leastSec`, whichever is longer; a host that cannot be
 * asked is given the time of a reboot. The first question is put under `first`, so that what was let finish is looked at.
 */
async function waitFor(probe: Probe, context: StepContext, leastSec: number, first: AbortSignal): Promise<Answer> {
  const { deps, signal } = context;
  const sec = Math.max(probe.withinSec, leastSec);
  const start = deps.now();
  for (let asking = first; ; asking = signal) {
    let silent: TransportError | undefined;
    let answer: Answer | undefined;
    try {
      answer = await ask(probe, context, asking);
      if (answer.yes) return answer;
    } catch (error) {
      if (!isPassing(error)) throw error;
      silent = error;
    }
    const passedMs = deps.now() - start;
    if (answer !== undefined && passedMs >= sec * 1000) return answer;
    if (silent !== undefined && passedMs >= Math.max(sec, reconnectSec) * 1000) throw silent;
    if (!signal.aborted) await deps.sleep(silent === undefined ? probeEveryMs : reconnectEveryMs, signal);
    if (signal.aborted) throw new TransportError(probe.host, 'cancelled', say('waiting was cancelled'));
  }
}

/** What a host answered to a probe, and whether that means yes. */
interface Answer {
  readonly yes: boolean;
  readonly result: ExecResult;
}

async function ask(probe: Probe, { deps, values, met }: StepContext, signal: AbortSignal): Promise<Answer> {
  const transport = await deps.connect(probe.host, signal);
  met.add(probe.host);
  const result = await transport.exec(values.requestOf(probe.command), signal);
  return { yes: holds(probe.yesWhen, answered(probe.host, result)), result };
}

/** Why an answer was no, in the words of the host: a missing program, an API that refuses, a member that is not healthy. */
function lastWords({ result }: Answer, { values }: StepContext): string {
  const { stdout, stderr } = values.cleanResult(result);
  return endOf(`${stdout}\n${stderr}`, 3);
}

/** k3s names every setting of the server in the file with each of its other commands: five of them hid why one had failed. */
const saysNothing = /level=warning msg="Unknown flag --\S+ found in config\.yaml, skipping/;

/** The last lines of what a program said, none longer than a screen is wide twice. */
function endOf(text: string, lines: number): string {
  const kept = text
    .trim()
    .split('\n')
    .filter((line) => !saysNothing.test(line))
    .slice(-lines);
  return kept.map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line)).join('\n');
}

/** A question that was killed on the host has no answer: neither yes nor no. */
function answered(host: string, result: ExecResult): ExecResult {
  if (result.code !== null) return result;
  throw new TransportError(host, 'lost', say('what was asked there was killed before it could answer'));
}

/** Repeats what changes nothing, or is safe to repeat, while the connection comes and goes. */
async function persistently<Result>(
  step: Step,
  { deps, signal, met }: StepContext,
  work: () => Promise<Result>,
): Promise<Result> {
  const end = deps.now() + reconnectSec * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      // Silence from the start is no lost connection: the operator wants to hear of it now.
      const isStranger = error.failure === 'unreachable' && !met.has(step.host);
      if (isStranger || signal.aborted || deps.now() >= end) throw error;
      deps.onEvent({ kind: 'reconnecting', step, reason: concernOf(error) });
      await deps.sleep(reconnectEveryMs, signal);
    }
  }
}

/** Why a step did not do what it should: host, exit code, what the program said last, and how the look after it ended. */
function failed(step: Step, result: ExecResult, { values }: StepContext, seen = ''): StepEnd {
  const { stdout, stderr } = values.cleanResult(result);
  const own = endOf(`${stdout}\n${stderr}`, 5);
  const said = seen === '' || own.includes(seen) ? own : `${own}\n${seen}`.trim();
  const whole = `${stdout}\n${stderr}\n${seen}`;
  const remedy = step.remedies?.find((each) => each.said === undefined || whole.includes(each.said))?.remedy;
  const code = result.code ?? '-';
  const message =
    said === ''
      ? say('the command ended with {0}, and what it should have done cannot be seen', code)
      : say('the command ended with {0}, and what it should have done cannot be seen: {1}', code, said);
  return { outcome: 'failed', reason: { host: step.host, message, ...(remedy !== undefined && { remedy }) } };
}
