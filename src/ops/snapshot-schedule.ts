import { type Message, say } from '../base/message';
import { keptPath } from './commands/config-file';
import { makeFolderStep } from './commands/folder';
import { ownTokenStep } from './commands/k3s-token';
import { markSeen, withMark } from './commands/mark';
import { putBackStep } from './commands/put-back';
import type { ScheduleFacts } from './commands/schedule-facts';
import { serverHealthy } from './commands/server-health';
import { savedInS3, saveK3sSnapshot } from './commands/snapshot';
import { stillLearning } from './etcd-members';
import { wrongMachine } from './node-identity';
import { membersOutlook } from './outlook';
import type { Concern, OnFailure, Plan, SecretRef, Step } from './plan';
import { refusedWrites } from './refused-writes';
import type { ClusterState } from './status/cluster-state';
import { leaderLast, restartTitle, type StopEffect, stopEffect } from './stop-effect';

/** When the servers take snapshots by themselves. */
export interface SnapshotSchedule {
  /** Five fields, as in a crontab. */
  readonly cron: string;
  /** How many each server keeps. */
  readonly keep: number;
  readonly compress: boolean;
}

/** Where snapshots go in S3, and what opens it. */
export interface S3Settings {
  /** A host, with a port if need be, and no scheme. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region?: string;
  readonly folder?: string;
  /** `typed`: the keys are secrets of the run; `machine`: the servers have them already, by their role or a file of their own. */
  readonly keys: 'typed' | 'machine';
}

export interface ScheduleParameters {
  readonly stamp: string;
  /** Absent: the schedule stays as it is. `off`: no server takes snapshots by itself any more. */
  readonly schedule?: SnapshotSchedule | 'off';
  /** Absent: S3 stays as it is. */
  readonly s3?: S3Settings | 'off';
  /** A folder of each server that snapshots are saved in, or k3s's own one. Absent: it stays as it is. */
  readonly folder?: string | typeof ownFolder;
}

/** Stands for the folder that k3s makes itself. */
export const ownFolder = 'default';

/** What each server said; one that did not answer is absent. */
type ScheduleAnswers = ReadonlyMap<string, ScheduleFacts>;

const dropIns = '/etc/rancher/k3s/config.yaml.d';
const schedulePath = `${dropIns}/90-haven-snapshots.yaml`;
const s3Path = `${dropIns}/91-haven-s3.yaml`;
const folderPath = `${dropIns}/92-haven-snapshot-folder.yaml`;

/** Names of the secrets that a plan with typed keys needs. */
export const s3AccessKey = 's3-access-key';
export const s3SecretKey = 's3-secret-key';

/** Whether a key can stand between double quotes of YAML as it is. */
export function isPlainKey(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]*$/.test(text);
}

/**
 * Sets when servers of k3s take snapshots and where they go, by drop-ins of their configuration, so that the file that people
 * write stays theirs; each server reads it by a restart, one after another. S3 is believed when a snapshot has come there.
 */
export function planSnapshotSchedule(
  state: ClusterState,
  answers: ScheduleAnswers,
  parameters: ScheduleParameters,
): Plan {
  const { cluster } = state;
  const { stamp, schedule, s3, folder } = parameters;
  const servers = cluster.nodes.filter((each) => each.roles.includes('server')).map((each) => each.name);
  const blockers: Concern[] = [...refusedWrites(state), ...wishConcerns(parameters), ...memberConcerns(state)];
  const warnings: Concern[] = [];
  const files = filesOf(parameters);
  const steps: Step[] = [];
  const checks: Step[] = [];
  // Servers with unlike settings are worse than the old ones everywhere: where one does not come back, all go back.
  let undoTo: string | undefined;
  for (const host of leaderLast(state, servers)) {
    const facts = answers.get(host);
    if (facts === undefined) {
      blockers.push({
        host,
        message: say('the server did not answer, so its settings were not seen'),
        remedy: say('bring it back first: all servers must have the same settings'),
      });
      continue;
    }
    blockers.push(...wrongMachine(state, host));
    const concerned = hostConcerns(host, facts, files);
    blockers.push(...concerned.blockers);
    warnings.push(...concerned.warnings);
    if (folder !== undefined && folder !== ownFolder) blockers.push(...folderConcerns(host, folder, facts));
    const wanted = files.filter((file) => !isThere(facts, file));
    if (wanted.length === 0) continue;
    if (facts.saves !== undefined && wanted.some(({ path }) => path === folderPath))
      warnings.push({
        host,
        message: say(
          'snapshots that lie in {0} stay there, and k3s neither lists nor deletes them any more',
          facts.saves,
        ),
      });
    const stop = stopEffect(state, host);
    if (stop.blocker !== undefined) blockers.push(stop.blocker);
    if (stop.warning !== undefined) warnings.push(stop.warning);
    undoTo ??= writeId(host, wanted);
    checks.push(ownTokenStep(host));
    steps.push(...serverSteps(host, stamp, wanted, { stop, onFailure: { undoTo } }));
  }
  const [first] = servers;
  if (s3 !== undefined && s3 !== 'off' && first !== undefined) steps.push(tryS3Step(first, stamp));
  return {
    operation: 'snapshot-schedule',
    cluster: cluster.name,
    title:
      steps.length === 0 && blockers.length === 0
        ? say('Every server of {0} has these settings of snapshots already', cluster.name)
        : scheduleTitle(cluster.name, parameters),
    blockers,
    warnings,
    outlook: membersOutlook(state, blockers.length > 0 ? [] : steps),
    steps: blockers.length > 0 ? [] : [...checks, ...steps],
    wayBack:
      steps.length === 0
        ? []
        : [
            say(
              'The drop-ins of before lie in {0} on each server; going back puts them there and restarts k3s, one server after another',
              keptPath(stamp, ''),
            ),
          ],
    destructive: schedule === 'off',
  };
}

