import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('the program of a node judges the text in the editor', { skip: workbenchMissing }, () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    cpSync('examples/lb', join(folder, 'lb'), { recursive: true });
    workbench = await startWorkbench(folder);
    await workbench.command('Start Practice Cluster');
    await workbench.page.locator('.monaco-list-row[role=treeitem]', { hasText: /practice.*3 of 3 voters/ }).waitFor();
  });
  after(async () => {
    await workbench?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const toast: Workbench['toast'] = (words) => workbench.toast(words);
  const checkOnLb1 = async () => {
    await workbench.command('Check with haproxy -c, keepalived -t or nginx -t');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'lb1' }).first().click();
  };

  test('accepted: the release is told', async () => {
    await workbench.open(join(workbench.storage, 'practice/lb/haproxy.cfg'));
    await checkOnLb1();
    await toast(/haproxy -c on lb1 accepts this file.*HAProxy version 2\.6/).waitFor();
  });

  test('refused: its words stand at the line, unsaved text included, until the text changes', async () => {
    const { page, shot } = workbench;
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('nonsense here');
    await page.keyboard.press('Enter');
    await checkOnLb1();
    await toast(/haproxy -c on lb1 refuses this file/).waitFor();
    await page.locator('.monaco-button', { hasText: 'Show Problems' }).click();
    const said = page.locator('.markers-panel .monaco-list-row', { hasText: 'haproxy -c · lb1' });
    await said.first().waitFor();
    await shot('checked-on-lb1');
    const text = (await said.allTextContents()).join('\n');
    assert.match(text, /unknown keyword 'nonsense'.*\[Ln 1, /);
    await page.locator('.monaco-editor .view-lines').first().click();
    await page.keyboard.type('#');
    await said.first().waitFor({ state: 'detached' });
  });
});
