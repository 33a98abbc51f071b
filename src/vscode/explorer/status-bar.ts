import * as vscode from 'vscode';
import type { ClusterStore, ClusterView } from './cluster-store';
import { isSimulated, quorumText, vipText } from './cluster-tree';

/** The cluster that is nearest to losing its quorum, in the status bar; the others are in the tooltip. */
export class ClusterBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('haven.cluster', vscode.StatusBarAlignment.Left);

  constructor(private readonly store: ClusterStore) {
    this.item.name = 'Haven';
    this.item.command = 'haven.clusters.focus';
  }

  async show(): Promise<void> {
    const { item } = this;
    // A cluster that was never asked has nothing to say there.
    const told = (await this.store.clusters()).filter((each) => each.state.quorum !== undefined);
    const [worst] = told.toSorted((a, b) => failuresLeft(a) - failuresLeft(b));
    if (worst === undefined) return item.hide();
    const lost = failuresLeft(worst) < 0;
    const words = wordsOf(worst);
    item.tooltip = told.map((each) => wordsOf(each).join(' · ')).join('\n');
    item.text = `$(${lost ? 'error' : 'server-environment'}) ${words.join(' · ')}`;
    item.backgroundColor = lost ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.accessibilityInformation = { label: words.join(', ') };
    item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}

function wordsOf(view: ClusterView): string[] {
  const simulated = isSimulated(view) ? vscode.l10n.t('simulated') : '';
  return [view.state.cluster.name, simulated, quorumText(view), vipText(view)].filter((each) => each !== '');
}

/** Failures that etcd still bears; below zero where its quorum is lost. */
function failuresLeft({ state: { quorum } }: ClusterView): number {
  return quorum?.verdict === 'lost' ? -1 : (quorum?.failuresLeft ?? 0);
}
