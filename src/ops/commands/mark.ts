import type { Arg, Command, Probe } from '../command';

/** Survives a reboot, unlike `/run`: a step that was done before the machine went down stays done. */
const folder = '/var/lib/haven/marks';

const runAndMark = 'm=$1; shift; "$@" || exit; mkdir -p -- "${m%/*}" && : >"$m"';

/**
 * `command`, which leaves a mark on the host when it exits with 0: for a change that the host itself shows nothing of,
 * like a restart. The name is new for every plan, so that the mark of an earlier run is not taken for this one's.
 */
export function withMark(command: Command, name: string): Command {
  const argv: [string, ...Arg[]] = ['sh', '-c', runAndMark, 'sh', markPath(name), ...command.argv];
  return { ...command, argv };
}

/** Whether the mark is there. */
export function markSeen(host: string, name: string): Probe {
  const command: Command = { argv: ['test', '-e', markPath(name)], root: true, timeoutSec: 20 };
  return { host, command, yesWhen: { code: 0 }, withinSec: 0 };
}

const stoppedOrMarked = '[ -e "$1" ] || case $(systemctl is-active "$2") in inactive | failed) ;; *) exit 1 ;; esac';

/**
 * Whether a unit is stopped, or the mark of what it was stopped for is there: a stop that was taken back has to be made
 * again, and one whose purpose is fulfilled has not.
 */
export function stoppedOrMarkSeen(host: string, unit: string, name: string): Probe {
  const command: Command = {
    argv: ['sh', '-c', stoppedOrMarked, 'sh', markPath(name), unit],
    root: true,
    timeoutSec: 20,
  };
  return { host, command, yesWhen: { code: 0 }, withinSec: 0 };
}

/** Of most file systems, 255 bytes are the limit for a name. */
const longest = 240;

/**
 * Where the mark of this name lies. Machines are called as their people like: what is more than a letter, a digit or a dash
 * stands in it as its code point, and of two names that are too long each has another end.
 */
export function markPath(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9@.-]/gu, (each) => `_${each.codePointAt(0)?.toString(16)}_`);
  if (plain.length <= longest) return `${folder}/${plain}`;
  let sum = 0;
  for (const each of plain) sum = (sum * 31 + each.charCodeAt(0)) >>> 0;
  return `${folder}/${plain.slice(0, longest - 9)}_${sum.toString(16)}`;
}
