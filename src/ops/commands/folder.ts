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

const noneScript = 'for f in "$@"; do [ -e "$f" ] && exit 0; done; echo gone';

/** Takes files away that a run itself has put there and that nothing needs any more. */
export function removeFilesStep(host: string, paths: readonly string[]): ChangeStep {
  return {
    id: `tidy@${host}`,
    host,
    title: say('Take away what the run has left on {0}', host),
    risk: 'change',
    run: { argv: ['rm', '-f', '--', ...paths], root: true, timeoutSec: 20 },
    done: {
      host,
      command: { argv: ['sh', '-c', noneScript, 'sh', ...paths], root: true, timeoutSec: 20 },
      yesWhen: { stdoutMatches: '^gone$' },
      withinSec: 0,
    },
  };
}
