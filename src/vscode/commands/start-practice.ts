import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { PracticeServer } from '../../run';
import type { Ask } from '../hosts/ask';
import type { LiveWorkspace } from '../live-workspace';

type Distribution = 'k3s' | 'kubeadm';

/** "Haven: Start Practice Cluster", of k3s or of kubeadm: a simulated cluster on this machine's loopback network, to look at and to break. */
export class PracticeCommand implements vscode.Disposable {
  /** From the moment on that one is wanted: a second command meanwhile waits for the same. */
  private readonly servers = new Map<Distribution, Promise<PracticeServer>>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly live: LiveWorkspace,
    private readonly ask: Ask,
  ) {}

  async start(distribution: Distribution): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      await vscode.window.showWarningMessage(
        vscode.l10n.t('Haven connects to nodes only from a folder that you trust.'),
      );
      return;
    }
    const folder = this.folderOf(distribution);
    const served = this.servers.get(distribution) ?? this.serve(distribution, folder);
    this.servers.set(distribution, served);
    try {
      await served;
    } catch (error) {
      // The next one tries again.
      if (this.servers.get(distribution) === served) this.servers.delete(distribution);
      throw error;
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
    // The window closes: the sockets go with its process, so nobody waits for them, nor for one that never began.
    for (const served of this.servers.values())
      served.then(
        (server) => server.close(),
        () => {},
      );
  }

  private folderOf(distribution: Distribution): string {
    const name = distribution === 'k3s' ? 'practice' : 'practice-kubeadm';
    return vscode.Uri.joinPath(this.context.globalStorageUri, name).fsPath;
  }

  /** Both can run at once, each on addresses of its own. */
  private async serve(distribution: Distribution, folder: string): Promise<PracticeServer> {
    const { installPracticeFile, kubeadmFiles, PracticeClock, PracticeCluster, practiceFile, servePractice } =
      await import('../../run');
    const isK3s = distribution === 'k3s';
    const { now, sleep } = new PracticeClock(wantedPace());
    const cluster = new PracticeCluster(now, { sleep, ...(isK3s ? {} : { distribution, network: '127.77.2' }) });
    const server = await servePractice(cluster);
    try {
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
    } catch (error) {
      // Its addresses are needed for the next try.
      await server.close();
      throw error;
    }
    this.ask.trust(server.knownHosts);
    return server;
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
