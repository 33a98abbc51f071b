import { copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { type ClusterState, statusOf } from '../../ops/status/cluster-state';
import type { LocalSnapshot } from '../../run';
import type { ClusterView } from '../explorer/cluster-store';
import type { Subject } from '../explorer/cluster-tree';
import { sizeText } from '../size-text';
import type { Parts } from './parts';

/** A snapshot on a node, or on this machine where `host` is absent. */
export interface SnapshotPlace {
  readonly host: string | undefined;
  readonly path: string;
}

const here = () => ({
  label: `$(folder-opened) ${vscode.l10n.t('A file on this machine…')}`,
  description: '',
  place: undefined as SnapshotPlace | undefined,
});

/** The snapshot that the command was called on, or the one that the user picks. */
export async function chooseSnapshot(
  state: ClusterState,
  subject: Subject | undefined,
  options: { readonly onNodes?: true } = {},
): Promise<SnapshotPlace | undefined> {
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
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Which snapshot?'),
    ignoreFocusOut: true,
  });
  if (picked === undefined || picked.place !== undefined) return picked?.place;
  const [file] = (await vscode.window.showOpenDialog({ canSelectMany: false })) ?? [];
  return file === undefined ? undefined : { host: undefined, path: file.fsPath };
}

/**
 * Brings a snapshot to this machine, into a folder of Haven's own that only its owner reads, and reads what it holds. It
 * has every secret of the cluster in it: whoever called removes it.
 */
export async function bringSnapshot(
  { context, store }: Parts,
  { state }: ClusterView,
  { host, path }: SnapshotPlace,
  stamp: string,
): Promise<LocalSnapshot | undefined> {
  const { downloadFile, readLocalSnapshot } = await import('../../run');
  const to = vscode.Uri.joinPath(context.globalStorageUri, 'snapshots', `${stamp}-${basename(path)}`).fsPath;
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hosts = await store.connections();
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Reading {0}', basename(path)),
      cancellable: true,
    },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      try {
        const node = state.cluster.nodes.find((each) => each.name === host);
        if (node === undefined) await copyFile(path, to);
        else {
          const transport = await hosts.connect(node, abort.signal);
          let shown = 0;
          const onProgress = (bytes: number, of: number) => {
            const percent = of === 0 ? 100 : Math.floor((100 * bytes) / of);
            if (percent > shown) progress.report({ increment: percent - shown, message: `${percent} %` });
            shown = Math.max(shown, percent);
          };
          await downloadFile(transport, { path, root: true }, to, onProgress, abort.signal);
        }
        return await readLocalSnapshot(to, host ?? vscode.l10n.t('this machine'));
      } catch (error) {
        await rm(to, { force: true });
        throw error;
      }
    },
  );
}
