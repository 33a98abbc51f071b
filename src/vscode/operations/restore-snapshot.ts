import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { Secret } from '../../base/secret';
import type { InventoryNode } from '../../model/inventory/inventory';
import type { JoinPrograms } from '../../ops/commands/install-k3s';
import { type NewHostConfig, type NewHosts, withoutK3s, withoutToken } from '../../ops/restore/new-hosts';
import { keysOf, type S3Object } from '../../ops/restore/restore-snapshot';
import { isRelease } from '../../ops/version-skew';
import type { RestoreAnswers } from '../../run';
import { newStamp } from '../../run/stamp';
import type { ClusterView } from '../explorer/cluster-store';
import { carryOut } from './carry-out';
import { chooseCluster, chooseWay } from './choose';
import { clusterFiles } from './config-files';
import { asking, liveState, serversOf } from './gather';
import { choosePrograms, configOf } from './join-node';
import { pickFile } from './local-file';
import type { Operation, Parts } from './parts';
import { bringSnapshot, chooseSnapshot } from './snapshots';

/** "Haven: Restore Snapshot". */
export const restoreSnapshot: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const state = await asking(parts, view, (hosts, signal) => liveState(hosts, view, signal));
  const isK3s = state.cluster.distribution === 'k3s';
  const chosen = await chooseSnapshot(state, subject, isK3s ? { orInS3: true } : {});
  if (chosen === undefined) return;
  const { askRestore, sends } = await import('../../run');
  const place = chosen === 's3' ? {} : chosen;
  const asked = await asking(parts, view, (hosts, signal) => askRestore(hosts, state, place, signal));
  const silent = serversOf(state).filter((each) => !asked.answered.includes(each.name));
  const absent = await askAbsent(silent);
  if (absent === undefined) return;
  const furnishing = await askNewHosts(parts, view, asked);
  if (furnishing === undefined) return;
  const { newHosts, token } = furnishing;
  const stamp = newStamp();
  const more = { stamp, absent, ...(newHosts !== undefined && { newHosts }) };
  const options = token === undefined ? {} : { secrets: new Map([['token', token]]) };
  const go = vscode.l10n.t('Restore');
  if (chosen === 's3') {
    const snapshot = await askObject();
    if (snapshot === undefined) return;
    const done = vscode.l10n.t('{0} is restored from {1}.', state.cluster.name, snapshot.object);
    await carryOut(parts, view, asked.plan(state, { ...more, snapshot }), { go, done }, options);
    return;
  }
  const folder = asked.onNewMachines === undefined ? undefined : await pickKeys();
  const local = await bringSnapshot(parts, view, chosen, stamp);
  const { bytes, hash, content } = local;
  const snapshot = { host: chosen.host, path: chosen.path, bytes, hash, content, local };
  const plan =
    asked.onNewMachines === undefined
      ? asked.plan(state, { ...more, snapshot })
      : await asking(parts, view, async (_, signal) => {
          const { readPki } = await import('../../run');
          const pki = folder === undefined ? undefined : await readPki(folder);
          return asked.onNewMachines?.(state, { stamp, absent, snapshot, pki }, signal);
        });
  if (plan === undefined) return;
  const isSent = sends(plan, local.path);
  if (!isSent) await local.remove();
  const done = vscode.l10n.t('{0} is restored from {1}.', state.cluster.name, basename(chosen.path));
  const result = await carryOut(parts, view, plan, { go, done }, options);
  // A run that broke off still needs the copy when it is gone on with.
  if (isSent && (result === undefined || result.outcome === 'done')) await local.remove();
};

/** The folder with the keys of a kubeadm cluster; without one the plan says what cannot be kept. */
async function pickKeys(): Promise<string | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('The keys of the cluster: a backup with keys, or a copy of /etc/kubernetes/pki'),
      openLabel: vscode.l10n.t('Take These Keys'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return uri?.fsPath;
}

