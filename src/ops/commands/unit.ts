import type { Command, Probe } from '../command';

/** `systemctl is-active` prints one word, `active` only when the unit runs. */
export function isActive(host: string, unit: string, withinSec: number): Probe {
  return {
    host,
    command: { argv: ['systemctl', 'is-active', unit], root: true, timeoutSec: 20 },
    yesWhen: { stdoutMatches: '^active$' },
    withinSec,
  };
}

const markedScript = `systemctl "$1" "$2" && systemctl is-active --quiet "$2" && mkdir -p -- "$(dirname -- "$3")" && date +%s >"$3"`;

/**
 * Reloads or restarts a unit, and leaves a mark when it was done and the unit still runs: a running unit does not show
 * whether it has read the new file.
 */
export function markedUnit(verb: 'reload' | 'restart', unit: string, mark: string, timeoutSec: number): Command {
  return { argv: ['sh', '-c', markedScript, 'sh', verb, unit, mark], root: true, timeoutSec };
}

const seenScript = `[ -e "$2" ] && systemctl is-active "$1"`;

/** Whether `markedUnit` was done with this mark, and the unit runs. */
export function unitMarked(host: string, unit: string, mark: string, withinSec: number): Probe {
  return {
    host,
    command: { argv: ['sh', '-c', seenScript, 'sh', unit, mark], root: true, timeoutSec: 20 },
    yesWhen: { stdoutMatches: '^active$' },
    withinSec,
  };
}
