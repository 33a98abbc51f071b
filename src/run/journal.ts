import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Message, say } from '../base/message';
import type { Concern, Plan, Step } from '../ops/plan';
import { asPlan, isMessage } from '../ops/read-plan';
import { HereError } from './transport';

/** One line of a journal. `began` without `ended` for a step means that nobody knows what became of it. */
export type JournalEntry =
  | {
      readonly kind: 'plan';
      readonly atMs: number;
      readonly plan: Plan;
      /** Whose cluster it is: two folders may each have one of the same name. */
      readonly site?: string;
      /** The form of this journal and of the plan in it; absent where it is the first. A newer one is never guessed at. */
      readonly form?: number;
    }
  | { readonly kind: 'began'; readonly atMs: number; readonly step: string }
  /** What a step captured; a secret is never written down, its step runs again. */
  | { readonly kind: 'captured'; readonly atMs: number; readonly name: string; readonly value: string }
  | {
      readonly kind: 'ended';
      readonly atMs: number;
      readonly step: string;
      readonly outcome: StepOutcome;
      readonly reason?: Concern;
    }
  /** From here on the steps of a way back follow, because this step failed or the operator asked. */
  | { readonly kind: 'undo'; readonly atMs: number; readonly because?: string }
  | { readonly kind: 'resumed'; readonly atMs: number }
  | { readonly kind: 'finished'; readonly atMs: number; readonly outcome: RunOutcome; readonly reason?: Concern };

export type StepOutcome = 'done' | 'was-done' | 'failed' | 'unknown';

/** `undone`: a step failed, and what the run had changed was taken back. */
export type RunOutcome = 'done' | 'failed' | 'unknown' | 'cancelled' | 'undone';

/** Where a run writes down what it does, before and after doing it. */
export interface Journal {
  readonly id: string;
  write(entry: JournalEntry): Promise<void>;
}

/** A step or a plan that an older Haven would misread gets the next number. */
const knownForm = 1;

/**
 * A journal in a file of its own: one line of JSON for each entry, flushed before the run goes on.
 * @throws HereError here or from its `write` where the disk is full, taken away or read-only
 */
export async function openJournal(folder: string, id: string): Promise<Journal> {
  const path = join(folder, `${id}.jsonl`);
  const unwritable = (cause: Error) =>
    new HereError(
      say('the journal {0} cannot be written: {1}; mend that on this machine, then resume', path, cause.message),
      {
        cause,
      },
    );
  // What a crash cut short must not swallow the next line.
  const text = await mkdir(folder, { recursive: true, mode: 0o700 })
    .then(() => readFile(path, 'utf8'))
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && error.syscall === 'open') return '';
      throw unwritable(error);
    });
  let isTorn = text !== '' && !text.endsWith('\n');
  return {
    id,
    write: async (entry) => {
      const line = `${isTorn ? '\n' : ''}${JSON.stringify(entry)}\n`;
      isTorn = true;
      await appendFile(path, line, { mode: 0o600, flush: true }).catch((cause: Error) => {
        throw unwritable(cause);
      });
      isTorn = false;
    },
  };
}

/** What a journal says of its run. */
export interface RunRecord {
  readonly id: string;
  readonly plan: Plan;
  /** The inventory and the cluster in it; absent in journals of runs that were not told. */
  readonly site?: string;
  readonly startedMs: number;
  /** When the last line was written, in milliseconds since 1970. */
  readonly lastMs: number;
  readonly outcome: RunOutcome | undefined;
  readonly reason?: Concern;
  /** The last outcome of each step that began, those of a way back included; `unknown` for one that never ended. */
  readonly steps: ReadonlyMap<string, StepOutcome>;
  readonly captured: ReadonlyMap<string, string>;
  /** Set when a way back had begun. */
  readonly undoing: boolean;
}

/** Reads a journal back; undefined where it has no plan that could be gone on with. A line that a crash cut short is passed over. */
export function readRecord(id: string, text: string): RunRecord | undefined {
  const read = readJournal(id, text);
  return read !== undefined && 'plan' in read ? read : undefined;
}

/** What the entries of each kind must have, so that nobody stumbles over one that another release or a disk has left so. */
const neededTexts: Readonly<Record<string, readonly string[]>> = {
  began: ['step'],
  captured: ['name', 'value'],
  ended: ['step', 'outcome'],
  finished: ['outcome'],
};

/** Whether it is a line of a journal, or of a kind that only a newer release knows. */
function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Readonly<Record<string, unknown>>;
  if (typeof entry.kind !== 'string' || typeof entry.atMs !== 'number') return false;
  return (neededTexts[entry.kind] ?? []).every((key) => typeof entry[key] === 'string');
}

