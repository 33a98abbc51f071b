import * as vscode from 'vscode';
import { PracticeCommand } from '../commands/start-practice';
import { Ask } from '../hosts/ask';
import type { LiveWorkspace } from '../live-workspace';
import { ClusterPanels } from '../panel/cluster-panel';
import { PlanDocuments } from '../plan/plan-documents';
import { ClusterStore } from './cluster-store';
import { ClusterTree, quorumText, vipText } from './cluster-tree';
import { NodeFindings } from './node-findings';
import { offerToResume, registerOperations } from './register-operations';

/** While the view is looked at, the nodes are asked again this often. */
const refreshMs = 30_000;

/** The Clusters view, its status bar item and its commands. Nothing connects before the view is shown or asked for. */
export function registerExplorer(context: vscode.ExtensionContext, live: LiveWorkspace): vscode.Disposable {
  const ask = new Ask(context);
  const store = new ClusterStore(live, context.workspaceState, async () => {
    const { Hosts, userFiles } = await import('../../run');
    return new Hosts({ files: userFiles(), ...(await ask.questions()) });
  });
  const view = vscode.window.createTreeView('haven.clusters', {
    treeDataProvider: new ClusterTree(store),
    showCollapseAll: true,
  });
  const bar = vscode.window.createStatusBarItem('haven.cluster', vscode.StatusBarAlignment.Left);
  bar.name = 'Haven';
  bar.command = 'haven.clusters.focus';

  const panels = new ClusterPanels(context.extensionUri, store, live);
  const plans = new PlanDocuments();
  const output = vscode.window.createOutputChannel('Haven Operations');
  const programs = vscode.languages.createDiagnosticCollection('haven-programs');
  const practice = new PracticeCommand(context, live, ask);
  const refresh = () => store.refresh();
  const showBar = async () => {
    const first = (await store.clusters())[0];
    // A cluster that was never asked has nothing to say there.
    if (first?.state.quorum === undefined) return bar.hide();
    const lost = first.state.quorum.verdict === 'lost';
    const words = [first.state.cluster.name, quorumText(first), vipText(first)].filter((each) => each !== '');
    bar.text = `$(${lost ? 'error' : 'server-environment'}) ${words.join(' · ')}`;
    bar.backgroundColor = lost ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    bar.accessibilityInformation = { label: words.join(', ') };
    bar.show();
  };
  const timer = setInterval(() => {
    if (view.visible) void refresh();
  }, refreshMs);

  const nodeFindings = new NodeFindings(live);
  const parts = { context, live, store, plans, output, programs, nodeFindings };
  const seen = new Set<string>();
  const offer = async () => {
    const fresh = (await store.clusters()).filter((each) => !seen.has(each.key));
    for (const { key } of fresh) seen.add(key);
    if (fresh.length > 0) await offerToResume(fresh);
  };

  return vscode.Disposable.from(
    store,
    panels,
    plans,
    output,
    programs,
    nodeFindings,
    practice,
    view,
    bar,
    { dispose: () => clearInterval(timer) },
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && programs.has(document.uri)) programs.delete(document.uri);
    }),
    vscode.workspace.onDidSaveTextDocument(({ uri }) => void store.fileSaved(uri)),
    store.onDidChange(() => void showBar()),
    live.onDidCheck(() => void offer()),
    live.onDidCheck(() => void store.inventoriesChanged({ ask: view.visible })),
    view.onDidChangeVisibility(({ visible }) => void (visible && refresh())),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void (view.visible && refresh())),
    vscode.commands.registerCommand('haven.refreshClusters', refresh),
    vscode.commands.registerCommand('haven.showCluster', (row?: { readonly id?: unknown }) =>
      panels.show(typeof row?.id === 'string' ? row.id : undefined),
    ),
    registerOperations(parts),
    vscode.commands.registerCommand('haven.startPractice', () => practice.start('k3s')),
    vscode.commands.registerCommand('haven.startKubeadmPractice', () => practice.start('kubeadm')),
    vscode.commands.registerCommand('haven.forgetSecrets', () => ask.forgetSecrets()),
  );
}