/** Whether there are members whose database could be saved, and none that a restart would hold up. */
function memberConcerns({ quorum }: ClusterState): Concern[] {
  if (quorum === undefined) {
    return [
      {
        message: say('no server has told of an etcd, and with an external datastore k3s takes no snapshots'),
        remedy: say('use the tools of that database'),
      },
    ];
  }
  if (!quorum.members.some((each) => each.learner)) return [];
  return [stillLearning];
}

function tryS3Step(host: string, stamp: string): Step {
  const name = `haven-s3-${stamp}`;
  return {
    id: `try-s3@${host}`,
    host,
    title: say('Take a snapshot, and see that it has come to S3'),
    risk: 'change',
    run: saveK3sSnapshot(name),
    done: savedInS3(host, name),
  };
}

export function scheduleTitle(
  cluster: string,
  { schedule, s3, folder }: Pick<ScheduleParameters, 'schedule' | 's3' | 'folder'>,
): Message {
  if (schedule === 'off') return say('Let no server of {0} take snapshots by itself', cluster);
  if (schedule === undefined && s3 === undefined && folder !== undefined)
    return folder === ownFolder
      ? say("Save snapshots of {0} in k3s's own folder", cluster)
      : say('Save snapshots of {0} in {1}', cluster, folder);
  if (schedule === undefined) return say('Change where snapshots of {0} go in S3', cluster);
  return say('Let the servers of {0} take snapshots at {1} and keep {2} each', cluster, schedule.cron, schedule.keep);
}

interface DropIn {
  readonly path: string;
  readonly settings: ReadonlyMap<string, string | SecretRef>;
}

function filesOf({ schedule, s3, folder }: ScheduleParameters): readonly DropIn[] {
  const files: DropIn[] = [];
  if (schedule === 'off') files.push({ path: schedulePath, settings: new Map([['etcd-disable-snapshots', 'true']]) });
  else if (schedule !== undefined) {
    const settings = new Map([
      ['etcd-disable-snapshots', 'false'],
      ['etcd-snapshot-schedule-cron', schedule.cron],
      ['etcd-snapshot-retention', String(schedule.keep)],
      ['etcd-snapshot-compress', String(schedule.compress)],
    ]);
    files.push({ path: schedulePath, settings });
  }
  if (s3 === 'off') files.push({ path: s3Path, settings: new Map([['etcd-s3', 'false']]) });
  else if (s3 !== undefined) {
    const settings = new Map<string, string | SecretRef>([
      ['etcd-s3', 'true'],
      ['etcd-s3-endpoint', s3.endpoint],
      ['etcd-s3-bucket', s3.bucket],
    ]);
    if (s3.region !== undefined) settings.set('etcd-s3-region', s3.region);
    if (s3.folder !== undefined) settings.set('etcd-s3-folder', s3.folder);
    if (s3.keys === 'typed')
      settings.set('etcd-s3-access-key', { secret: s3AccessKey }).set('etcd-s3-secret-key', { secret: s3SecretKey });
    files.push({ path: s3Path, settings });
  }
  // Without a name k3s takes, and makes, the folder of its own (pkg/etcd/snapshot.go, snapshotDir).
  if (folder !== undefined)
    files.push({
      path: folderPath,
      settings: new Map([['etcd-snapshot-dir', folder === ownFolder ? '' : withoutSlash(folder)]]),
    });
  return files;
}

