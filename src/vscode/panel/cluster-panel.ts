import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { ClusterStore, ClusterView } from '../explorer/cluster-store';
import { keepalivedNodes } from '../failover/keepalived-nodes';
import type { LiveWorkspace } from '../live-workspace';
import type { PanelRequest } from './panel-model';
import { brokenOn, PanelTrial } from './panel-trial';
import { type Tried, toPanelModel } from './to-panel-model';

/** The picture of one cluster beside the editor; one panel for each cluster, shown again when asked for again. */
export class ClusterPanels implements vscode.Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();

  constructor(
    private readonly extension: vscode.Uri,
    private readonly store: ClusterStore,
    private readonly live: LiveWorkspace,
  ) {}

  dispose(): void {
    for (const each of this.panels.values()) each.dispose();
  }

  /** Opens the panel of the cluster with this key, or of the one the user picks. */
  async show(wanted?: string): Promise<void> {
    const clusters = await this.store.clusters();
    if (clusters.length === 0) {
      await vscode.window.showInformationMessage(vscode.l10n.t('No haven.yaml in this workspace names a cluster.'));
      return;
    }
    const known = clusters.find((each) => each.key === wanted) ?? (clusters.length === 1 ? clusters[0] : undefined);
    const picked =
      known?.key ??
      (
        await vscode.window.showQuickPick(
          clusters.map((each) => ({ label: each.state.cluster.name, key: each.key })),
          { placeHolder: vscode.l10n.t('Which cluster?'), ignoreFocusOut: true },
        )
      )?.key;
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
    let trial: PanelTrial | undefined;
    const viewNow = async () => (await this.store.clusters()).find((each) => each.key === key);
    // The store tells of edited files too, so that a trial follows what is typed.
    let turn = 0;
    const send = async () => {
      const own = ++turn;
      const view = await viewNow();
      if (view === undefined) return;
      let tried = trial === undefined ? undefined : await this.play(view, trial);
      // A check that was tried has gone from the files meanwhile.
      if (trial !== undefined && trial.events.length > 0 && tried?.played === undefined) {
        trial = await this.trialOf(view);
        tried = await this.play(view, trial);
      }
      // A newer picture is on its way, or nobody looks any more.
      if (own !== turn) return;
      await panel.webview.postMessage(toPanelModel(view, tried));
    };
    const subscriptions = [
      this.store.onDidChange(() => this.live.guard(send)),
      panel.webview.onDidReceiveMessage(async (request: PanelRequest) => {
        if (request.kind === 'refresh') return vscode.commands.executeCommand('haven.refreshClusters');
        if (request.kind === 'trial') {
          const view = request.active ? await viewNow() : undefined;
          trial = view === undefined ? undefined : await this.trialOf(view);
        }
        if (request.kind === 'press') trial?.press(request.node, request.check);
        await send();
      }),
    ];
    panel.onDidDispose(() => {
      turn++;
      this.panels.delete(key);
      for (const each of subscriptions) each.dispose();
    });
  }

  /** Begins with what is broken now, so that the picture does not promise what the nodes cannot do. */
  private async trialOf(view: ClusterView): Promise<PanelTrial> {
    const { playTrial } = await import('../../service');
    const watches = playTrial(await keepalivedNodes(this.live, view), [])?.nodes ?? [];
    const trial = new PanelTrial((node) => watches.some((each) => each.name === node));
    for (const { name, checks } of watches) {
      const node = view.state.nodes.find((each) => each.node.name === name);
      for (const broken of node === undefined ? [] : brokenOn(node, checks)) trial.press(name, broken.check);
    }
    return trial;
  }

  private async play(view: ClusterView, trial: PanelTrial): Promise<Tried> {
    const { playTrial } = await import('../../service');
    return { trial, played: playTrial(await keepalivedNodes(this.live, view), trial.events) };
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
