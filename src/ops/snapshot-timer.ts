import { say } from '../base/message';
import { keptPath } from './commands/config-file';
import { makeFolderStep } from './commands/folder';
import { markSeen, withMark } from './commands/mark';
import { putBackStep } from './commands/put-back';
import { serverHealthy } from './commands/server-health';
import { havenSnapshotFolder, scheduledSave } from './commands/snapshot';
import { wrongMachine } from './node-identity';
import { onCalendar } from './on-calendar';
import type { Concern, Plan, Step } from './plan';
import type { ScheduleParameters, SnapshotSchedule } from './snapshot-schedule';
import { scheduleTitle, wishConcerns } from './snapshot-schedule';
import type { ClusterState } from './status/cluster-state';
import { statusOf } from './status/cluster-state';

const unit = 'haven-etcd-snapshot';
const timer = `${unit}.timer`;
const programPath = `/usr/local/sbin/${unit}`;
const servicePath = `/etc/systemd/system/${unit}.service`;
const timerPath = `/etc/systemd/system/${timer}`;
const paths = [programPath, servicePath, timerPath];

/**
 * Lets a timer of systemd on every control plane save its member of etcd: kubeadm itself takes no snapshots. The first one is
 * taken at once, so that a timer which cannot save is seen now and not on the day it was needed.
 */
export function planSnapshotTimer(state: ClusterState, parameters: ScheduleParameters): Plan {
  const { cluster } = state;
  const { stamp, schedule, s3, folder } = parameters;
  const blockers: Concern[] = [...wishConcerns(parameters)];
  const warnings: Concern[] = [];
  if (s3 !== undefined)
    blockers.push({
      message: say('kubeadm sends no snapshots to S3'),
      remedy: say('let a program of your own copy /var/lib/haven/snapshots there, or download snapshots'),
    });
  if (folder !== undefined)
    blockers.push({
      message: say('the timer of kubeadm saves in {0}', havenSnapshotFolder),
      remedy: say('mount another disk there, or download snapshots'),
    });
  const calendar = schedule === undefined || schedule === 'off' ? '' : onCalendar(schedule.cron);
  if (calendar === undefined)
    blockers.push({
      message: say('systemd has no words for a day of the month or a day of the week'),
      remedy: say('write one of the two fields as *'),
    });
  const steps: Step[] = [];
  for (const node of state.nodes.filter((each) => each.node.roles.includes('server'))) {
    const host = node.node.name;
    const status = statusOf(node);
    blockers.push(...wrongMachine(state, host));
    if (status === undefined) {
      warnings.push({
        host,
        message: say('the server does not answer, so its timer stays as it is'),
        remedy: say('run this again when it is back'),
      });
    } else if (status.etcd === undefined) {
      warnings.push({
        host,
        message: say('there is no etcd on {0}, so it gets no timer', host),
        remedy: say('use the tools of the external etcd'),
      });
    } else if (schedule === 'off') steps.push(...offSteps(host, stamp));
    else if (schedule !== undefined) steps.push(...timerSteps(host, stamp, schedule, calendar ?? ''));
  }
  if (steps.length === 0 && blockers.length === 0)
    blockers.push({ message: say('no control plane with an etcd answers'), remedy: say('see that SSH reaches them') });
  return {
    operation: 'snapshot-schedule',
    cluster: cluster.name,
    title: scheduleTitle(cluster.name, parameters),
    blockers,
    warnings,
    steps: blockers.length > 0 ? [] : steps,
    wayBack: [say('The timer of before comes back, or none where there was none; snapshots that were taken stay')],
    destructive: schedule === 'off',
  };
}

