import { commandLine } from '../../base/shell';
import type { Command, Probe } from '../command';
import { keptPath } from './config-file';

const folderOf = (stamp: string) => `/var/lib/haven/kept/${stamp}`;
const confirmedPath = (stamp: string) => commandLine([`${folderOf(stamp)}/confirmed`]);
const unitOf = (stamp: string) => `haven-way-back-${stamp}`;

/** The script on a node that puts everything back which the run of this stamp replaced there. */
export function wayBackPath(stamp: string): string {
  return `${folderOf(stamp)}/way-back.sh`;
}

/** A file that says of a unit that it has read the new files in the run of this stamp. */
export function readMark(stamp: string, unit: string): string {
  return `${folderOf(stamp)}/read-by-${unit}`;
}

interface WayBack {
  readonly stamp: string;
  readonly paths: readonly string[];
  /** What lies beside them until the run is over. */
  readonly staged: readonly string[];
  /** Units that read those files, with what makes them read the old ones again. */
  readonly units: readonly { readonly name: string; readonly verb: 'reload' | 'restart' }[];
}

/**
 * The text of that script. It lies on the node, so that the node finds its way back when nobody can reach it any more, and
 * so that a person can run it by hand. A unit that the new file has brought down is started by it.
 * It says that it went back only when every file is the old one and every unit has read it, or has failed with it.
 */
export function wayBackScript({ stamp, paths, staged, units }: WayBack): string {
  const lines = paths.map((path) => commandLine(['back', path, keptPath(stamp, path)]));
  const reads = units.map(({ name, verb }) =>
    commandLine(['read_again', verb === 'reload' ? 'reload-or-restart' : 'restart', name]),
  );
  const marks = units.map(({ name }) => commandLine(['rm', '-f', '--', readMark(stamp, name)]));
  return `#!/bin/sh
# Puts back the files that Haven replaced in the run ${stamp}. Run it as root; running it twice does no harm.
# The timer says "unless-confirmed": where nobody could stop it, it must not take back what was confirmed.
if [ "$1" != unless-confirmed ]; then rm -f -- ${confirmedPath(stamp)}; elif [ -e ${confirmedPath(stamp)} ]; then exit 0; fi
done=yes
changed=no
read_again() { systemctl "$1" "$2" || systemctl is-failed --quiet "$2" || done=no; }
back() {
  [ -e "$2" ] || [ -e "$2.absent" ] || return 0
  changed=yes
  path=$(readlink -f -- "$1") && [ -n "$path" ] || path=$1
  # What is there now may have been written by hand since: it is kept once, unless no room is left, which must not stop this.
  if [ -e "$path" ] && [ ! -e "$2.taken-back" ] && ! cmp -s -- "$path" "$2"; then
    cp -p -- "$path" "$2.taken-back.part" && mv -f -- "$2.taken-back.part" "$2.taken-back"
  fi
  if [ -e "$2.absent" ]; then rm -f -- "$path" || done=no; return; fi
  { cp -p -- "$2" "$path.haven-back" && mv -f -- "$path.haven-back" "$path"; } || done=no
}
${[...lines, ...marks, commandLine(['rm', '-f', '--', ...staged])].join('\n')}
sync
# Where no file has been replaced yet, nothing is read anew.
if [ "$changed" = yes ]; then
${[':', ...reads].join('\n')}
fi
[ "$done" = yes ] || exit 1
date +%s >${commandLine([`${folderOf(stamp)}/went-back`])} || exit 1
${commandLine(['systemctl', 'stop', `${unitOf(stamp)}.timer`])} 2>/dev/null
exit 0
`;
}

const armScript = `rm -f -- "$1/went-back" "$1/confirmed"
systemctl reset-failed "$2.service" 2>/dev/null
systemd-run --quiet --unit="$2" --on-active="$3" --timer-property=AccuracySec=1s sh "$1/way-back.sh" unless-confirmed`;

/** Lets the node itself go back after this many seconds, unless `disarm` comes first. */
export function armWayBack(stamp: string, sec: number): Command {
  const argv = ['sh', '-c', armScript, 'sh', folderOf(stamp), unitOf(stamp), `${sec}s`] as const;
  return { argv, root: true, timeoutSec: 30 };
}

const armedScript = `if [ -e "$1/confirmed" ] || systemctl is-active --quiet "$2.timer"; then echo armed; fi`;

/** Armed, or confirmed already by an earlier try of the same run. */
export function wayBackArmed(host: string, stamp: string): Probe {
  return probe(host, armedScript, stamp, 'armed');
}

const disarmScript = `folder=$1 unit=$2; shift 2
[ -e "$folder/went-back" ] && { echo 'the node has gone back by itself' >&2; exit 1; }
date +%s >"$folder/confirmed" || exit 1
systemctl stop "$unit.timer" 2>/dev/null
case $(systemctl is-active "$unit.timer") in inactive|failed|unknown) ;; *) echo 'the timer of the way back cannot be stopped' >&2; exit 1;; esac
rm -f -- "$@"`;

/** Keeps the new files: the node does not go back any more, and the staged copies go. Fails when it has gone back. */
export function disarmWayBack(stamp: string, staged: readonly string[]): Command {
  return {
    argv: ['sh', '-c', disarmScript, 'sh', folderOf(stamp), unitOf(stamp), ...staged],
    root: true,
    timeoutSec: 30,
  };
}

const disarmedScript = `folder=$1 unit=$2; shift 2
for f in "$@"; do [ -e "$f" ] && exit 0; done
[ -e "$folder/confirmed" ] && [ ! -e "$folder/went-back" ] || exit 0
case $(systemctl is-active "$unit.timer") in inactive|failed|unknown) echo kept;; *) echo 'the timer of the way back still runs';; esac`;

export function wayBackDisarmed(host: string, stamp: string, staged: readonly string[]): Probe {
  return probe(host, disarmedScript, stamp, 'kept', staged);
}

const confirmedScript = `if [ -e "$1/confirmed" ] && [ ! -e "$1/went-back" ]; then echo confirmed; fi`;

/** Whether the operator has said already that the new files shall stay. */
export function wayBackConfirmed(host: string, stamp: string): Probe {
  return probe(host, confirmedScript, stamp, 'confirmed');
}

/** Goes back now. */
export function goBack(stamp: string, timeoutSec: number): Command {
  return { argv: ['sh', wayBackPath(stamp)], root: true, timeoutSec };
}

const wentScript = `if [ -e "$1/went-back" ] || [ ! -e "$1/way-back.sh" ]; then echo back; fi`;

/** Whether the node went back, or was never about to change. */
export function wentBack(host: string, stamp: string): Probe {
  return probe(host, wentScript, stamp, 'back');
}

function probe(host: string, script: string, stamp: string, word: string, more: readonly string[] = []): Probe {
  const argv = ['sh', '-c', script, 'sh', folderOf(stamp), unitOf(stamp), ...more] as const;
  return { host, command: { argv, root: true, timeoutSec: 20 }, yesWhen: { stdoutMatches: `^${word}$` }, withinSec: 0 };
}
