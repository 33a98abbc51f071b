import { say } from '../../base/message';
import type { ChangeStep } from '../plan';

/** Makes a folder with those above it; one that is there keeps its mode. Uploads need it to be there. */
export function makeFolderStep(host: string, path: string, mode: '0700' | '0755'): ChangeStep {
  return {
    id: `folder-${path}@${host}`,
    host,
    title: say('Make the folder {0}', path),
    risk: 'change',
    run: {
      argv: ['sh', '-c', '[ -d "$1" ] || install -d -m "$2" -- "$1"', 'sh', path, mode],
      root: true,
      timeoutSec: 20,
    },
    done: {
      host,
      command: { argv: ['test', '-d', path], root: true, timeoutSec: 20 },
      yesWhen: { code: 0 },
      withinSec: 0,
    },
  };
}
