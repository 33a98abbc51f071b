import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ensureVscodeServer } from '../../scripts/setup/vscode-server.mjs';
import { openBrowser, openWorkbench, startVscodeWeb, type VscodeWeb } from '../../scripts/setup/vscode-web';

const missing = ['/usr/bin/chromium', '/usr/bin/rg'].filter((path) => !existsSync(path));
const skip = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

describe('the practice cluster in VS Code', { skip }, () => {
  let folder: string;
  let vscode: VscodeWeb;
  let browser: Browser;
  let page: Page;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    cpSync('examples/lb', join(folder, 'lb'), { recursive: true });
    vscode = await startVscodeWeb({ folder, extension: '.', serverMain: ensureVscodeServer() });
    browser = await openBrowser();
    page = await openWorkbench(browser, vscode.url);
  });
  after(async () => {
    await browser?.close();
    await vscode?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const shot = async (name: string) => {
    const pictures = process.env.HAVEN_PICTURES;
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };

  const command = async (title: string) => {
    await page.keyboard.press('F1');
    await page.keyboard.type(title);
    await page
      .locator('.quick-input-list .monaco-list-row', { hasText: title.replace('Haven: ', '') })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
  };

  test('starts and shows its nodes, quorum and the holder of the address', async () => {
    await command('Haven: Start Practice Cluster');
    await page.locator('.monaco-list-row', { hasText: 'practice' }).first().waitFor({ timeout: 30_000 });
    await shot('practice-starting');
    await page
      .locator('.monaco-list-row', { hasText: /3 of 3 voters/ })
      .first()
      .waitFor({ timeout: 30_000 });
    await shot('practice');
  });

  test('takes a snapshot: plan, question, progress, result', async () => {
    await command('Haven: Take Snapshot');
    await page.locator('.monaco-dialog-box', { hasText: 'Take a snapshot of practice' }).waitFor({ timeout: 30_000 });
    await shot('snapshot-plan');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Take the snapshot' }).click();
    await page.locator('.notification-toast', { hasText: 'saved and whole' }).waitFor({ timeout: 30_000 });
    await shot('snapshot-done');
    await page.locator('.monaco-list-row', { hasText: 'Snapshots' }).first().click();
    await page
      .locator('.monaco-list-row', { hasText: /haven-\d{8}-\d{6}-cp1/ })
      .first()
      .waitFor({ timeout: 30_000 });
    await shot('snapshot-in-the-tree');
    assert.match((await page.locator('.editor-instance .view-lines').first().textContent()) ?? '', /etcd-snapshot/);
  });
});