/** The object in S3, and where its settings are; undefined when the operator leaves. */
async function askObject(): Promise<S3Object | undefined> {
  const object = await vscode.window.showInputBox({
    title: vscode.l10n.t('Which object in S3?'),
    prompt: vscode.l10n.t('The name of the snapshot without its folder; k3s fetches it itself'),
    ignoreFocusOut: true,
  });
  if (object === undefined || object === '') return undefined;
  const from = await chooseWay(vscode.l10n.t('Which settings of S3?'), [
    { way: 'server' as const, label: vscode.l10n.t('Those of the server'), detail: '/etc/rancher/k3s/config.yaml' },
    {
      way: 'file' as const,
      label: vscode.l10n.t('A file on this machine…'),
      detail: vscode.l10n.t(
        'With etcd-s3-bucket, etcd-s3-endpoint and the keys; it stays on the server until the reset is over',
      ),
    },
  ]);
  if (from === undefined || from === 'server') return from === undefined ? undefined : { object };
  const file = await pickFile(vscode.l10n.t('The settings of S3'));
  if (file === undefined) return undefined;
  return { object, settings: { ...file, keys: keysOf(await readFile(file.localPath, 'utf8')) } };
}

/** What machines need on which k3s has never run; undefined when the operator leaves. */
async function askNewHosts(
  parts: Parts,
  view: ClusterView,
  { k3s: servers }: RestoreAnswers,
): Promise<{ readonly newHosts?: NewHosts; readonly token?: Secret } | undefined> {
  const { tokenHash } = await import('../../run');
  const files = await clusterFiles(parts, view);
  const configs = new Map<string, NewHostConfig>();
  for (const { host } of servers) {
    const node = view.state.cluster.nodes.find((each) => each.name === host);
    const config = node === undefined ? undefined : await configOf(parts, view, files, node);
    const own = config?.settings.get('token');
    if (config !== undefined) configs.set(host, { ...config, ...(own !== undefined && { tokenHash: tokenHash(own) }) });
  }
  const needy = withoutToken(servers, configs);
  const bare = withoutK3s(servers);
  if (needy.length === 0 && bare.length === 0) return {};
  const programs: JoinPrograms | undefined =
    bare.length === 0 ? { from: 'machine' } : await choosePrograms(bare.join(', '));
  if (programs === undefined) return undefined;
  const release =
    programs.from === 'machine'
      ? undefined
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Which release of k3s?'),
          prompt: vscode.l10n.t('The one that took the snapshot, or a newer one'),
          ignoreFocusOut: true,
          validateInput: (text) =>
            isRelease(text, 'k3s') ? undefined : vscode.l10n.t('A release looks like v1.34.1+k3s1'),
        });
  if (programs.from !== 'machine' && release === undefined) return undefined;
  const typed =
    needy.length === 0
      ? undefined
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('The server token of the snapshot'),
          prompt: vscode.l10n.t(
            '{0} have none. Without the token of that time nobody can open the snapshot.',
            needy.join(', '),
          ),
          password: true,
          ignoreFocusOut: true,
        });
  if (needy.length > 0 && (typed === undefined || typed === '')) return undefined;
  const token = typed === undefined ? undefined : new Secret(typed);
  const newHosts = { programs, release, configs, tokenHash: typed === undefined ? undefined : tokenHash(typed) };
  return { newHosts, ...(token !== undefined && { token }) };
}

/** Servers that are switched off for good, as the operator says; undefined when they leave. */
async function askAbsent(silent: readonly InventoryNode[]): Promise<readonly string[] | undefined> {
  if (silent.length === 0) return [];
  const picked = await vscode.window.showQuickPick(
    silent.map((node) => ({ label: node.name, description: node.address })),
    {
      title: vscode.l10n.t('These servers do not answer. Which are switched off and stay so?'),
      placeHolder: vscode.l10n.t('One that runs would go on with the old cluster behind the same address'),
      canPickMany: true,
      ignoreFocusOut: true,
    },
  );
  return picked?.map((each) => each.label);
}
