// npm run demo: Haven in a VS Code for the web, with a cluster's files to look at and to break.
//   npm run demo                  prints the address and waits
//   npm run demo -- --shot FILE   writes a picture of it instead
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePackages } from './setup/packages.mjs';
import { ensureVscodeServer } from './setup/vscode-server.mjs';
import { openBrowser, openWorkbench, startVscodeWeb } from './setup/vscode-web';

async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { shot: { type: 'string' } } });
  ensurePackages();
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
  const serverMain = ensureVscodeServer();

  const folder = join(mkdtempSync(join(tmpdir(), 'haven-demo-')), 'example-cluster');
  cpSync('examples', folder, { recursive: true });
  const vscode = await startVscodeWeb({ folder, extension: '.', serverMain });
  const end = async () => {
    await vscode.stop();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  };
  if (values.shot === undefined) {
    process.stdout.write(`\nHaven is running. Open this address, end with Ctrl+C:\n${vscode.url}\n`);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
  } else {
    const browser = await openBrowser();
    const page = await openWorkbench(browser, vscode.url);
    await page.getByRole('treeitem', { name: 'haven.yaml' }).dblclick();
    await page.waitForSelector('.editor-instance .view-line');
    await page.waitForTimeout(3000);
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
