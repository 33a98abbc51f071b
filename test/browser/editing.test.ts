import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('VS Code for the web with Haven', { skip: workbenchMissing }, () => {
  let folder: string;
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    cpSync('examples', folder, { recursive: true });
    workbench = await startWorkbench(folder);
    page = workbench.page;
  });
  after(async () => {
    await workbench?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const problems = async () => {
    const rows = page.locator('.markers-panel .monaco-list-row');
    return (await rows.allTextContents()).map((text) => text.trim());
  };

  test('the example cluster has no problem', async () => {
    await workbench.open('cp1.yaml');
    await page.keyboard.press('Control+Shift+M');
    await page.locator('.markers-panel').waitFor();
    await page.waitForTimeout(1500);
    assert.deepEqual(await problems(), []);
    await workbench.shot('clean');
  });

  test('an address that a certificate lacks is shown in the Problems panel', async () => {
    const path = join(folder, 'k3s/cp2.yaml');
    const text = readFileSync(path, 'utf8');
    const address = /\n\s*- "?(192\.168\.1\.\d+)"?/.exec(text.slice(text.indexOf('tls-san')))?.[1];
    assert.ok(address !== undefined, text);
    writeFileSync(path, text.replace(new RegExp(`\\n\\s*- "?${address.replaceAll('.', '\\.')}"?(?=\\n)`), ''));
    await workbench.open('cp2.yaml');
    await page.locator('.markers-panel .monaco-list-row', { hasText: address }).first().waitFor();
    await workbench.shot('problem');
  });

  test('the quick fix mends it', async () => {
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'vip-not-in-tls-san' }).first().dblclick();
    await page.locator('.monaco-editor.focused').waitFor();
    await workbench.fixes();
    await workbench.shot('quick-fix');
    await page.keyboard.press('Enter');
    const rows = page.locator('.markers-panel .monaco-list-row');
    await rows.first().waitFor({ state: 'detached' });
    await workbench.shot('mended');
    assert.match((await page.locator('.monaco-editor.focused .view-lines').textContent()) ?? '', /192\.168\.1\.100/);
  });

  test('the code of a finding leads to the page of its rule', async () => {
    const path = join(folder, 'k3s/cp3.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/\n\s*- "?192\.168\.1\.100"?(?=\n)/, ''));
    await workbench.open('cp3.yaml');
    await page.locator('.markers-panel a.monaco-link', { hasText: 'vip-not-in-tls-san' }).first().click();
    const preview = page.frameLocator('iframe.webview.ready').frameLocator('iframe[title]');
    await preview.locator('h1', { hasText: 'vip-not-in-tls-san' }).waitFor();
    await workbench.shot('rule-page');
  });
});
