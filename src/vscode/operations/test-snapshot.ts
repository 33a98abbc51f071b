import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { DrillReport } from '../../ops/restore/drill';
import type { LocalSnapshot, SnapshotPlace } from '../../run';
import type { ClusterView } from '../explorer/cluster-store';
import { sizeText } from '../size-text';
import { chooseCluster, chooseWay } from './choose';
import { asking, liveState } from './gather';
import type { Operation, Parts } from './parts';
import { bringSnapshot, chooseSnapshot } from './snapshots';

/**
 * "Haven: Test Snapshot": reads what a snapshot holds, and lets a scratch etcd start on it. Neither touches the cluster.
 */
export const testSnapshot: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const state = await asking(parts, view, (hosts, signal) => liveState(hosts, view, signal));
  const chosen = await chooseSnapshot(state, subject);
  if (chosen === undefined) return;
  const { host } = chosen;
  const where = await chooseWay(vscode.l10n.t('Where does a scratch etcd start on it?'), [
    {
      way: 'here' as const,
      label: vscode.l10n.t('On this machine'),
      detail: vscode.l10n.t('It needs etcd, etcdutl, curl and openssl'),
    },
    ...(host === undefined
      ? []
      : [
          {
            way: 'node' as const,
            label: vscode.l10n.t('On {0}', host),
            detail: vscode.l10n.t('Beside what runs there, on a port of its own, for some seconds'),
          },
        ]),
    {
      way: 'nowhere' as const,
      label: vscode.l10n.t('Nowhere'),
      detail: vscode.l10n.t('Only read the file: hash, revision, keys, members'),
    },
  ]);
  if (where === undefined) return;
  const local = await bringSnapshot(parts, view, chosen, String(Date.now()));
  try {
    const report = where === 'nowhere' ? undefined : await drill(parts, view, chosen, local, where);
    await parts.plans.show('snapshot', page(chosen, local, report));
  } finally {
    await local.remove();
  }
};

async function drill(
  { store }: Parts,
  { state }: ClusterView,
  place: SnapshotPlace,
  local: LocalSnapshot,
  where: 'here' | 'node',
): Promise<DrillReport> {
  const { drillSnapshot } = await import('../../run');
  const hosts = await store.connections();
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Starting an etcd on {0}', basename(place.path)),
      cancellable: true,
    },
    async (_progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      return drillSnapshot(hosts, state.cluster, place, local, where, abort.signal);
    },
  );
}

function page(
  { host, path }: SnapshotPlace,
  { bytes, hash, content }: LocalSnapshot,
  report: DrillReport | undefined,
): string {
  const { revision, keys, members, storageVersion, tokenHashes } = content;
  const lines = [
    `# ${basename(path)}`,
    '',
    `- ${vscode.l10n.t('Place: {0}', host === undefined ? path : `${host}:${path}`)}`,
    `- ${vscode.l10n.t('Whole: {0}, its hash is {1}', sizeText(bytes), hash)}`,
    `- ${vscode.l10n.t('Revision: {0}', revision)}`,
    `- ${vscode.l10n.t('Keys: {0}', keys)}`,
    `- ${vscode.l10n.t('Members at that time: {0}', members.map((each) => `${each.name} (${each.peerUrls.join(', ')})`).join('; '))}`,
    ...(storageVersion === undefined ? [] : [`- ${vscode.l10n.t('Storage version of etcd: {0}', storageVersion)}`]),
    ...(tokenHashes.length === 0
      ? []
      : [`- ${vscode.l10n.t('It opens with the server token whose SHA-256 begins with {0}', tokenHashes.join(', '))}`]),
    '',
  ];
  if (report?.kind === 'failed') lines.push(`⛔ ${vscode.l10n.t('No etcd was started on it: {0}', report.why)}`, '');
  if (report?.kind === 'started') {
    const { matches, etcd, sample, restoreSec, startSec } = report;
    lines.push(
      matches
        ? `✅ ${vscode.l10n.t('etcd {0} has started on it and has the same revision, keys and sample.', etcd)}`
        : `⛔ ${vscode.l10n.t('etcd {0} has started on it and holds something else than the file says.', etcd)}`,
      '',
      `- ${vscode.l10n.t('Revision: {0}', report.revision)}`,
      `- ${vscode.l10n.t('Keys: {0}', report.keys)}`,
      `- ${vscode.l10n.t('Sample: {0} of {1} keys have the revision of the file', sample[0], sample[1])}`,
      `- ${vscode.l10n.t('It took {0} s to restore and {1} s to start', restoreSec, startSec)}`,
      '',
    );
  }
  return lines.join('\n');
}