/** Whether a server has just these settings in the drop-in; of keys nobody knows, so they are written again. */
function isThere({ settings }: ScheduleFacts, file: DropIn): boolean {
  // Where nobody names a folder, k3s saves in its own.
  if (file.settings.get('etcd-snapshot-dir') === '' && !settings.some((each) => each.key === 'etcd-snapshot-dir'))
    return true;
  const own = settings.filter((each) => each.path === file.path);
  return (
    own.length === file.settings.size &&
    own.every(({ key, value }) => file.settings.get(key) === value) &&
    ![...file.settings.values()].some((each) => typeof each === 'object')
  );
}

/** The text of a drop-in. Numbers and yes or no stand bare, all else in quotes, which keys in S3 have none of. */
function textOf({ settings }: DropIn): readonly (string | SecretRef)[] {
  const parts: (string | SecretRef)[] = ['# Written by Haven: snapshots that k3s takes by itself.\n'];
  for (const [key, value] of settings) {
    if (typeof value === 'object') parts.push(`${key}: "`, value, '"\n');
    else parts.push(`${key}: ${/^(?:true|false|\d+)$/.test(value) ? value : JSON.stringify(value)}\n`);
  }
  return parts;
}

const writeId = (host: string, [head]: readonly DropIn[]) => `write-${head?.path}@${host}`;

function serverSteps(
  host: string,
  stamp: string,
  files: readonly DropIn[],
  { stop, onFailure }: { readonly stop: StopEffect; readonly onFailure: OnFailure },
): Step[] {
  const restart = (mark: string) =>
    withMark({ argv: ['systemctl', 'restart', 'k3s'], root: true, timeoutSec: 300 }, mark);
  const healthy = serverHealthy(host, 'k3s', true);
  const forth = `${stamp}-schedule`;
  const back = `${stamp}-schedule-back`;
  const [head] = files;
  const uploads = files.map(
    (file): Step => ({
      id: writeId(host, [file]),
      host,
      title: say('Write {0}', file.path),
      risk: 'change',
      upload: {
        content: { text: textOf(file) },
        path: file.path,
        mode: '0600',
        root: true,
        keep: keptPath(stamp, file.path),
      },
      ...(file === head && {
        undo: [
          ...files.map((each) => putBackStep({ host, path: each.path, keep: keptPath(stamp, each.path) })),
          {
            id: `restart-old@${host}`,
            host,
            title: say('Restart {0} on {1}', 'k3s', host),
            risk: 'change',
            run: restart(back),
            done: markSeen(host, back),
          },
          { id: `well-again@${host}`, host, title: say('See that {0} is well', host), risk: 'read', waitFor: healthy },
        ],
      }),
    }),
  );
  return [
    makeFolderStep(host, keptPath(stamp, dropIns), '0700'),
    makeFolderStep(host, dropIns, '0755'),
    ...uploads,
    {
      id: `restart@${host}`,
      host,
      title: restartTitle('k3s', host, stop),
      risk: 'change',
      run: restart(forth),
      done: markSeen(host, forth),
      onFailure,
      quorum: stop.quorum ?? {},
    },
    { id: `well@${host}`, host, title: say('See that {0} is well', host), risk: 'read', waitFor: healthy, onFailure },
  ];
}

function hostConcerns(host: string, { settings, inUnit }: ScheduleFacts, files: readonly DropIn[]) {
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  for (const file of files) {
    const keys = [...file.settings.keys()];
    for (const key of keys.filter((each) => inUnit.includes(each))) {
      blockers.push({
        host,
        message: say('--{0} stands on the command line of the unit, which goes before the files', key),
        remedy: say('take it out of the unit, and begin again'),
      });
    }
    const others = settings.filter((each) => keys.includes(each.key) && each.path !== file.path);
    for (const path of new Set(others.map((each) => each.path))) {
      const own = [...new Set(others.filter((each) => each.path === path).map((each) => each.key))].join(', ');
      if (path > file.path && path.startsWith(`${dropIns}/`)) {
        blockers.push({
          host,
          message: say('{0} sets {1}, and it is read after {2}', path, own, file.path),
          remedy: say('take the line out there, and begin again'),
        });
      } else
        warnings.push({ host, message: say('{0} sets {1} too, and what {2} says counts more', path, own, file.path) });
    }
  }
  return { blockers, warnings };
}

