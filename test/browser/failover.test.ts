import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('the failover in the editor', { skip: workbenchMissing }, () => {
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

  const lens = (text: string | RegExp) => page.locator('.codelens-decoration', { hasText: text }).first();

  test('a lens above the instance says who is next and how soon', async () => {
    await workbench.open('keepalived-lb1.conf');
    await lens(/holds 192\.168\.1\.100 · next: lb2 in [\d.]+–[\d.]+ s/).waitFor();
    await workbench.shot('failover-lens');
  });

  test('a weight that is too small shows in the lens, in the editor and in the matrix', async () => {
    for (const name of ['lb1', 'lb2']) {
      const path = join(folder, `lb/keepalived-${name}.conf`);
      writeFileSync(path, readFileSync(path, 'utf8').replace('weight -20', 'weight -2'));
    }
    await lens(/1 of \d+ single failures end badly/).waitFor();
    await page.keyboard.press('Control+Shift+M');
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'needs weight < -' }).first().waitFor();
    await workbench.shot('failover-problem');
    await page.keyboard.press('Control+Shift+M');
    await workbench.command('Show Failover Matrix');
    await page.locator('.tab', { hasText: 'Failover Matrix' }).first().waitFor();
    const preview = page.frameLocator('iframe.webview.ready').frameLocator('iframe[title]');
    await preview.getByText('stays on the broken node').first().waitFor();
    const heading = await preview.locator('h1').first().textContent();
    assert.match(heading ?? '', /What every failure does/);
    await workbench.shot('failover-matrix');
  });
});