/** A record, or why there is none; undefined for a journal that ends before its plan was written: nothing was done then. */
function readJournal(id: string, text: string): RunRecord | Message | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = lines.flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return isEntry(value) ? [value] : [];
    } catch {
      // It was being written when the run broke off.
      return [];
    }
  });
  const first = entries[0];
  if (first === undefined && lines.length <= 1) return undefined;
  if (first?.kind !== 'plan') return say('its beginning is damaged');
  if ((first.form ?? knownForm) > knownForm) return say('a newer release of Haven wrote it');
  const plan = asPlan(first.plan);
  if (typeof plan === 'string') return say('its plan is damaged: {0}', plan);
  const steps = new Map<string, StepOutcome>();
  const captured = new Map<string, string>();
  let outcome: RunOutcome | undefined;
  let reason: Concern | undefined;
  let undoing = false;
  for (const entry of entries) {
    if (entry.kind === 'began') steps.set(entry.step, 'unknown');
    else if (entry.kind === 'ended') steps.set(entry.step, entry.outcome);
    else if (entry.kind === 'captured') captured.set(entry.name, entry.value);
    else if (entry.kind === 'undo') undoing = true;
    else if (entry.kind === 'resumed') {
      outcome = undefined;
      reason = undefined;
    } else if (entry.kind === 'finished') {
      ({ outcome } = entry);
      reason = isMessage(entry.reason?.message) ? entry.reason : undefined;
    }
  }
  return {
    id,
    plan,
    ...(typeof first.site === 'string' && { site: first.site }),
    startedMs: first.atMs,
    lastMs: entries.at(-1)?.atMs ?? first.atMs,
    outcome,
    ...(reason !== undefined && { reason }),
    steps,
    captured,
    undoing,
  };
}

/** Whether there is something to go on with: the run broke off, failed, or was cancelled, and was not taken back. */
export function isUnfinished({ outcome }: RunRecord): boolean {
  return outcome !== 'done' && outcome !== 'undone';
}

/** Whether a step was seen done, by this run or before it. */
export function isSeenDone(outcome: StepOutcome | 'cancelled' | undefined): outcome is 'done' | 'was-done' {
  return outcome === 'done' || outcome === 'was-done';
}

/** The first step of the plan that nobody saw done: where a run goes on, if it does. */
export function openStep({ plan, steps }: RunRecord): Step | undefined {
  return plan.steps.find(({ id }) => !isSeenDone(steps.get(id)));
}

/** Runs on the same cluster that are unfinished too: what one of them holds or has half changed, the other may stumble over. */
export function openBeside({ id, plan, site }: RunRecord, records: readonly RunRecord[]): readonly RunRecord[] {
  return records.filter(
    (each) => each.id !== id && isUnfinished(each) && each.plan.cluster === plan.cluster && each.site === site,
  );
}

/** A journal that says nothing of its run any more. What the run has begun may still be on the nodes. */
interface LostRun {
  readonly path: string;
  readonly why: Message;
}

/** The runs whose journals lie in `folder`, newest first, and the journals that cannot be read. */
export async function readRuns(
  folder: string,
): Promise<{ readonly runs: readonly RunRecord[]; readonly lost: readonly LostRun[] }> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new HereError(say('the folder of journals {0} cannot be read: {1}', folder, error.message), { cause: error });
  });
  const runs: RunRecord[] = [];
  const lost: LostRun[] = [];
  for (const name of names.filter((each) => each.endsWith('.jsonl'))) {
    const read = await readFileOf(folder, name.slice(0, -'.jsonl'.length));
    if (read === undefined) continue;
    if ('plan' in read) runs.push(read);
    else lost.push({ path: join(folder, name), why: read });
  }
  return { runs: runs.sort((a, b) => b.startedMs - a.startedMs), lost };
}

/** One that cannot be read says why, and does not hide the others. */
async function readFileOf(folder: string, id: string): Promise<RunRecord | Message | undefined> {
  try {
    return readJournal(id, await readFile(join(folder, `${id}.jsonl`), 'utf8'));
  } catch (error) {
    // Tidied away by another process since the folder was read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return say('{0}', error instanceof Error ? error.message : String(error));
  }
}

/**
 * The record of a run as its journal is at this moment.
 * @throws HereError where that is not there or cannot be read
 */
export async function readRun(folder: string, id: string): Promise<RunRecord> {
  const read = await readFileOf(folder, id);
  if (read !== undefined && 'plan' in read) return read;
  const why = read ?? say('it is not there');
  throw new HereError(
    say('the journal {0} cannot be read, so nobody knows where to go on: {1}', join(folder, `${id}.jsonl`), why),
  );
}

/** The runs whose journals lie in `folder`, newest first. */
export async function listRuns(folder: string): Promise<readonly RunRecord[]> {
  return (await readRuns(folder)).runs;
}
