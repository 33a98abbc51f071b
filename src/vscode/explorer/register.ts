import * as vscode from 'vscode';
import { PracticeCommand } from '../commands/start-practice';
import { Ask } from '../hosts/ask';
import type { LiveWorkspace } from '../live-workspace';
import { ClusterPanels } from '../panel/cluster-panel';
import { PlanDocuments } from '../plan/plan-documents';
import { ClusterStore, type ClusterView } from './cluster-store';
import { ClusterTree, isSimulated, quorumText, vipText } from './cluster-tree';
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
  const tree = new ClusterTree(store, (work) => live.guard(work));
  const view = vscode.window.createTreeView('haven.clusters', {
    treeDataProvider: tree,
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
  const location = { viewId: 'haven.clusters' };
  const refresh = async () => vscode.window.withProgress({ location }, () => store.refresh());
  const showBar = async () => {
    // A cluster that was never asked has nothing to say there.
    const told = (await store.clusters()).filter((each) => each.state.quorum !== undefined);
    // Of several the one that is nearest to losing its quorum; the others are in the tooltip.
    const [worst] = told.toSorted((a, b) => failuresLeft(a) - failuresLeft(b));
    if (worst === undefined) return bar.hide();
    const lost = failuresLeft(worst) < 0;
    const wordsOf = (view: ClusterView) =>
      [
        view.state.cluster.name,
        isSimulated(view) ? vscode.l10n.t('simulated') : '',
        quorumText(view),
        vipText(view),
      ].filter((each) => each !== '');
    const words = wordsOf(worst);
    bar.tooltip = told.map((each) => wordsOf(each).join(' · ')).join('\n');
    bar.text = `$(${lost ? 'error' : 'server-environment'}) ${words.join(' · ')}`;
    bar.backgroundColor = lost ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    bar.accessibilityInformation = { label: words.join(', ') };
    bar.show();
  };
  /** Why a cluster that is named here is not to be seen, or its nodes are not asked. */
  const sayWhy = async () => {
    const isHeld = !vscode.workspace.isTrusted && (await store.clusters()).length > 0;
    const trust = isHeld ? [vscode.l10n.t('Haven connects to nodes only from a folder that you trust.')] : [];
    const faults = (await live.inventoryFaults()).map(({ uri, line, text }) =>
      vscode.l10n.t('{0}, line {1}: {2}', vscode.workspace.asRelativePath(uri), line, text),
    );
    const words = [...trust, ...faults].join('\n');
    view.message = words === '' ? undefined : words;
  };
  const timer = setInterval(() => {
    if (view.visible) live.guard(refresh);
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
    tree,
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
    vscode.workspace.onDidSaveTextDocument(({ uri }) => live.guard(() => store.fileSaved(uri))),
    store.onDidChange(() => live.guard(showBar)),
    live.onDidCheck(() => {
      live.guard(offer);
      live.guard(sayWhy);
      live.guard(() => store.inventoriesChanged({ ask: view.visible }));
    }),
    view.onDidChangeVisibility(({ visible }) => {
      if (visible) live.guard(refresh);
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      live.guard(() => store.inventoriesChanged({ ask: view.visible }));
      live.guard(sayWhy);
    }),
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

/** Failures that etcd still bears; below zero where its quorum is lost. */
function failuresLeft({ state: { quorum } }: ClusterView): number {
  return quorum?.verdict === 'lost' ? -1 : (quorum?.failuresLeft ?? 0);
}
