import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../ops/plan';

/** One line of a journal. `began` without `ended` for a step means that nobody knows what became of it. */
export type JournalEntry =
  | { readonly kind: 'plan'; readonly atMs: number; readonly plan: Plan }
  | { readonly kind: 'began'; readonly atMs: number; readonly step: string }
  | { readonly kind: 'ended'; readonly atMs: number; readonly step: string; readonly outcome: StepOutcome }
  | { readonly kind: 'finished'; readonly atMs: number; readonly outcome: RunOutcome };

export type StepOutcome = 'done' | 'was-done' | 'failed' | 'unknown';
export type RunOutcome = 'done' | 'failed' | 'unknown' | 'cancelled';

/** Where a run writes down what it does, before and after doing it. */
export interface Journal {
  readonly id: string;
  write(entry: JournalEntry): Promise<void>;
}

/** A journal in a file of its own: one line of JSON for each entry, flushed before the run goes on. */
export async function openJournal(folder: string, id: string): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${id}.jsonl`);
  return {
    id,
    write: (entry) => appendFile(path, `${JSON.stringify(entry)}\n`, { mode: 0o600, flush: true }),
  };
}

/** What a journal says of its run. */
export interface RunRecord {
  readonly id: string;
  readonly plan: Plan;
  readonly startedMs: number;
  readonly outcome: RunOutcome | undefined;
  /** The last outcome of each step that began; `unknown` for one that never ended. */
  readonly steps: ReadonlyMap<string, StepOutcome>;
}

/** Reads a journal back. A last line that the crash cut short is passed over. */
export function readRecord(id: string, text: string): RunRecord | undefined {
  const entries = text.split('\n').flatMap((line): JournalEntry[] => {
    try {
      return line === '' ? [] : [JSON.parse(line) as JournalEntry];
    } catch {
      // Only the last line can be incomplete: it was being written when the run broke off.
      return [];
    }
  });
  const first = entries[0];
  if (first?.kind !== 'plan') return undefined;
  const steps = new Map<string, StepOutcome>();
  let outcome: RunOutcome | undefined;
  for (const entry of entries) {
    if (entry.kind === 'began') steps.set(entry.step, 'unknown');
    else if (entry.kind === 'ended') steps.set(entry.step, entry.outcome);
    else if (entry.kind === 'finished') outcome = entry.outcome;
  }
  return { id, plan: first.plan, startedMs: first.atMs, outcome, steps };
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
