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
    workbench = await startWorkbench(folder, { settings: { 'haven.practice.pace': 10 } });
    await workbench.command('Start Practice Cluster');
    await row(/Quorum.*3 of 3 voters/).waitFor();
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
    const question = workbench.page.locator('.monaco-dialog-box', { hasText: 'Restart cp2' });
    await question.waitFor();
    assert.match((await question.textContent()) ?? '', /while cp2 is stopped: 2 of 3, and 0 may fail/);
    await agree('Restart cp2', 'Restart');
    await toast('Done: Restart cp2').waitFor();
    await row(/Quorum.*3 of 3 voters/).waitFor();
  });

  test('a snapshot is downloaded for its owner alone, and deleted', async () => {
    const { page } = workbench;
    await workbench.command('Take Snapshot');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Take the snapshot' }).click();
    await toast('saved and whole').waitFor();
    await workbench.expand('Snapshots', /^haven.*cp1/);
    await workbench.menu(/^haven.*cp1/, 'Download Snapshot');
    const target = join(folder, 'saved.snapshot');
    await workbench.saveAs(target, /haven-/);
    await agree(/Download/, 'Download');
    await toast(`The snapshot is here as ${target}`).waitFor();
    assert.equal(statSync(target).mode & 0o777, 0o600);
    assert.ok(statSync(target).size > 0);
    await workbench.menu(/^haven.*cp1/, 'Delete Snapshot');
    await workbench.answer(/Type the name of the cluster/, 'practice');
    await toast('Done:').waitFor();
    await row(/^haven.*cp1/).waitFor({ state: 'detached' });
    assert.ok(existsSync(target));
  });

  test('a server leaves when the name of the cluster is typed', async () => {
    await workbench.menu(/^cp3/, 'Remove Node');
    await item('Drain it first').click();
    await item('Leave it there, stopped').click();
    await workbench.page.locator('.quick-input-widget:visible', { hasText: /Type the name of the cluster/ }).waitFor();
    await workbench.shot('remove-node');
    await workbench.answer(/Type the name of the cluster/, 'practice');
    await toast('cp3 has left the cluster').waitFor();
    await row(/Quorum.*2 of 2 voters/).waitFor();
  });

  test('and joins again from the menu of the cluster', async () => {
    await workbench.menu(/^practice/, 'Join Node');
    await item('cp3').click();
    await item('It is installed there').click();
    await agree('Join the server cp3: 3 members then vote', 'Join');
    await toast('cp3 has joined').waitFor({ timeout: 120_000 });
    await row(/Quorum.*3 of 3 voters/).waitFor();
  });

  test('a practice cluster of kubeadm runs beside it', async () => {
    await workbench.command('Start kubeadm Practice Cluster');
    await workbench
      .rows(/Quorum.*3 of 3 voters/)
      .nth(1)
      .waitFor();
    await workbench.shot('both-practice-clusters');
  });
});
