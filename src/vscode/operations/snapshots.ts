import { basename } from 'node:path';
import * as vscode from 'vscode';
import { type ClusterState, statusOf } from '../../ops/status/cluster-state';
import type { BroughtSnapshot, SnapshotPlace } from '../../run';
import type { ClusterView } from '../explorer/cluster-store';
import type { Subject } from '../explorer/cluster-tree';
import { sizeText } from '../size-text';
import type { Parts } from './parts';

const here = () => ({
  label: `$(folder-opened) ${vscode.l10n.t('A file on this machine…')}`,
  description: '',
  place: undefined as SnapshotPlace | undefined,
});

/** The snapshot that the command was called on, or the one that the user picks; `s3` where it lies there. */
export async function chooseSnapshot(
  state: ClusterState,
  subject: Subject | undefined,
  options: { readonly orInS3: true } | { readonly orInS3?: undefined; readonly onNodes?: undefined },
): Promise<SnapshotPlace | 's3' | undefined>;
export async function chooseSnapshot(
  state: ClusterState,
  subject: Subject | undefined,
  options?: { readonly onNodes?: true },
): Promise<SnapshotPlace | undefined>;
export async function chooseSnapshot(
  state: ClusterState,
  subject: Subject | undefined,
  options: { readonly onNodes?: true | undefined; readonly orInS3?: true | undefined } = {},
): Promise<SnapshotPlace | 's3' | undefined> {
  if (subject?.snapshot !== undefined) return { host: subject.node, path: subject.snapshot };
  const found = state.nodes
    .flatMap((node) => (statusOf(node)?.snapshots ?? []).map((file) => ({ host: node.node.name, ...file })))
    .sort((a, b) => b.modifiedSec - a.modifiedSec);
  const items = [
    ...found.map(({ host, path, bytes, modifiedSec }) => ({
      label: basename(path),
      description: `${host} · ${sizeText(bytes)} · ${new Date(modifiedSec * 1000).toLocaleString(vscode.env.language)}`,
      place: { host, path } as SnapshotPlace | undefined,
    })),
    ...(options.onNodes === true ? [] : [here()]),
    ...(options.orInS3 === true
      ? [{ ...here(), label: `$(cloud) ${vscode.l10n.t('An object in S3…')}`, isInS3: true }]
      : []),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Which snapshot?'),
    ignoreFocusOut: true,
  });
  if (picked === undefined || picked.place !== undefined) return picked?.place;
  if ('isInS3' in picked) return 's3';
  const [file] = (await vscode.window.showOpenDialog({ canSelectMany: false })) ?? [];
  return file === undefined ? undefined : { host: undefined, path: file.fsPath };
}

/** Brings a snapshot to this machine while a notification says so, into a folder of Haven's own; whoever called removes it. */
export async function bringSnapshot(
  { store }: Parts,
  { state }: ClusterView,
  place: SnapshotPlace,
  stamp: string,
): Promise<BroughtSnapshot> {
  const run = await import('../../run');
  const folder = run.copiesFolder();
  const hosts = await store.connections();
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Reading {0}', basename(place.path)),
      cancellable: true,
    },
    (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      let shown = 0;
      const onProgress = (bytes: number, of: number) => {
        const percent = of === 0 ? 100 : Math.floor((100 * bytes) / of);
        if (percent > shown) progress.report({ increment: percent - shown, message: `${percent} %` });
        shown = Math.max(shown, percent);
      };
      const to = { folder, stamp, here: vscode.l10n.t('this machine') };
      return run.bringSnapshot(hosts, state.cluster, place, to, onProgress, abort.signal);
    },
  );
}
