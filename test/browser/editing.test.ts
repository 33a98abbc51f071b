import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ensureVscodeServer } from '../../scripts/setup/vscode-server.mjs';
import { openBrowser, openWorkbench, startVscodeWeb, type VscodeWeb } from '../../scripts/setup/vscode-web';

const missing = ['/usr/bin/chromium', '/usr/bin/rg'].filter((path) => !existsSync(path));
const skip = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

describe('VS Code for the web with Haven', { skip }, () => {
  let folder: string;
  let vscode: VscodeWeb;
  let browser: Browser;
  let page: Page;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    cpSync('examples', folder, { recursive: true });
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

  const open = async (name: string) => {
    await page.keyboard.press('Control+P');
    await page.keyboard.type(name);
    await page
      .locator('.quick-input-list .monaco-list-row', { hasText: name.split('/').at(-1) ?? name })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: name.split('/').at(-1) ?? name }).waitFor();
  };

  const problems = async () => {
    const rows = page.locator('.markers-panel .monaco-list-row');
    return (await rows.allTextContents()).map((text) => text.trim());
  };

  test('the example cluster has no problem', async () => {
    await open('cp1.yaml');
    await page.keyboard.press('Control+Shift+M');
    await page.locator('.markers-panel').waitFor();
    await page.waitForTimeout(1500);
    assert.deepEqual(await problems(), []);
    await shot('clean');
  });

  test('an address that a certificate lacks is shown in the Problems panel', async () => {
    const path = join(folder, 'k3s/cp2.yaml');
    const text = readFileSync(path, 'utf8');
    const address = /\n\s*- "?(192\.168\.1\.\d+)"?/.exec(text.slice(text.indexOf('tls-san')))?.[1];
    assert.ok(address !== undefined, text);
    writeFileSync(path, text.replace(new RegExp(`\\n\\s*- "?${address.replaceAll('.', '\\.')}"?(?=\\n)`), ''));
    await open('cp2.yaml');
    await page.locator('.markers-panel .monaco-list-row', { hasText: address }).first().waitFor({ timeout: 20_000 });
    await shot('problem');
  });

  test('the quick fix mends it', async () => {
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'vip-not-in-tls-san' }).first().dblclick();
    await page.locator('.monaco-editor.focused').waitFor();
    await page.keyboard.press('Control+Period');
    await page.locator('.action-widget').waitFor({ timeout: 10_000 });
    await shot('quick-fix');
    await page.keyboard.press('Enter');
    const rows = page.locator('.markers-panel .monaco-list-row');
    await rows.first().waitFor({ state: 'detached', timeout: 20_000 });
    await shot('mended');
    assert.match((await page.locator('.monaco-editor.focused .view-lines').textContent()) ?? '', /192\.168\.1\.100/);
  });
});
