import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from '../base/message';
import type { Concern, Plan } from '../ops/plan';
import { HereError } from './transport';

/** One line of a journal. `began` without `ended` for a step means that nobody knows what became of it. */
export type JournalEntry =
  | {
      readonly kind: 'plan';
      readonly atMs: number;
      readonly plan: Plan;
      /** Whose cluster it is: two folders may each have one of the same name. */
      readonly site?: string;
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

/**
 * A journal in a file of its own: one line of JSON for each entry, flushed before the run goes on.
 * @throws HereError from its `write` where the disk is full or taken away
 */
export async function openJournal(folder: string, id: string): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${id}.jsonl`);
  // What a crash cut short must not swallow the next line.
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  let isTorn = text !== '' && !text.endsWith('\n');
  return {
    id,
    write: async (entry) => {
      const line = `${isTorn ? '\n' : ''}${JSON.stringify(entry)}\n`;
      isTorn = true;
      await appendFile(path, line, { mode: 0o600, flush: true }).catch((cause: Error) => {
        throw new HereError(
          say('the journal {0} cannot be written: {1}; mend that on this machine, then resume', path, cause.message),
          { cause },
        );
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

/** Reads a journal back. A line that a crash cut short is passed over. */
export function readRecord(id: string, text: string): RunRecord | undefined {
  const entries = text.split('\n').flatMap((line): JournalEntry[] => {
    try {
      return line === '' ? [] : [JSON.parse(line) as JournalEntry];
    } catch {
      // It was being written when the run broke off.
      return [];
    }
  });
  const first = entries[0];
  if (first?.kind !== 'plan') return undefined;
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
    } else if (entry.kind === 'finished') ({ outcome, reason } = entry);
  }
  return {
    id,
    plan: first.plan,
    ...(first.site !== undefined && { site: first.site }),
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

/** The runs whose journals lie in `folder`, newest first. */
export async function listRuns(folder: string): Promise<RunRecord[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const records: RunRecord[] = [];
  for (const name of names.filter((each) => each.endsWith('.jsonl'))) {
    const record = readRecord(name.slice(0, -'.jsonl'.length), await readFile(join(folder, name), 'utf8'));
    if (record !== undefined) records.push(record);
  }
  return records.sort((a, b) => b.startedMs - a.startedMs);
}
