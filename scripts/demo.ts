// npm run demo: Haven in a VS Code for the web, with a cluster's files to look at and to break.
//   npm run demo                  prints the address and waits
//   npm run demo -- --shot FILE   writes a picture of it instead
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPlayedNode } from '../test/support/played-node';
import { me, type Sshd, sshdMissing } from '../test/support/sshd';
import { ensurePackages } from './setup/packages.mjs';
import { ensureVscodeServer } from './setup/vscode-server.mjs';
import { openBrowser, openWorkbench, startVscodeWeb } from './setup/vscode-web';

/** The nodes of examples/haven.yaml as they are on a good day. */
const nodes = [
  { name: 'cp1', address: '192.168.1.10', units: { k3s: 'active' }, etcd: { leader: false } },
  { name: 'cp2', address: '192.168.1.11', units: { k3s: 'active' }, etcd: { leader: true } },
  { name: 'cp3', address: '192.168.1.12', units: { k3s: 'active' }, etcd: { leader: false } },
  { name: 'lb1', address: '192.168.1.8', vip: '192.168.1.100', units: { haproxy: 'active', keepalived: 'active' } },
  { name: 'lb2', address: '192.168.1.9', units: { haproxy: 'active', keepalived: 'active' } },
] as const;

/**
 * Plays the example's nodes with SSH servers on loopback, and writes a home folder whose SSH configuration leads every
 * address there: the demo never talks to a machine of the reader's network.
 */
async function playCluster(home: string, inventory: string): Promise<Sshd[]> {
  const ssh = join(home, '.ssh');
  mkdirSync(ssh, { recursive: true, mode: 0o700 });
  const played: Sshd[] = [];
  let config = '';
  let knownHosts = '';
  if (sshdMissing === false) {
    for (const node of nodes) {
      const sshd = await startPlayedNode(node);
      played.push(sshd);
      config += `Host ${node.address}\n  Port ${sshd.port}\n  HostKeyAlias ${node.name}\n  IdentityFile ${sshd.clientKey}\n`;
      knownHosts += `[${node.name}]:${sshd.port} ${sshd.hostKey}\n`;
    }
    writeFileSync(inventory, readFileSync(inventory, 'utf8').replace('user: ops', `user: ${me}`));
  }
  writeFileSync(join(ssh, 'config'), `${config}Host *\n  HostName 127.0.0.1\n  Port 1\n`);
  writeFileSync(join(ssh, 'known_hosts'), knownHosts);
  return played;
}

async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { shot: { type: 'string' } } });
  ensurePackages();
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
  const serverMain = ensureVscodeServer();

  const folder = join(mkdtempSync(join(tmpdir(), 'haven-demo-')), 'example-cluster');
  cpSync('examples', folder, { recursive: true });
  const home = join(folder, '..', 'home');
  const played = await playCluster(home, join(folder, 'haven.yaml'));
  const vscode = await startVscodeWeb({ folder, extension: '.', serverMain, home });
  const end = async () => {
    await vscode.stop();
    for (const each of played) await each.stop();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  };
  if (values.shot === undefined) {
    process.stdout.write(
      `\nHaven is running with a simulated cluster. Open this address, end with Ctrl+C:\n${vscode.url}\n`,
    );
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
  } else {
    const browser = await openBrowser();
    const page = await openWorkbench(browser, vscode.url);
    await page.getByRole('treeitem', { name: 'haven.yaml' }).dblclick();
    await page.waitForSelector('.editor-instance .view-line');
    await page.locator('.activitybar [aria-label^="Haven"]').first().click();
    await page.waitForTimeout(4000);
    await page.screenshot({ path: values.shot });
    await browser.close();
    process.stdout.write(`${values.shot}\n`);
  }
  await end();
}

demo().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
