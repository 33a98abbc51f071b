import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { NodeConfig } from '../../ops/commands/config-file';
import { type ConfigTarget, configTargets } from '../../ops/config-target';
import type { PushFile, PushParameters } from '../../ops/push-config';
import { type ClusterFiles, fileConcerns } from '../../ops/repository-files';
import type { ClusterState } from '../../ops/status/cluster-state';
import type { Hosts } from '../../run';
import type { ClusterView } from '../explorer/cluster-store';
import { namedFile, pathOf } from '../live-workspace';
import type { Parts } from './parts';

/** Reads the files that an inventory names; what is open and not saved is saved first, so that the disk is what is seen. */
export async function clusterFiles(parts: Parts, { inventory, state }: ClusterView): Promise<ClusterFiles> {
  // Before all files are read nobody knows what kind they are, and so where they belong.
  const workspace = await parts.live.whole();
  const folder = dirname(inventory.fsPath);
  const places = new Set(state.cluster.configs.map((each) => join(folder, each.file)));
  for (const document of vscode.workspace.textDocuments)
    if (document.isDirty && places.has(document.uri.fsPath)) await document.save();
  const { readClusterFiles } = await import('../../run');
  const { files, unread } = await readClusterFiles(folder, state.cluster);
  for (const { localPath, text } of files.values()) {
    // What the editor says of a file is said of this very text, also where nobody watches its folder.
    const uri = vscode.Uri.file(localPath);
    if (workspace.file(pathOf(uri))?.text !== text) await parts.live.add(uri);
  }
  return { targets: configTargets(state.cluster, (name) => namedFile(workspace, folder, name)?.kind), files, unread };
}

/** Asks the nodes for their files, the units that read them, and what their doors answer. */
export async function askConfigs(
  hosts: Hosts,
  state: ClusterState,
  targets: readonly ConfigTarget[],
  signal: AbortSignal,
): Promise<Map<string, NodeConfig>> {
  return (await import('../../run')).askConfigs(hosts, state, targets, signal);
}

/** What the editor says of the files: an error keeps a file from being pushed, a warning is shown. */
export async function editorConcerns(parts: Parts, files: readonly PushFile[]): Promise<PushParameters['concerns']> {
  const workspace = await parts.live.current();
  return fileConcerns(files, (localPath) => {
    const key = pathOf(vscode.Uri.file(localPath));
    return workspace.file(key) === undefined ? [] : workspace.diagnose(key);
  });
}
