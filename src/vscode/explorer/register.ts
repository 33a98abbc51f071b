import * as vscode from 'vscode';
import { PracticeCommand } from '../commands/start-practice';
import { Ask } from '../hosts/ask';
import type { LiveWorkspace } from '../live-workspace';
import type { Parts } from '../operations/parts';
import { ClusterPanels } from '../panel/cluster-panel';
import { PlanDocuments } from '../plan/plan-documents';
import { ClusterStore } from './cluster-store';
import { ClusterTree } from './cluster-tree';
import { ClustersView } from './clusters-view';
import { NodeFindings } from './node-findings';
import { offerToResume, registerOperations } from './register-operations';
import { ClusterBar } from './status-bar';

/** The Clusters view, its status bar item and its commands. Nothing connects before the view is shown or asked for. */
export function registerExplorer(context: vscode.ExtensionContext, live: LiveWorkspace): vscode.Disposable {
  const ask = new Ask(context);
  const store = new ClusterStore(live, context.workspaceState, async () => {
    const { Hosts, userFiles } = await import('../../run');
    return new Hosts({ files: userFiles(), ...(await ask.questions()) });
  });
  const tree = new ClusterTree(store, (work) => live.guard(work));
  const view = new ClustersView(tree, store, live);
  const bar = new ClusterBar(store);
  return vscode.Disposable.from(
    store,
    tree,
    view,
    bar,
    vscode.workspace.onDidSaveTextDocument(({ uri }) => live.guard(() => store.fileSaved(uri))),
    store.onDidChange(() => live.guard(() => bar.show())),
    offersToResume(store, live),
    vscode.commands.registerCommand('haven.refreshClusters', () => {
      ask.askAgain();
      return view.refresh();
    }),
    registerPanels(context, store, live),
    registerOperations(partsFor(context, store, live), ask),
    registerPractice(context, live, ask),
    vscode.commands.registerCommand('haven.forgetSecrets', () => ask.forgetSecrets()),
  );
}

function registerPanels(
  { extensionUri }: vscode.ExtensionContext,
  store: ClusterStore,
  live: LiveWorkspace,
): vscode.Disposable {
  const panels = new ClusterPanels(extensionUri, store, live);
  return vscode.Disposable.from(
    panels,
    vscode.commands.registerCommand('haven.showCluster', (row?: { readonly id?: unknown }) =>
      panels.show(typeof row?.id === 'string' ? row.id : undefined),
    ),
  );
}

function registerPractice(context: vscode.ExtensionContext, live: LiveWorkspace, ask: Ask): vscode.Disposable {
  const practice = new PracticeCommand(context, live, ask);
  return vscode.Disposable.from(
    practice,
    vscode.commands.registerCommand('haven.startPractice', () => practice.start('k3s')),
    vscode.commands.registerCommand('haven.startKubeadmPractice', () => practice.start('kubeadm')),
  );
}

/** What operations work with; all of it ends with the window. */
function partsFor(context: vscode.ExtensionContext, store: ClusterStore, live: LiveWorkspace): Parts {
  const plans = new PlanDocuments();
  const output = vscode.window.createOutputChannel('Haven Operations');
  const programs = vscode.languages.createDiagnosticCollection('haven-programs');
  const nodeFindings = new NodeFindings(live);
  context.subscriptions.push(
    plans,
    output,
    programs,
    nodeFindings,
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && programs.has(document.uri)) programs.delete(document.uri);
    }),
  );
  return { context, live, store, plans, output, programs, nodeFindings };
}

/** Each cluster that is seen for the first time in this window may have a run that broke off. */
function offersToResume(store: ClusterStore, live: LiveWorkspace): vscode.Disposable {
  const seen = new Set<string>();
  return live.onDidCheck(() =>
    live.guard(async () => {
      const fresh = (await store.clusters()).filter((each) => !seen.has(each.key));
      for (const { key } of fresh) seen.add(key);
      if (fresh.length > 0) await offerToResume(fresh);
    }),
  );
}