/** A folder that is not there is not made by k3s, and one in the folder of the database is moved away by a restore. */
function folderConcerns(host: string, path: string, { folder }: ScheduleFacts): readonly Concern[] {
  if (folder?.inDatabase === true)
    return [
      {
        host,
        message: say('{0} lies in the folder of the database, which a restore moves away', path),
        remedy: say('choose a folder outside of it, best on another disk'),
      },
    ];
  if (folder === undefined || folder.is === 'absent')
    return [
      {
        host,
        message: say('there is no folder {0}, and k3s makes none', path),
        remedy: say('mount it, or make it with mode 0700'),
      },
    ];
  if (folder.is === 'folder') return [];
  const message =
    folder.is === 'file'
      ? say('{0} is no folder', path)
      : say('{0} is read-only, so no snapshot can be saved there', path);
  return [{ host, message, remedy: say('choose another folder') }];
}

const withoutSlash = (path: string) => path.replace(/\/+$/, '');

/** Whether a path can be the folder of snapshots: absolute, of plain letters, and still there after a reboot. */
export function isSnapshotFolder(path: string): boolean {
  return (
    /^(?:\/[A-Za-z0-9._@+-]+)+\/?$/.test(path) &&
    !/\/\.\.?(?:\/|$)/.test(path) &&
    !/^\/(?:tmp|run|var\/run|dev|proc|sys)(?:\/|$)/.test(path)
  );
}

/** What stands against a wish itself, whatever the cluster is. */
export function wishConcerns({ schedule, s3, folder }: ScheduleParameters): readonly Concern[] {
  const concerns: Concern[] = [];
  const wrong = (message: Concern['message'], remedy: Concern['message']) => concerns.push({ message, remedy });
  if (folder !== undefined && folder !== ownFolder && !isSnapshotFolder(folder))
    wrong(
      say('"{0}" cannot be the folder of snapshots', folder),
      say('write an absolute path of letters, digits, dots and dashes that outlives a reboot'),
    );
  if (schedule === undefined && s3 === undefined && folder === undefined)
    wrong(say('nothing is to be changed'), say('say when snapshots are taken, or where they go'));
  if (schedule !== undefined && schedule !== 'off') {
    if (!isCron(schedule.cron))
      wrong(say('"{0}" is no time of a crontab', schedule.cron), say('write five fields, like "0 */6 * * *"'));
    if (!Number.isInteger(schedule.keep) || schedule.keep < 1 || schedule.keep > 9999)
      wrong(say('{0} snapshots cannot be kept', schedule.keep), say('write a number from 1 to 9999'));
  }
  if (s3 !== undefined && s3 !== 'off') {
    if (!/^[A-Za-z0-9.-]+(?::\d{1,5})?$|^\[[0-9A-Fa-f:]+\](?::\d{1,5})?$/.test(s3.endpoint))
      wrong(say('"{0}" is no endpoint of S3', s3.endpoint), say('write a host, with a port if need be, and no scheme'));
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(s3.bucket))
      wrong(
        say('"{0}" cannot be the name of a bucket', s3.bucket),
        say('use 3 to 63 small letters, digits, dots and dashes'),
      );
    for (const each of [s3.region, s3.folder])
      if (each !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/.test(each))
        wrong(say('"{0}" cannot stand there', each), say('use letters, digits, dots, dashes and slashes'));
  }
  return concerns;
}

const bounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

/** Five fields of numbers, ranges, lists and steps, as the parser of k3s takes them (robfig/cron, standard). */
export function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return (
    fields.length === bounds.length &&
    fields.every((field, i) =>
      field.split(',').every((part) => {
        const [, from, to, step] = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/([1-9]\d*))?$/.exec(part) ?? [undefined, 'x'];
        const [least = 0, most = 0] = bounds[i] ?? [];
        const isIn = (value: string | undefined) =>
          value === undefined || (Number(value) >= least && Number(value) <= most);
        const isRange = to === undefined || Number(from) <= Number(to);
        return from !== 'x' && isIn(from) && isIn(to) && isRange && (step === undefined || Number(step) <= most);
      }),
    )
  );
}
