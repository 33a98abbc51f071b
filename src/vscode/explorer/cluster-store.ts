import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { InventoryCluster } from '../../model/inventory/inventory';
import { configTargets } from '../../ops/config-target';
import { type SeenConfig, seenConfigs } from '../../ops/drift';
import type { ClusterFiles } from '../../ops/repository-files';
import { type ClusterState, clusterState, type NodeReport } from '../../ops/status/cluster-state';
import type { Hosts } from '../../run';
import { type LiveWorkspace, namedFile } from '../live-workspace';

/** A cluster of an inventory, and what its nodes said last. */
export interface ClusterView {
  /** The path of the inventory and the name in it. */
  readonly key: string;
  readonly inventory: vscode.Uri;
  readonly state: ClusterState;
  /** The files that the inventory puts on nodes; empty before the first refresh of this window. */
  readonly configs: readonly SeenConfig[];
  /** When the newest report came, in milliseconds since 1970; absent before the first. */
  readonly seenMs: number | undefined;
  readonly refreshing: boolean;
}

interface Kept {
  readonly reports: Readonly<Record<string, NodeReport>>;
  readonly seenMs: number | undefined;
}

/** Named anew when the shape of a report changes, so that an older one is not read. */
const cacheKey = 'haven.clusters.2';

/**
 * The clusters of all inventories in the workspace with the state of their nodes. What was known when the window was
 * closed is shown at once; a refresh replaces it node by node, so that a slow node holds nothing back.
 */
export class ClusterStore implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private readonly kept = new Map<string, Kept>();
  private readonly refreshing = new Map<string, AbortController>();
  private readonly asked = new Set<string>();
  /** The files of the repository as they were saved last. */
  private readonly files = new Map<string, ClusterFiles>();
  private hosts: Promise<Hosts> | undefined;
  readonly onDidChange = this.emitter.event;

  constructor(
    private readonly live: LiveWorkspace,
    private readonly cache: vscode.Memento,
    private readonly connect: () => Promise<Hosts>,
  ) {
    for (const [key, value] of Object.entries(cache.get<Readonly<Record<string, Kept>>>(cacheKey, {}))) {
      this.kept.set(key, value);
    }
  }

  /** The inventories may have changed: shows them, and asks the nodes of clusters that were never asked in this window. */
  async inventoriesChanged(options: { readonly ask: boolean }): Promise<void> {
    this.emitter.fire();
    if (!options.ask || !vscode.workspace.isTrusted) return;
    const fresh = (await this.clusters()).filter((view) => !this.asked.has(view.key) && !isBeingWritten(view));
    await Promise.all(fresh.map((view) => this.refreshOne(view)));
  }

  dispose(): void {
    for (const each of this.refreshing.values()) each.abort();
    this.hosts?.then(
      (hosts) => hosts.close(),
      // There is nothing to close where connecting could not even begin.
      () => {},
    );
    this.emitter.dispose();
  }

  async clusters(): Promise<readonly ClusterView[]> {
    return (await this.live.inventories()).map(({ uri, cluster, virtualAddresses }) => {
      const key = keyOf(uri, cluster);
      const kept = this.kept.get(key);
      const state = clusterState(cluster, new Map(Object.entries(kept?.reports ?? {})), virtualAddresses);
      const files = this.files.get(key);
      return {
        key,
        inventory: uri,
        state,
        configs: files === undefined ? [] : seenConfigs(files, state),
        seenMs: kept?.seenMs,
        refreshing: this.refreshing.has(key),
      };
    });
  }

  /** The connections of this window, for operations to share. */
  connections(): Promise<Hosts> {
    // Where it failed, as with a file that could not be read, the next one tries again.
    this.hosts ??= this.connect().catch((error: unknown) => {
      this.hosts = undefined;
      throw error;
    });
    return this.hosts;
  }

  /**
   * Asks all nodes of all clusters. Calling it again while it runs does nothing more. Where nobody asked for it (`byItself`),
   * those of an inventory that is not saved are left out.
   */
  async refresh({ byItself = false } = {}): Promise<void> {
    // Connecting takes addresses from a file of the folder: only where the user trusts it.
    if (!vscode.workspace.isTrusted) return;
    const views = (await this.clusters()).filter((view) => !(byItself && isBeingWritten(view)));
    await Promise.all(views.map((view) => this.refreshOne(view)));
  }

  /** A file was saved: where an inventory puts it on nodes, whether it is as it is there may have changed. */
  async fileSaved({ fsPath }: vscode.Uri): Promise<void> {
    const namesIt = ({ inventory, state }: ClusterView) =>
      state.cluster.configs.some((each) => join(dirname(inventory.fsPath), each.file) === fsPath);
    const concerned = (await this.clusters()).filter((view) => this.files.has(view.key) && namesIt(view));
    if (concerned.length === 0) return;
    await Promise.all(concerned.map((view) => this.readFiles(view)));
    this.emitter.fire();
  }

  private async readFiles({ key, inventory, state: { cluster } }: ClusterView): Promise<ClusterFiles> {
    const { readClusterFiles } = await import('../../run');
    const folder = dirname(inventory.fsPath);
    // Before all files are read nobody knows what kind they are, and so where they belong.
    const workspace = await this.live.whole();
    const targets = configTargets(cluster, (name) => namedFile(workspace, folder, name)?.kind);
    const files = { ...(await readClusterFiles(folder, cluster)), targets };
    this.files.set(key, files);
    return files;
  }

  private async refreshOne(view: ClusterView): Promise<void> {
    const { key, state } = view;
    if (this.refreshing.has(key)) return;
    this.asked.add(key);
    const abort = new AbortController();
    this.refreshing.set(key, abort);
    this.emitter.fire();
    try {
      const hosts = await this.connections();
      const { silentReport } = await import('../../run');
      const { targets } = await this.readFiles(view);
      await Promise.all(
        state.cluster.nodes.map(async (node) => {
          const configs = targets.filter((each) => each.host === node.name).map((each) => each.path);
          const report = await hosts
            .status(node, abort.signal, configs)
            .then((status): NodeReport => ({ kind: 'answered', status }), silentReport);
          if (abort.signal.aborted) return;
          const reports = { ...this.kept.get(key)?.reports, [node.name]: report };
          this.kept.set(key, { reports, seenMs: Date.now() });
          this.emitter.fire();
        }),
      );
    } finally {
      this.refreshing.delete(key);
      if (!abort.signal.aborted) {
        await this.cache.update(cacheKey, Object.fromEntries(this.kept));
        this.emitter.fire();
      }
    }
  }
}

/** Until an inventory is saved, an address in it may be the half of one: that of somebody else's machine. */
function isBeingWritten({ inventory }: ClusterView): boolean {
  const shown = inventory.toString();
  return vscode.workspace.textDocuments.some(({ isDirty, uri }) => isDirty && uri.toString() === shown);
}

function keyOf(uri: vscode.Uri, cluster: InventoryCluster): string {
  return `${uri.toString()}#${cluster.name}`;
}
