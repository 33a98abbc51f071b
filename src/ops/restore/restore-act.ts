import type { Command, Probe } from '../command';
import { restoreScriptPath } from './restore-place';

/** One act of the script of a restore; see there. */
export function act(stamp: string, words: readonly string[], timeoutSec: number): Command {
  return { argv: ['sh', restoreScriptPath(stamp), ...words], root: true, timeoutSec };
}

/** Whether an act is done: the question that belongs to it. */
export function acted(
  host: string,
  stamp: string,
  words: readonly string[],
  options: { readonly withinSec?: number; readonly timeoutSec?: number } = {},
): Probe {
  const { withinSec = 0, timeoutSec = 60 } = options;
  return { host, command: act(stamp, words, timeoutSec), yesWhen: { stdoutMatches: '^yes$' }, withinSec };
}

const ifThere = '[ -e "$1" ] || { echo yes; exit 0; }; sh "$@"';

/** An act of the way back, where the run may not have come far enough to put the script there: then nothing is to be done. */
export function backAct(stamp: string, words: readonly string[], timeoutSec: number): Command {
  const argv = ['sh', '-c', ifThere, 'sh', restoreScriptPath(stamp), ...words] as const;
  return { argv, root: true, timeoutSec };
}

export function backActed(host: string, stamp: string, words: readonly string[]): Probe {
  return { host, command: backAct(stamp, words, 60), yesWhen: { stdoutMatches: '^yes$' }, withinSec: 0 };
}