function timerSteps(host: string, stamp: string, { keep }: SnapshotSchedule, calendar: string): Step[] {
  const texts = [
    scheduledSave(keep),
    `[Unit]\nDescription=Saves etcd (written by Haven)\n\n[Service]\nType=oneshot\nExecStart=${programPath}\n`,
    `[Unit]\nDescription=Saves etcd (written by Haven)\n\n[Timer]\nOnCalendar=${calendar}\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n`,
  ];
  const uploads = paths.map(
    (path, i): Step => ({
      id: `write-${path}@${host}`,
      host,
      title: say('Write {0}', path),
      risk: 'change',
      upload: {
        content: { text: [texts[i] ?? ''] },
        path,
        mode: path === programPath ? '0700' : '0644',
        root: true,
        keep: keptPath(stamp, path),
      },
      ...(i === 0 && { undo: backSteps(host, stamp) }),
    }),
  );
  const on = `${stamp}-timer`;
  const tried = `${stamp}-timer-tried`;
  return [
    ...[programPath, timerPath].map((path) =>
      makeFolderStep(host, keptPath(stamp, path.slice(0, path.lastIndexOf('/'))), '0700'),
    ),
    makeFolderStep(host, '/usr/local/sbin', '0755'),
    ...uploads,
    {
      id: `timer@${host}`,
      host,
      title: say('Let the timer run on {0}', host),
      risk: 'change',
      run: withMark(
        {
          argv: ['sh', '-c', 'systemctl daemon-reload && systemctl enable "$1" && systemctl restart "$1"', 'sh', timer],
          root: true,
          timeoutSec: 60,
        },
        on,
      ),
      done: markSeen(host, on),
    },
    {
      id: `well@${host}`,
      host,
      title: say('See that {0} is well', host),
      risk: 'read',
      waitFor: serverHealthy(host, 'kubeadm', true),
    },
    {
      id: `try@${host}`,
      host,
      title: say('Take the first snapshot as the timer will'),
      risk: 'change',
      run: withMark({ argv: ['systemctl', 'start', `${unit}.service`], root: true, timeoutSec: 180 }, tried),
      done: markSeen(host, tried),
    },
  ];
}

// A systemctl that is missing or does not answer prints nothing, and is not taken for a timer that is off.
const stopScript = `systemctl disable --now "$1" 2>/dev/null
case $(systemctl is-active "$1") in inactive|failed|unknown) ;; *) exit 1;; esac`;

/** Stops the timer, takes its files away, and keeps them for the way back. */
function offSteps(host: string, stamp: string): Step[] {
  const kept = keptPath(stamp, '');
  const removed = `${stamp}-timer-off`;
  const script = `kept=$1; shift
for f in "$@"; do
  mkdir -p -- "$kept\${f%/*}" || exit 1
  [ -e "$f" ] || continue
  cp -p -- "$f" "$kept$f.part" && mv -f -- "$kept$f.part" "$kept$f" || { rm -f -- "$kept$f.part"; exit 1; }
done
systemctl disable --now ${timer} 2>/dev/null
case $(systemctl is-active ${timer}) in inactive|failed|unknown) ;; *) exit 1;; esac
rm -f -- "$@"
systemctl daemon-reload`;
  return [
    makeFolderStep(host, kept, '0700'),
    {
      id: `timer-off@${host}`,
      host,
      title: say('Stop the timer on {0}, and keep its files in {1}', host, kept),
      risk: 'change',
      run: withMark(
        { argv: ['sh', '-c', script, 'sh', kept.replace(/\/$/, ''), ...paths], root: true, timeoutSec: 60 },
        removed,
      ),
      done: markSeen(host, removed),
      undo: backSteps(host, stamp),
    },
  ];
}

/** The files of before, and the timer as they say; where there were none, no timer. */
function backSteps(host: string, stamp: string): Step[] {
  const [stopped, again] = [`${stamp}-timer-stopped`, `${stamp}-timer-again`];
  return [
    {
      id: `stop-timer@${host}`,
      host,
      title: say('Stop the timer on {0}', host),
      risk: 'change',
      run: withMark({ argv: ['sh', '-c', stopScript, 'sh', timer], root: true, timeoutSec: 60 }, stopped),
      done: markSeen(host, stopped),
    },
    ...paths.map((path) => putBackStep({ host, path, keep: keptPath(stamp, path) })),
    {
      id: `timer-again@${host}`,
      host,
      title: say('Let the timer of before run on {0}, where there was one', host),
      risk: 'change',
      run: withMark(
        {
          argv: [
            'sh',
            '-c',
            'systemctl daemon-reload || exit; [ ! -e "$2" ] || systemctl enable --now "$1"',
            'sh',
            timer,
            timerPath,
          ],
          root: true,
          timeoutSec: 60,
        },
        again,
      ),
      done: markSeen(host, again),
    },
  ];
}
