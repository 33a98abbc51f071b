import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { ClusterStore } from '../explorer/cluster-store';
import type { PanelRequest } from './panel-model';
import { toPanelModel } from './to-panel-model';

/** The picture of one cluster beside the editor; one panel for each cluster, shown again when asked for again. */
export class ClusterPanels implements vscode.Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();

  constructor(
    private readonly extension: vscode.Uri,
    private readonly store: ClusterStore,
  ) {}

  dispose(): void {
    for (const each of this.panels.values()) each.dispose();
  }

  /** Opens the panel of the cluster with this key, or of the one the user picks. */
  async show(wanted?: string): Promise<void> {
    const clusters = await this.store.clusters();
    const known = clusters.find((each) => each.key === wanted) ?? (clusters.length === 1 ? clusters[0] : undefined);
    const picked =
      known?.key ??
      (
        await vscode.window.showQuickPick(
          clusters.map((each) => ({ label: each.state.cluster.name, key: each.key })),
          { placeHolder: vscode.l10n.t('Which cluster?') },
        )
      )?.key;
    if (clusters.length === 0) {
      await vscode.window.showInformationMessage(vscode.l10n.t('No haven.yaml in this workspace names a cluster.'));
    }
    const view = clusters.find((each) => each.key === picked);
    if (view === undefined) return;
    const open = this.panels.get(view.key);
    if (open !== undefined) return open.reveal();
    this.open(view.key, view.state.cluster.name);
    await this.store.refresh();
  }

  private open(key: string, name: string): void {
    const dist = vscode.Uri.joinPath(this.extension, 'dist');
    const panel = vscode.window.createWebviewPanel('haven.cluster', name, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [dist],
    });
    this.panels.set(key, panel);
    const icon = (theme: string) => vscode.Uri.joinPath(this.extension, 'media', `haven-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.webview.html = page(panel.webview, dist);
    const send = async () => {
      const view = (await this.store.clusters()).find((each) => each.key === key);
      if (view !== undefined) await panel.webview.postMessage(toPanelModel(view));
    };
    const subscriptions = [
      this.store.onDidChange(() => void send()),
      panel.webview.onDidReceiveMessage((request: PanelRequest) => {
        if (request.kind === 'ready') void send();
        if (request.kind === 'refresh') void this.store.refresh();
      }),
    ];
    panel.onDidDispose(() => {
      this.panels.delete(key);
      for (const each of subscriptions) each.dispose();
    });
  }
}

/** Nothing but our own script and style may run or load in the page. */
function page(webview: vscode.Webview, dist: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const asset = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; font-src ${webview.cspSource}`;
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${asset('webview.css')}">
</head>
<body>
<main id="cluster"></main>
<script nonce="${nonce}" src="${asset('webview.js')}"></script>
</body>
</html>`;
}
