import * as vscode from 'vscode';
import { Secret } from '../../base/secret';
import { k3sSnapshotFolder } from '../../ops/commands/snapshot';
import { saveFolder } from '../../ops/snapshot-folders';
import {
  isCron,
  isPlainKey,
  isSnapshotFolder,
  ownFolder,
  type S3Settings,
  type ScheduleParameters,
  type SnapshotSchedule,
  s3AccessKey,
  s3SecretKey,
} from '../../ops/snapshot-schedule';
import type { ClusterState } from '../../ops/status/cluster-state';
import { newStamp } from '../../run/stamp';
import { carryOut } from './carry-out';
import { chooseCluster, chooseWay } from './choose';
import { asking, liveState, serversOf } from './gather';
import type { Operation } from './parts';

/** "Haven: Schedule Snapshots": when the servers take snapshots by themselves, and where they go in S3. */
export const snapshotSchedule: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const wish = await chooseWish(view.state);
  if (wish === undefined) return;
  const { planSchedule } = await import('../../run');
  const { secrets, ...parameters } = wish;
  const plan = await asking(parts, view, async (hosts, signal) =>
    planSchedule(hosts, await liveState(hosts, view, signal), { stamp: newStamp(), ...parameters }, signal),
  );
  await carryOut(parts, view, plan, { go: vscode.l10n.t('Change') }, { secrets });
};

type Wish = Omit<ScheduleParameters, 'stamp'> & { readonly secrets: ReadonlyMap<string, Secret> };

const none: ReadonlyMap<string, Secret> = new Map();

async function chooseWish(state: ClusterState): Promise<Wish | undefined> {
  const isK3s = state.cluster.distribution === 'k3s';
  const way = await chooseWay<string>(vscode.l10n.t('When do the servers take snapshots by themselves?'), [
    { way: '0 */6 * * *', label: vscode.l10n.t('Every six hours'), detail: '0 */6 * * *' },
    { way: '0 * * * *', label: vscode.l10n.t('Every hour'), detail: '0 * * * *' },
    { way: '30 2 * * *', label: vscode.l10n.t('Every night'), detail: '30 2 * * *' },
    { way: 'own', label: vscode.l10n.t('At other times…'), detail: vscode.l10n.t('Five fields, as in a crontab') },
    { way: 'off', label: vscode.l10n.t('Never') },
    ...(isK3s
      ? [
          {
            way: 'folder',
            label: vscode.l10n.t('As now, and in another folder…'),
            detail: vscode.l10n.t('One that is there on every server, best on another disk'),
          },
          {
            way: 's3',
            label: vscode.l10n.t('As now, and in S3…'),
            detail: vscode.l10n.t('Endpoint, bucket and keys; a snapshot is taken to see that it comes there'),
          },
          { way: 's3-off', label: vscode.l10n.t('As now, and no longer in S3') },
        ]
      : []),
  ]);
  if (way === undefined) return undefined;
  if (way === 'off') return { schedule: 'off', secrets: none };
  if (way === 's3-off') return { s3: 'off', secrets: none };
  if (way === 's3') return chooseS3();
  if (way === 'folder') return chooseFolder(state);
  const schedule = await chooseSchedule(way === 'own' ? undefined : way);
  return schedule && { schedule, secrets: none };
}

async function chooseSchedule(given: string | undefined): Promise<SnapshotSchedule | undefined> {
  const cron =
    given ??
    (await vscode.window.showInputBox({
      title: vscode.l10n.t('At which times?'),
      placeHolder: '30 2 * * 1-5',
      ignoreFocusOut: true,
      validateInput: (text) => (isCron(text) ? undefined : vscode.l10n.t('Five fields, as in a crontab')),
    }));
  if (cron === undefined) return undefined;
  const keep = await vscode.window.showInputBox({
    title: vscode.l10n.t('How many of them does each node keep?'),
    value: '14',
    ignoreFocusOut: true,
    validateInput: (value) => (/^[1-9]\d{0,3}$/.test(value) ? undefined : vscode.l10n.t('a number from 1 to 9999')),
  });
  return keep === undefined ? undefined : { cron: cron.trim(), keep: Number(keep), compress: false };
}

async function chooseFolder(state: ClusterState): Promise<Wish | undefined> {
  const [server] = serversOf(state);
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('In which folder of the servers?'),
    prompt: vscode.l10n.t("Empty: k3s's own folder"),
    value: server === undefined ? '' : saveFolder(state, server.name),
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === '' || isSnapshotFolder(text.trim())
        ? undefined
        : vscode.l10n.t('An absolute path of letters, digits, dots and dashes that outlives a reboot'),
  });
  if (typed === undefined) return undefined;
  const folder = typed.trim();
  return { folder: folder === '' || folder === k3sSnapshotFolder ? ownFolder : folder, secrets: none };
}

async function chooseS3(): Promise<Wish | undefined> {
  const ask = (title: string, placeHolder: string, password = false) =>
    vscode.window.showInputBox({
      title,
      placeHolder,
      password,
      ignoreFocusOut: true,
      validateInput: (text) => (isPlainKey(text) ? undefined : vscode.l10n.t('No blanks, quotes or backslashes')),
    });
  const endpoint = await ask(vscode.l10n.t('Endpoint of S3'), 's3.eu-central-1.amazonaws.com');
  if (endpoint === undefined || endpoint === '') return undefined;
  const bucket = await ask(vscode.l10n.t('Bucket'), 'cluster-snapshots');
  if (bucket === undefined || bucket === '') return undefined;
  const folder = await ask(vscode.l10n.t('Folder in the bucket; each cluster wants one of its own'), 'prod');
  if (folder === undefined) return undefined;
  const region = await ask(vscode.l10n.t('Region; empty where there is none'), 'eu-central-1');
  if (region === undefined) return undefined;
  const accessKey = await ask(vscode.l10n.t('Access key; empty where the servers have their own'), '');
  if (accessKey === undefined) return undefined;
  const settings: S3Settings = {
    endpoint,
    bucket,
    ...(folder !== '' && { folder }),
    ...(region !== '' && { region }),
    keys: accessKey === '' ? 'machine' : 'typed',
  };
  if (accessKey === '') return { s3: settings, secrets: none };
  const secretKey = await ask(vscode.l10n.t('Secret key'), '', true);
  if (secretKey === undefined || secretKey === '') return undefined;
  const secrets = new Map([
    [s3AccessKey, new Secret(accessKey)],
    [s3SecretKey, new Secret(secretKey)],
  ]);
  return { s3: settings, secrets };
}
