import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { PracticeServer } from '../../run';
import type { Ask } from '../hosts/ask';
import type { LiveWorkspace } from '../live-workspace';

/** "Haven: Start Practice Cluster": a simulated cluster on this machine's loopback network, to look at and to break. */
export class PracticeCommand implements vscode.Disposable {
  private server: PracticeServer | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly live: LiveWorkspace,
    private readonly ask: Ask,
  ) {}

  async start(): Promise<void> {
    const { installPracticeFile, PracticeCluster, practiceFile, servePractice } = await import('../../run');
    const folder = vscode.Uri.joinPath(this.context.globalStorageUri, 'practice').fsPath;
    if (this.server === undefined) {
      const cluster = new PracticeCluster(Date.now);
      this.server = await servePractice(cluster);
      await this.ask.trust(this.server.knownHosts);
      const examples = vscode.Uri.joinPath(this.context.extensionUri, 'examples').fsPath;
      const options = { network: cluster.network, port: this.server.port };
      for (const name of await filesBelow(examples)) {
        const text = practiceFile(await readFile(join(examples, name), 'utf8'), options);
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
        installPracticeFile(cluster, name, text);
      }
    }
    for (const name of await filesBelow(folder)) await this.live.add(vscode.Uri.file(join(folder, name)));
    await vscode.commands.executeCommand('haven.clusters.focus');
    await vscode.commands.executeCommand('haven.refreshClusters');
    await vscode.window.showInformationMessage(
      vscode.l10n.t('The practice cluster is running. It is simulated: nothing you do there reaches a real machine.'),
    );
  }

  dispose(): void {
    // The window closes: the sockets go with its process, so nobody waits for them.
    void this.server?.close();
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1));
}
