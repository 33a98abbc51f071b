import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('a restore of the practice cluster in VS Code', { skip: workbenchMissing }, () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    cpSync('examples/lb', join(folder, 'lb'), { recursive: true });
    workbench = await startWorkbench(folder);
  });
  after(async () => {
    await workbench?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const row: Workbench['row'] = (words) => workbench.row(words);

  test('has a snapshot to begin with', async () => {
    const { page } = workbench;
    await workbench.command('Start Practice Cluster');
    await row(/practice.*3 of 3 voters/).waitFor();
    await workbench.command('Take Snapshot');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Take the snapshot' }).click();
    await page.locator('.notification-toast', { hasText: 'saved and whole' }).waitFor();
    await workbench.expand('Snapshots', /haven-\d{8}-\d{6}-cp1/);
  });

  test('reads a snapshot and tells what it holds', async () => {
    const { page, shot } = workbench;
    await workbench.menu(/haven-\d{8}-\d{6}-cp1/, 'Test Snapshot');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Nowhere' }).click();
    await page.locator('.tab.active', { hasText: 'snapshot' }).waitFor();
    await page.locator('.editor-instance .view-line', { hasText: 'Revision' }).first().waitFor();
    await shot('test-snapshot');
    const told = await workbench.shownText();
    assert.match(told, /Revision: \d+/);
    assert.match(told, /Keys: \d+/);
    assert.match(told, /cp1-[0-9a-f]{8} \(https:\/\/127/);
  });

  test('begins at the row of a snapshot and shows the plan before it asks for the name', async () => {
    const { page, shot } = workbench;
    const snapshot = row(/haven-\d{8}-\d{6}-cp1/);
    await snapshot.hover();
    await snapshot.locator('.action-label[aria-label*="Restore Snapshot"]').click();
    await page.locator('.quick-input-widget', { hasText: 'Restore practice from the snapshot' }).waitFor();
    await shot('restore-plan');
    const plan = await workbench.shownText();
    assert.match(plan, /Restore practice from the snapshot haven-/);
    assert.match(plan, /everything written since the snapshot will be gone/);
  });

  test('runs when the name is typed, and the cluster is whole again', async () => {
    const { page, shot } = workbench;
    await page.locator('.quick-input-widget:visible input[type="text"]').fill('practice');
    await page.keyboard.press('Enter');
    await page.locator('.notification-toast', { hasText: 'is restored from' }).waitFor({ timeout: 240_000 });
    await row(/practice.*3 of 3 voters/).waitFor();
    await shot('restore-done');
  });

  test('is taken back by a command of its own', async () => {
    const { page, shot } = workbench;
    await workbench.command('Undo Restore');
    await page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Restore practice from the snapshot' })
      .first()
      .click();
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Go Back' }).click();
    await page.locator('.notification-toast', { hasText: 'Taken back' }).waitFor({ timeout: 240_000 });
    await row(/practice.*3 of 3 voters/).waitFor();
    await shot('restore-undone');
  });
});
