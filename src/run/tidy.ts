import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../ops/plan';
import { stampOfRestore } from '../ops/restore/plan-discard';
import { isClaimed } from './claim';
import { isUnfinished, type RunRecord, readRuns } from './journal';

const dayMs = 86_400_000;
/** The newest of those that are over stay whatever their age. */
const keptRuns = 50;
const keptDays = 90;
/** A saved plan may still need its copy for a while. */
const copyDays = 7;

/** Files of `folder` that the plan sends: copies of snapshots, which hold every secret of the cluster. */
export function copiesIn(folder: string, { steps }: Plan): readonly string[] {
  const files = steps.flatMap((step) => {
    const file = 'upload' in step && 'file' in step.upload.content ? step.upload.content.file : '';
    return file.startsWith(join(folder, '/')) ? [file] : [];
  });
  // One snapshot goes to every server.
  return [...new Set(files)];
}

/** Removes the copies that a plan would send: nobody needs them once its run is over, or was not begun. */
export async function removeCopies(folder: string, plan: Plan): Promise<void> {
  for (const path of copiesIn(folder, plan)) await rm(path, { force: true });
}

/**
 * Removes journals of runs that have been over for 90 days, and copies of snapshots that are a week old and that no run
 * needs. A run that broke off stays, and so does a restore that can still be taken back.
 */
export async function tidy(runs: string, copies: string, nowMs: number): Promise<void> {
  const { runs: records, lost } = await readRuns(runs);
  const needed = new Set(records.filter(isUnfinished).flatMap(({ plan }) => copiesIn(copies, plan)));
  for (const record of oldRuns(records, nowMs)) {
    if (!(await isClaimed(runs, record.id))) await rm(join(runs, `${record.id}.jsonl`), { force: true });
  }
  // Nobody knows what a journal that cannot be read still needs.
  if (lost.length > 0) return;
  for (const name of await readdir(copies).catch(() => [])) {
    const path = join(copies, name);
    // Another process may have removed it just now.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && nowMs - found.mtimeMs > copyDays * dayMs && !needed.has(path))
      await rm(path, { force: true });
  }
}

/** Those that may go. `records` are newest first. */
function oldRuns(records: readonly RunRecord[], nowMs: number): readonly RunRecord[] {
  const over = records.filter((each) => !isUnfinished(each));
  const discarded = new Set(
    over.flatMap(({ plan, outcome }) =>
      plan.operation === 'discard-restore' && outcome === 'done' ? [stampOfDiscard(plan)] : [],
    ),
  );
  return over.slice(keptRuns).filter(({ plan, lastMs }) => {
    const stamp = stampOfRestore(plan);
    return nowMs - lastMs > keptDays * dayMs && (stamp === undefined || discarded.has(stamp));
  });
}

/** The restore whose remains it removed, by the folder that its commands name. */
function stampOfDiscard({ steps }: Plan): string | undefined {
  return /\/restore-([A-Za-z0-9-]+)\//.exec(JSON.stringify(steps))?.[1];
}
