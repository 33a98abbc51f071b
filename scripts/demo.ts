// npm run demo: Haven in a VS Code for the web, with a cluster's files to look at and to break.
//   npm run demo                  prints the address and waits
//   npm run demo -- --shot FILE   writes a picture of it instead
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PracticeCluster, type PracticeServer, practiceFile, servePractice } from '../src/run';
import { filesBelow } from '../test/support/files';
import { ensurePackages } from './setup/packages.mjs';
import { ensureVscodeServer } from './setup/vscode-server';
import { openBrowser, openWorkbench, startVscodeWeb } from './setup/vscode-web';

/** Writes the example's files for the practice cluster, and a home folder that knows its keys and nothing else. */
function furnish(folder: string, home: string, practice: PracticeCluster, server: PracticeServer): void {
  cpSync('examples', folder, { recursive: true });
  const options = { network: practice.network, port: server.port };
  for (const path of [...filesBelow(folder, '.yaml'), ...filesBelow(folder, '.cfg'), ...filesBelow(folder, '.conf')]) {
    writeFileSync(path, practiceFile(readFileSync(path, 'utf8'), options));
  }
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, '.ssh/known_hosts'), server.knownHosts);
}

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
  furnish(folder, home, practice, nodes);
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
