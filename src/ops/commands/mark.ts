import type { Arg, Command, Probe } from '../command';

/** Survives a reboot, unlike `/run`: a step that was done before the machine went down stays done. */
const folder = '/var/lib/haven/marks';

const runAndMark = 'm=$1; shift; "$@" || exit; mkdir -p -- "${m%/*}" && : >"$m"';

/** Whether `name` can be a mark: the operation, its time and the step, as in `restart-20261121-031500-cp1`. */
function isMarkName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9@._-]{0,120}$/.test(name) && !name.includes('..');
}

/**
 * `command`, which leaves a mark on the host when it exits with 0: for a change that the host itself shows nothing of,
 * like a restart. The name is new for every plan, so that the mark of an earlier run is not taken for this one's.
 * @throws RangeError when the name cannot be a mark
 */
export function withMark(command: Command, name: string): Command {
  const argv: [string, ...Arg[]] = ['sh', '-c', runAndMark, 'sh', pathOf(name), ...command.argv];
  return { ...command, argv };
}

/** Whether the mark is there. */
export function markSeen(host: string, name: string): Probe {
  const command: Command = { argv: ['test', '-e', pathOf(name)], root: true, timeoutSec: 20 };
  return { host, command, yesWhen: { code: 0 }, withinSec: 0 };
}

const stoppedOrMarked = '[ -e "$1" ] || case $(systemctl is-active "$2") in inactive | failed) ;; *) exit 1 ;; esac';

/**
 * Whether a unit is stopped, or the mark of what it was stopped for is there: a stop that was taken back has to be made
 * again, and one whose purpose is fulfilled has not.
 */
export function stoppedOrMarkSeen(host: string, unit: string, name: string): Probe {
  const command: Command = {
    argv: ['sh', '-c', stoppedOrMarked, 'sh', pathOf(name), unit],
    root: true,
    timeoutSec: 20,
  };
  return { host, command, yesWhen: { code: 0 }, withinSec: 0 };
}

function pathOf(name: string): string {
  if (!isMarkName(name)) throw new RangeError(`"${name}" cannot be the name of a mark`);
  return `${folder}/${name}`;
}
