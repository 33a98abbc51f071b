import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { PracticeServer } from '../../run';
import type { Ask } from '../hosts/ask';
import type { LiveWorkspace } from '../live-workspace';

/** "Haven: Start Practice Cluster", of k3s or of kubeadm: a simulated cluster on this machine's loopback network, to look at and to break. */
export class PracticeCommand implements vscode.Disposable {
  private readonly servers = new Map<'k3s' | 'kubeadm', PracticeServer>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly live: LiveWorkspace,
    private readonly ask: Ask,
  ) {}

  async start(distribution: 'k3s' | 'kubeadm'): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      await vscode.window.showWarningMessage(
        vscode.l10n.t('Haven connects to nodes only from a folder that you trust.'),
      );
      return;
    }
    const { installPracticeFile, kubeadmFiles, PracticeClock, PracticeCluster, practiceFile, servePractice } =
      await import('../../run');
    const isK3s = distribution === 'k3s';
    const folder = vscode.Uri.joinPath(this.context.globalStorageUri, isK3s ? 'practice' : 'practice-kubeadm').fsPath;
    if (!this.servers.has(distribution)) {
      // Both can run at once, each on addresses of its own.
      const { now, sleep } = new PracticeClock(wantedPace());
      const cluster = new PracticeCluster(now, { sleep, ...(isK3s ? {} : { distribution, network: '127.77.2' }) });
      const server = await servePractice(cluster);
      this.servers.set(distribution, server);
      this.ask.trust(server.knownHosts);
      const examples = vscode.Uri.joinPath(this.context.extensionUri, 'examples').fsPath;
      const options = { network: cluster.network, port: server.port };
      const texts = new Map<string, string>();
      for (const name of await filesBelow(examples)) texts.set(name, await readFile(join(examples, name), 'utf8'));
      for (const [name, example] of isK3s ? texts : kubeadmFiles(texts, cluster)) {
        const text = practiceFile(example, options);
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
        installPracticeFile(cluster, name, text);
      }
    }
    // The inventory last: its nodes are asked as soon as it is seen, also about the files that it names.
    const names = (await filesBelow(folder)).sort((a, b) => Number(a === 'haven.yaml') - Number(b === 'haven.yaml'));
    for (const name of names) await this.live.add(vscode.Uri.file(join(folder, name)));
    await vscode.commands.executeCommand('haven.clusters.focus');
    await vscode.commands.executeCommand('haven.refreshClusters');
    await vscode.window.showInformationMessage(
      vscode.l10n.t('This cluster is simulated: nothing reaches a real machine.'),
    );
  }

  dispose(): void {
    // The window closes: the sockets go with its process, so nobody waits for them.
    for (const server of this.servers.values()) void server.close();
  }
}

/** As in the settings, which anybody may have written anything into. */
function wantedPace(): number {
  const pace = vscode.workspace.getConfiguration('haven').get<unknown>('practice.pace');
  return typeof pace === 'number' && pace >= 1 && pace <= 20 ? pace : 1;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1));
}
