import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('the practice cluster in VS Code', { skip: workbenchMissing }, () => {
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

  test('starts and shows its nodes, quorum and the holder of the address', async () => {
    await workbench.command('Start Practice Cluster');
    await row(/practice.*3 of 3 voters/).waitFor();
    await row(/127\.77\.1\.100.*on lb1/).waitFor();
    await row(/cp1.*etcd leader/).waitFor();
    await workbench.shot('practice');
  });

  test('takes a snapshot: plan, question, progress, result', async () => {
    const { page, shot } = workbench;
    await workbench.command('Take Snapshot');
    await page.locator('.monaco-dialog-box', { hasText: 'Take a snapshot of practice' }).waitFor();
    await shot('snapshot-plan');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Take the snapshot' }).click();
    await page.locator('.notification-toast', { hasText: 'saved and whole' }).waitFor();
    await workbench.expand('Snapshots', /haven-\d{8}-\d{6}-cp1.*token noted/);
    await shot('snapshot-in-the-tree');
    const plan = await page.locator('.editor-instance .view-lines').first().textContent();
    assert.match(plan ?? '', /etcd-snapshot/);
  });

  test('plans a schedule of snapshots', async () => {
    const { page } = workbench;
    const choice = (hasText: string) => page.locator('.quick-input-list .monaco-list-row', { hasText }).first();
    await workbench.command('Schedule Snapshots');
    await choice('Every night').click();
    await page.locator('.quick-input-widget:visible input[type="text"]').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.monaco-dialog-box', { hasText: 'take snapshots at 30 2 * * * and keep 14 each' }).waitFor();
    await workbench.shot('schedule-plan');
    await page.keyboard.press('Escape');
    const plan = await page.locator('.editor-instance .view-lines').first().textContent();
    assert.match((plan ?? '').replaceAll('\u00a0', ' '), /90-haven-snapshots\.yaml/);
  });
});
