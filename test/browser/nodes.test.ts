import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('nodes and snapshots of the practice cluster in VS Code', { skip: workbenchMissing }, () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    writeFileSync(join(folder, 'notes.txt'), '');
    workbench = await startWorkbench(folder);
    await workbench.command('Start Practice Cluster');
    await row(/practice.*3 of 3 voters/).waitFor();
  });
  after(async () => {
    await workbench?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const row: Workbench['row'] = (words) => workbench.row(words);
  const toast: Workbench['toast'] = (words) => workbench.toast(words);
  const item: Workbench['item'] = (words) => workbench.item(words);
  const agree = (title: string | RegExp, button: string) =>
    workbench.page
      .locator('.monaco-dialog-box', { hasText: title })
      .locator('.monaco-button', { hasText: button })
      .first()
      .click();
  const input = () => workbench.page.locator('.quick-input-widget:visible input[type="text"]');

  test('a node is drained from its menu, and takes pods again', async () => {
    await workbench.menu(/^cp3/, 'Drain Node');
    await agree('Drain cp3', 'Drain');
    await toast('Done: Drain cp3').waitFor();
    await workbench.menu(/^cp3/, 'Uncordon Node');
    await agree('Let cp3 take pods again', 'Uncordon');
    await toast('Done: Let cp3 take pods again').waitFor();
  });

  test('a server is restarted with the quorum kept', async () => {
    await workbench.menu(/^cp2/, 'Rolling Restart');
    await item('Pods go on running').click();
    await agree('Restart cp2, one after another', 'Restart');
    await toast('Done: Restart cp2').waitFor();
    await row(/practice.*3 of 3 voters/).waitFor();
  });

  test('a snapshot is downloaded for its owner alone, and deleted', async () => {
    const { page } = workbench;
    await workbench.command('Take Snapshot');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Take the snapshot' }).click();
    await toast('saved and whole').waitFor();
    await workbench.expand('Snapshots', /haven-\d{8}-\d{6}-cp1/);
    await workbench.menu(/haven-\d{8}-\d{6}-cp1/, 'Download Snapshot');
    const target = join(folder, 'saved.snapshot');
    await workbench.saveAs(target, /haven-/);
    await agree(/Download/, 'Download');
    await toast(`The snapshot is here as ${target}`).waitFor();
    assert.equal(statSync(target).mode & 0o777, 0o600);
    assert.ok(statSync(target).size > 0);
    await workbench.menu(/haven-\d{8}-\d{6}-cp1/, 'Delete Snapshot');
    await input().fill('practice');
    await page.keyboard.press('Enter');
    await toast('Done:').waitFor();
    await row(/haven-\d{8}-\d{6}-cp1/).waitFor({ state: 'detached' });
    assert.ok(existsSync(target));
  });

  test('a server leaves when the name of the cluster is typed', async () => {
    const { page, shot } = workbench;
    await workbench.menu(/^cp3/, 'Remove Node');
    await item('Drain it first').click();
    await item('Leave it there, stopped').click();
    await input().fill('practice');
    await shot('remove-node');
    await page.keyboard.press('Enter');
    await toast('cp3 has left the cluster').waitFor();
    await row(/practice.*2 of 2 voters/).waitFor();
  });
});
