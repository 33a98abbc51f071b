import { type CronProblem, type CronSchedule, nextRuns, parseCron } from '../../base/cron';
import { parseGoDuration } from '../../base/go-duration';
import { type Message, say } from '../../base/message';
import { compareVersions } from '../../base/version';
import { has, isOn, type K3sAnalysis, settingOf, valueFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

const fieldNames = ['minute', 'hour', 'day of month', 'month', 'day of week'];

/** The schedule of snapshots that a file sets, if it can be read. */
function scheduleOf(analysis: K3sAnalysis): CronSchedule | CronProblem | undefined {
  const value = valueFor(analysis, 'etcd-snapshot-schedule-cron');
  return value === undefined || value.type === 'nested' ? undefined : parseCron(value.text, parseGoDuration);
}

export const badCron = rule<K3sAnalysis>({
  id: 'k3s/bad-cron',
  severity: 'warning',
  summary: 'k3s cannot read the schedule, says nothing, and takes no snapshots.',

  *check(analysis) {
    const value = valueFor(analysis, 'etcd-snapshot-schedule-cron');
    const schedule = scheduleOf(analysis);
    if (value === undefined || schedule === undefined) return;
    if (schedule.kind === 'problem') {
      yield { span: value.span, message: cronMessage(schedule) };
    } else if (schedule.kind === 'fields' && nextRuns(schedule, 0, 1).length === 0) {
      yield { span: value.span, message: say('no day fits this schedule, so no snapshot is ever taken') };
    }
  },
});

function cronMessage({ reason, part, low, high, found }: CronProblem): Message {
  switch (reason) {
    case 'fields':
      return found === 6
        ? say('a schedule has five fields, without seconds; k3s reads none of these six and takes no snapshots')
        : say(
            'a schedule has five fields: minute, hour, day, month, weekday; this has {0}, and no snapshots are taken',
            found,
          );
    case 'descriptor':
      return say('"{0}" is no schedule; known are @hourly, @daily, @weekly, @monthly, @yearly and @every 6h', part);
    case 'zone':
      return say('the time zone in front of the schedule has no name');
    default:
      return say(
        '"{0}" cannot be the {1} of a schedule ({2}-{3}); no snapshots are taken',
        part,
        fieldNames[found] ?? '',
        low,
        high,
      );
  }
}

export const noSnapshots = rule<K3sAnalysis>({
  id: 'k3s/no-snapshots',
  severity: 'warning',
  summary: 'Nothing is kept to restore from.',

  *check(analysis) {
    const off = settingOf(analysis, 'etcd-disable-snapshots');
    if (
      off !== undefined &&
      isOn(analysis, 'etcd-disable-snapshots') &&
      valueFor(analysis, 'datastore-endpoint') === undefined
    )
      yield { span: off.entry.keySpan, message: say('without snapshots nothing is left to restore the cluster from') };
    for (const key of ['etcd-snapshot-retention', 'etcd-s3-retention']) {
      const value = valueFor(analysis, key);
      if (value === undefined || !/^-?\d+$/.test(value.text)) continue;
      const kept = Number(value.text);
      if (kept < 1)
        yield {
          span: value.span,
          message: say('{0} keeps every snapshot for ever, until the disk is full and etcd stops', kept),
        };
    }
  },
});

const hour = 3_600_000;

export const shortHistory = rule<K3sAnalysis>({
  id: 'k3s/short-history',
  severity: 'hint',
  summary: 'The snapshots that are kept reach back less than a day.',

  *check(analysis) {
    const value = valueFor(analysis, 'etcd-snapshot-retention');
    const schedule = scheduleOf(analysis);
    const kept = Number(value?.text ?? 5);
    const span = value?.span ?? valueFor(analysis, 'etcd-snapshot-schedule-cron')?.span;
    if (span === undefined || !(kept >= 1)) return;
    if (kept === 1) {
      yield { span, message: say('one snapshot is kept; when it is bad nothing is left') };
      return;
    }
    const runs = schedule === undefined || schedule.kind === 'problem' ? [] : nextRuns(schedule, 0, kept + 1);
    const reach = runs.length > kept ? (runs[kept] ?? 0) - (runs[0] ?? 0) : 24 * hour;
    if (reach >= 24 * hour) return;
    yield { span, message: say('{0} snapshots on this schedule reach back {1} hours', kept, Math.round(reach / hour)) };
  },
});

export const snapshotFolder = rule<K3sAnalysis>({
  id: 'k3s/snapshot-folder',
  severity: 'warning',
  summary: 'The folder of snapshots is emptied at a reboot, or its path is not absolute.',

  *check(analysis) {
    const value = valueFor(analysis, 'etcd-snapshot-dir');
    if (value === undefined || value.type === 'nested') return;
    if (/^\/(?:tmp|run|var\/run|dev\/shm)(?:\/|$)/.test(value.text))
      yield { span: value.span, message: say('{0} is empty after a reboot, and the snapshots are gone', value.text) };
    else if (!value.text.startsWith('/'))
      yield {
        span: value.span,
        message: say(
          '"{0}" is not an absolute path; where the snapshots go depends on the folder k3s starts in',
          value.text,
        ),
      };
  },
});

export const snapshotName = rule<K3sAnalysis>({
  id: 'k3s/snapshot-name',
  severity: 'warning',
  summary: 'The name of snapshots is part of a file name, and what begins alike is pruned together.',

  *check(analysis) {
    const value = valueFor(analysis, 'etcd-snapshot-name');
    if (value === undefined || value.type === 'nested') return;
    if (/[\s/\\]/.test(value.text))
      yield {
        span: value.span,
        message: say('the name is a part of a file name; spaces and slashes do not belong there'),
      };
    else if ('on-demand'.startsWith(value.text))
      yield {
        span: value.span,
        message: say('snapshots by hand begin with "on-demand" and would be pruned together with these'),
      };
  },
});

const s3Keys = /^etcd-s3-/;

export const s3 = rule<K3sAnalysis>({
  id: 'k3s/s3-settings',
  severity: 'warning',
  summary: 'The settings of S3 do not fit together, and nothing is uploaded.',

  *check(analysis) {
    const on = isOn(analysis, 'etcd-s3');
    const own = analysis.settings.filter((each) => s3Keys.test(each.key.key));
    const secret = settingOf(analysis, 'etcd-s3-config-secret');
    const isWhole = !/\.d\//.test(analysis.path);
    const upload = settingOf(analysis, 'etcd-s3');
    if (
      on &&
      upload !== undefined &&
      isWhole &&
      !has(analysis, 'etcd-s3-bucket') &&
      !has(analysis, 'etcd-s3-config-secret')
    )
      yield { span: upload.entry.keySpan, message: say('without "etcd-s3-bucket" nothing is uploaded') };
    if (!has(analysis, 'etcd-s3') && own[0] !== undefined && isWhole && !has(analysis, 'datastore-endpoint'))
      yield { span: own[0].entry.keySpan, message: say('without "etcd-s3: true" nothing is uploaded') };
    if (secret !== undefined) {
      const other = own.find((each) => !/-(?:config-secret|retention)$/.test(each.key.key));
      if (other !== undefined)
        yield {
          span: secret.entry.keySpan,
          message: say('k3s does not look at the Secret when other settings of S3 are in the file; keep one of both'),
          related: [{ span: other.entry.keySpan, message: say('this setting') }],
        };
    }
    const endpoint = valueFor(analysis, 'etcd-s3-endpoint');
    if (endpoint !== undefined && /[/]/.test(endpoint.text)) {
      const host = endpoint.text.replace(/^[a-z0-9]+:\/\//i, '').replace(/\/[\s\S]*$/, '');
      yield {
        span: endpoint.span,
        message: say('"etcd-s3-endpoint" takes host or host:port only; write {0}', host),
        fixes: [
          { title: say('Change to {0}', host), edits: [{ span: endpoint.span, newText: host }], confidence: 'review' },
        ],
      };
    }
    const timeout = valueFor(analysis, 'etcd-s3-timeout');
    const length = timeout === undefined ? undefined : parseGoDuration(timeout.text);
    if (timeout !== undefined && length !== undefined && length <= 0)
      yield {
        span: timeout.span,
        ...(on ? { severity: 'error' } : {}),
        message: say('"{0}" must be longer than 0s', 'etcd-s3-timeout'),
      };
  },
});

/** The first and the last release of a line in which a compressed snapshot is not found by its path (k3s-io/k3s #14526). */
const losesZip: readonly (readonly [first: readonly number[], last: readonly number[]])[] = [
  [
    [1, 35, 5],
    [1, 35, 99],
  ],
  [
    [1, 36, 0],
    [1, 36, 3],
  ],
];

export const compressedSnapshots = rule<K3sAnalysis>({
  id: 'k3s/compressed-snapshots',
  severity: 'hint',
  summary: 'Some releases do not find a compressed snapshot by its path when they restore.',

  *check(analysis) {
    const { version } = analysis;
    const setting = settingOf(analysis, 'etcd-snapshot-compress');
    if (version === undefined || setting === undefined || !isOn(analysis, 'etcd-snapshot-compress')) return;
    if (!losesZip.some(([first, last]) => compareVersions(version, first) >= 0 && compareVersions(version, last) <= 0))
      return;
    yield {
      span: setting.entry.keySpan,
      message: say(
        'k3s v{0} does not restore a .zip by its path; unpack it and restore what is inside',
        version.join('.'),
      ),
    };
  },
});
