// npm run demo: Haven in a VS Code for the web, with a cluster's files to look at and to break.
//   npm run demo                  prints the address and waits
//   npm run demo -- --shot FILE   writes a picture of it instead; with --broken as well, one in which two nodes are not up
//   (docs/images/cluster.png is made so)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PracticeCluster, servePractice } from '../src/run';
import { furnishDemo, furnishHome } from './setup/demo-folder';
import { ensurePackages } from './setup/packages.mjs';
import { ensureVscodeServer } from './setup/vscode-server';
import { openBrowser, openWorkbench, startVscodeWeb } from './setup/vscode-web';

async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { shot: { type: 'string' }, broken: { type: 'boolean' } } });
  ensurePackages();
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
  const serverMain = ensureVscodeServer();

  const folder = join(mkdtempSync(join(tmpdir(), 'haven-demo-')), 'example-cluster');
  const home = join(folder, '..', 'home');
  const practice = new PracticeCluster(Date.now);
  const nodes = await servePractice(practice);
  furnishDemo(folder, practice, nodes.port);
  furnishHome(home, nodes.knownHosts);
  if (values.broken === true) await breakSome(practice);
  const vscode = await startVscodeWeb({ folder, extension: '.', serverMain, home, open: 'README.md' });
  const end = async () => {
    await vscode.stop();
    await nodes.close();
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
    await page.setViewportSize({ width: 1240, height: 640 });
    page.setDefaultTimeout(120_000);
    await page.locator('.activitybar [aria-label^="Haven"]').first().click();
    const row = (hasText: string | RegExp) => page.locator('.monaco-list-row[role=treeitem]', { hasText }).first();
    await row(values.broken === true ? /cp3.*does not answer/ : /Quorum.*3 of 3 voters/).waitFor();
    if (values.broken !== true) {
      await row('Configurations').click();
      await row(/haproxy\.cfg.*as it is here/).waitFor();
    }
    // The page of what to try is not what is to be seen.
    await page.locator('.tab', { hasText: 'README.md' }).locator('.codicon-close').click();
    await page
      .locator('.pane-header [aria-label^="Show Cluster"], .title-actions [aria-label^="Show Cluster"]')
      .first()
      .click();
    const panel = page.frameLocator('iframe.webview').frameLocator('iframe');
    await panel.locator('vscode-button:not([disabled])', { hasText: 'Refresh' }).waitFor();
    // The pointer would leave a hint over the rows.
    await page.mouse.move(900, 600);
    await page.waitForTimeout(2000);
    // Without the bars of VS Code around it.
    await page.screenshot({ path: values.shot, clip: { x: 48, y: 30, width: 1192, height: 588 } });
    // A picture of few colours needs a third of the bytes; where the program is missing it stays as it is.
    spawnSync('pngquant', ['--force', '--nofs', '--output', values.shot, '24', values.shot]);
    await browser.close();
    process.stdout.write(`${values.shot}\n`);
  }
  await end();
}

/** A server without power, and a load balancer whose haproxy does not run. */
async function breakSome(practice: PracticeCluster): Promise<void> {
  for (const machine of practice.nodes) {
    if (machine.name === 'cp3') practice.powerOff(machine);
    if (machine.name === 'lb2') await machine.exec('systemctl stop haproxy', Buffer.alloc(0));
  }
}

demo().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
