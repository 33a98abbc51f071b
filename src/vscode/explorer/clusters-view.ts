import * as vscode from 'vscode';
import type { LiveWorkspace } from '../live-workspace';
import type { ClusterStore } from './cluster-store';
import type { ClusterTree } from './cluster-tree';

/** While the view is looked at, the nodes are asked again this often. */
const refreshMs = 30_000;

/** The Clusters view: asks the nodes while somebody looks at it, and says why one is not to be seen. */
export class ClustersView implements vscode.Disposable {
  private readonly view: vscode.TreeView<unknown>;
  private readonly subscriptions: vscode.Disposable[];
  private readonly timer: NodeJS.Timeout;

  constructor(
    tree: ClusterTree,
    private readonly store: ClusterStore,
    private readonly live: LiveWorkspace,
  ) {
    this.view = vscode.window.createTreeView('haven.clusters', { treeDataProvider: tree, showCollapseAll: true });
    this.timer = setInterval(() => {
      if (this.view.visible) live.guard(() => this.refresh({ byItself: true }));
    }, refreshMs);
    this.subscriptions = [
      this.view,
      this.view.onDidChangeVisibility(({ visible }) => {
        if (visible) live.guard(() => this.refresh({ byItself: true }));
      }),
      live.onDidCheck(() => this.look()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.look()),
      // Nodes that were not asked while their inventory was being written.
      vscode.workspace.onDidSaveTextDocument(() => this.look()),
    ];
  }

  async refresh(how?: { readonly byItself: boolean }): Promise<void> {
    const location = { viewId: 'haven.clusters' };
    await vscode.window.withProgress({ location }, () => this.store.refresh(how));
  }

  dispose(): void {
    clearInterval(this.timer);
    for (const each of this.subscriptions) each.dispose();
  }

  private look(): void {
    this.live.guard(() => this.sayWhy());
    this.live.guard(() => this.store.inventoriesChanged({ ask: this.view.visible }));
  }

  /** Why a cluster that is named here is not to be seen, or its nodes are not asked. */
  private async sayWhy(): Promise<void> {
    const isHeld = !vscode.workspace.isTrusted && (await this.store.clusters()).length > 0;
    const trust = isHeld ? [vscode.l10n.t('Haven connects to nodes only from a folder that you trust.')] : [];
    const faults = (await this.live.inventoryFaults()).map(({ uri, line, text }) =>
      vscode.l10n.t('{0}, line {1}: {2}', vscode.workspace.asRelativePath(uri), line, text),
    );
    const words = [...trust, ...faults].join('\n');
    this.view.message = words === '' ? undefined : words;
  }
}
