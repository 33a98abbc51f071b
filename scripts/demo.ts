// npm run demo: Haven in a VS Code for the web, with a cluster's files to look at and to break.
//   npm run demo                  prints the address and waits
//   npm run demo -- --shot FILE   writes a picture of it instead
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
  const { values } = parseArgs({ options: { shot: { type: 'string' } } });
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
  const vscode = await startVscodeWeb({ folder, extension: '.', serverMain, home });
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
    page.setDefaultTimeout(120_000);
    await page.getByRole('treeitem', { name: 'haven.yaml' }).dblclick();
    await page.waitForSelector('.editor-instance .view-line');
    await page.locator('.activitybar [aria-label^="Haven"]').first().click();
    const row = (hasText: string | RegExp) => page.locator('.monaco-list-row[role=treeitem]', { hasText }).first();
    await row(/practice.*3 of 3 voters/).waitFor();
    await row('Configurations').click();
    await row(/haproxy\.cfg.*as it is here/).waitFor();
    // The pointer would leave a hint over the rows.
    await page.mouse.move(900, 700);
    await page.waitForTimeout(2000);
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
