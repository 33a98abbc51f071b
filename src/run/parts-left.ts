import { rm, stat } from 'node:fs/promises';
import { type Message, say } from '../base/message';
import type { Step } from '../ops/plan';
import { partPath } from './files';
import { isSeenDone, type RunRecord } from './journal';

/** What came of a download that did not end, and what can be done with it; undefined where nothing lies there. */
export async function partRemedy(step: Step): Promise<Message | undefined> {
  if (!('download' in step)) return undefined;
  const path = partPath(step.download.to);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  return say('{0} holds the {1} bytes that came; resume to go on with it, or go back to remove it', path, found.size);
}

/** Where the beginnings of downloads lie that a run has begun and not ended. */
export function partsOf({ plan, steps }: RunRecord): readonly string[] {
  return plan.steps.flatMap((step) => {
    const isOpen = steps.has(step.id) && !isSeenDone(steps.get(step.id));
    return 'download' in step && isOpen ? [partPath(step.download.to)] : [];
  });
}

/** Removes them: nobody goes on with a run that was taken back. */
export async function removeParts(record: RunRecord): Promise<void> {
  for (const path of partsOf(record)) await rm(path, { force: true });
}
