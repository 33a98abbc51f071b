import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { say } from '../../base/message';
import type { InventoryNode } from '../../model/inventory/inventory';
import { type NodeConfig, parseConfig, readConfigCommand } from '../../ops/commands/config-file';
import { type ConfigTarget, configTargets, unitOf } from '../../ops/config-target';
import type { Concern } from '../../ops/plan';
import type { PushFile } from '../../ops/push-config';
import type { ClusterState } from '../../ops/status/cluster-state';
import type { Hosts } from '../../run';
import type { ClusterView } from '../explorer/cluster-store';
import { pathOf } from '../live-workspace';
import { askEach } from './gather';
import type { Parts } from './parts';

/** The files of an inventory as they lie on this machine, and where they belong. */
export interface ClusterFiles {
  readonly targets: readonly ConfigTarget[];
  /** By the name the inventory gives a file; one that could not be read is absent. */
  readonly files: ReadonlyMap<string, RepositoryFile>;
  readonly unread: readonly string[];
}

export interface RepositoryFile {
  readonly localPath: string;
  readonly text: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Reads the files that an inventory names; what is open and not saved is saved first, so that the disk is what is seen. */
export async function clusterFiles(parts: Parts, { inventory, state }: ClusterView): Promise<ClusterFiles> {
  const workspace = await parts.live.current();
  const folder = dirname(inventory.fsPath);
  const files = new Map<string, RepositoryFile>();
  const unread: string[] = [];
  for (const name of new Set(state.cluster.configs.map((each) => each.file))) {
    const localPath = join(folder, name);
    const open = vscode.workspace.textDocuments.find((each) => each.uri.fsPath === localPath && each.isDirty);
    if (open !== undefined) await open.save();
    const content = await readFile(localPath).catch((error: NodeJS.ErrnoException) => {
      if (error.code === undefined) throw error;
      unread.push(name);
      return undefined;
    });
    if (content === undefined) continue;
    // What the editor says of a file is said of this very text, also where nobody watches its folder.
    const uri = vscode.Uri.file(localPath);
    if (workspace.file(pathOf(uri))?.text !== content.toString('utf8')) await parts.live.add(uri);
    files.set(name, {
      localPath,
      text: content.toString('utf8'),
      sha256: createHash('sha256').update(content).digest('hex'),
      bytes: content.length,
    });
  }
  const kind = (name: string) => workspace.file(pathOf(vscode.Uri.file(join(folder, name))))?.kind;
  return { targets: configTargets(state.cluster, kind), files, unread };
}

/** Asks the nodes for their files, the units that read them, and what their doors answer. */
export function askConfigs(
  hosts: Hosts,
  state: ClusterState,
  targets: readonly ConfigTarget[],
  signal: AbortSignal,
): Promise<Map<string, NodeConfig>> {
  const nodes = state.cluster.nodes.filter((node) => targets.some((each) => each.host === node.name));
  const command = (node: InventoryNode) => {
    const own = targets.filter((each) => each.host === node.name);
    const units = [...new Set(own.flatMap((each) => unitOf(each.kind, node)?.name ?? []))];
    return readConfigCommand({ files: [...new Set(own.map((each) => each.path))], doors: doorsOf(state, node), units });
  };
  return askEach(hosts, nodes, { command, read: parseConfig }, signal);
}

/** Where the API is reached: through the node itself, and behind load balancers at the virtual addresses as well. */
function doorsOf({ cluster, vips }: ClusterState, node: InventoryNode): readonly string[] {
  const port = /:(\d+)$/.exec(cluster.endpoint ?? '')?.[1] ?? '6443';
  const own = node.roles.includes('agent') ? [] : [`127.0.0.1:${port}`];
  if (!node.roles.includes('loadbalancer')) return own;
  return [...own, ...vips.map(({ address }) => `${address.includes(':') ? `[${address}]` : address}:${port}`)];
}

export function pushFiles({ targets, files }: ClusterFiles): PushFile[] {
  return targets.flatMap((target) => {
    const file = files.get(target.file);
    return file === undefined ? [] : [{ ...target, localPath: file.localPath, sha256: file.sha256, bytes: file.bytes }];
  });
}

/** What the editor says of the files: an error keeps a file from being pushed, a warning is shown. */
export async function editorConcerns(
  parts: Parts,
  files: readonly PushFile[],
): Promise<{ readonly blockers: readonly Concern[]; readonly warnings: readonly Concern[] }> {
  const workspace = await parts.live.current();
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  for (const path of new Set(files.map((each) => each.localPath))) {
    const name = files.find((each) => each.localPath === path)?.file ?? path;
    const key = pathOf(vscode.Uri.file(path));
    const found = workspace.file(key) === undefined ? [] : workspace.diagnose(key);
    const errors = found.filter((each) => each.severity === 'error');
    const doubts = found.filter((each) => each.severity === 'warning');
    if (errors.length > 0) {
      blockers.push({
        message: say('the editor finds {0} errors in {1}', errors.length, name),
        remedy: say('mend them first; they are in the Problems panel'),
      });
    } else if (doubts.length > 0) {
      warnings.push({ message: say('the editor warns {0} times in {1}', doubts.length, name) });
    }
  }
  return { blockers, warnings };
}

/** Load balancer files of the repository in which the address of a node stands as a word of its own. */
export function filesThatSendTo({ targets, files }: ClusterFiles, address: string): readonly string[] {
  const balancers = targets.filter((each) => each.kind === 'haproxy' || each.kind === 'nginx').map((each) => each.file);
  const word = new RegExp(`(^|[^0-9A-Za-z.:])${address.replaceAll('.', '\\.')}(?![0-9A-Za-z.])`);
  return [...new Set(balancers)].filter((file) => word.test(files.get(file)?.text ?? ''));
}
