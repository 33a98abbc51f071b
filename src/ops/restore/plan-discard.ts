import { say } from '../../base/message';
import type { Plan } from '../plan';
import { actStep } from './shared-steps';

/**
 * Removes what a restore has put aside: former and restored databases, the copy of the snapshot, the kept token. After
 * that there is no way back. `restore` is a plan that was run to its end, or taken back.
 */
export function planDiscard(restore: Plan, stamp: string): Plan {
  const hosts = restore.steps.flatMap(({ id, host }) => (id === `script@${host}` ? [host] : []));
  return {
    operation: 'discard-restore',
    cluster: restore.cluster,
    title: say('Remove what the restore {0} has put aside on {1}', stamp, hosts.join(', ')),
    blockers: [],
    warnings: [{ message: say('the restore cannot be taken back then') }],
    steps: hosts.map((host) => ({
      ...actStep(stamp, ['discard'], host, say('Remove the databases that were put aside on {0}', host), 600),
      risk: 'destroy',
    })),
    wayBack: [say('There is none: what is removed is gone')],
    destructive: true,
  };
}

/** The stamp of a restore, from the place of its script; undefined for a plan of something else. */
export function stampOfRestore({ operation, steps }: Plan): string | undefined {
  if (operation !== 'restore') return undefined;
  for (const step of steps) {
    const path = 'upload' in step ? step.upload.path : '';
    const found = /^\/var\/lib\/haven\/restore-([A-Za-z0-9-]+)\/restore\.sh$/.exec(path)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}
