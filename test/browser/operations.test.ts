import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { InventoryCluster } from '../../src/model/inventory/inventory';
import type { Plan } from '../../src/ops/plan';
import { planSnapshot } from '../../src/ops/snapshot';
import { PracticeWorld } from '../support/practice';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('operations in VS Code, on the practice cluster', { skip: workbenchMissing }, () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    cpSync('examples/lb', join(folder, 'lb'), { recursive: true });
    workbench = await startWorkbench(folder, { settings: { 'haven.practice.pace': 10 } });
  });
  after(async () => {
    await workbench?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const row: Workbench['row'] = (words) => workbench.row(words);
  const toast: Workbench['toast'] = (words) => workbench.toast(words);

  /** The plan of a snapshot of the practice cluster, as the editor would have made it before it died. */
  const planOfTheDead = async (): Promise<Plan> => {
    const state = await new PracticeWorld().state();
    const cluster: InventoryCluster = { ...state.cluster, name: 'practice' };
    return planSnapshot({ ...state, cluster }, 'before-the-crash');
  };

  test('starts and shows its nodes, quorum and the holder of the address', async () => {
    await workbench.command('Start Practice Cluster');
    await row(/Quorum.*3 of 3 voters/).waitFor();
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
    await workbench.expand('Snapshots', /^haven.*cp1/);
    await shot('snapshot-in-the-tree');
    const plan = await page.locator('.editor-instance .view-lines').first().textContent();
    assert.match(plan ?? '', /etcd-snapshot/);
  });

  test('plans a schedule of snapshots', async () => {
    const { page } = workbench;
    const choice = (hasText: string) => page.locator('.quick-input-list .monaco-list-row', { hasText }).first();
    await workbench.command('Schedule Snapshots');
    await choice('Every night').click();
    await workbench.answer('How many of them does each node keep?');
    await page.locator('.monaco-dialog-box', { hasText: 'take snapshots at 30 2 * * * and keep 14 each' }).waitFor();
    await workbench.shot('schedule-plan');
    await page.keyboard.press('Escape');
    const plan = await page.locator('.editor-instance .view-lines').first().textContent();
    assert.match((plan ?? '').replaceAll('\u00a0', ' '), /90-haven-snapshots\.yaml/);
  });

  test('reads a snapshot and tells what it holds', async () => {
    const { page, shot } = workbench;
    await workbench.menu(/^haven.*cp1/, 'Test Snapshot');
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
    const snapshot = row(/^haven.*cp1/);
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
    await workbench.answer(/Type the name of the cluster/, 'practice');
    await page.locator('.notification-toast', { hasText: 'is restored from' }).waitFor({ timeout: 240_000 });
    await row(/Quorum.*3 of 3 voters/).waitFor();
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
    await row(/Quorum.*3 of 3 voters/).waitFor();
    await shot('restore-undone');
  });

  test('a plan can be exported as a runbook', async () => {
    const { page, shot } = workbench;
    await workbench.command('Take Snapshot');
    await page.locator('.monaco-dialog-box', { hasText: 'Take a snapshot of practice' }).waitFor();
    await page.keyboard.press('Escape');
    await workbench.command('Export Plan as Runbook');
    await workbench.saveAs(join(folder, 'by-hand.md'), /\.md$/);
    await page.locator('.tab.active', { hasText: 'by-hand.md' }).waitFor();
    await shot('runbook');
    const text = readFileSync(join(folder, 'by-hand.md'), 'utf8');
    assert.match(text, /```sh\n# cp1\nis_done\(\) \{/);
    assert.match(text, /k3s etcd-snapshot save/);
  });

  test('a run that broke off is offered when its cluster is seen again, and goes on', async () => {
    const { page, shot, state, storage } = workbench;
    const plan = await planOfTheDead();
    const step = plan.steps[0]?.id;
    mkdirSync(join(state, 'runs'), { recursive: true });
    const site = `${join(storage, 'practice', 'haven.yaml')}#practice`;
    for (const entry of [
      { kind: 'plan', atMs: Date.now(), plan, site },
      { kind: 'began', atMs: Date.now(), step },
    ])
      appendFileSync(join(state, 'runs', 'dead.jsonl'), `${JSON.stringify(entry)}\n`);
    await page.reload();
    await page.locator('.monaco-workbench').waitFor();
    await workbench.command('Start Practice Cluster');
    await toast(/This operation on practice broke off: Take a snapshot/).waitFor();
    await shot('broke-off');
    await toast(/broke off/)
      .locator('.monaco-button', { hasText: 'Resume or Go Back' })
      .click();
    const choice = (hasText: string) => page.locator('.quick-input-list .monaco-list-row', { hasText }).first();
    await choice('Take a snapshot of practice').click();
    await choice('Resume').waitFor();
    await shot('resume');
    await choice('Resume').click();
    await toast(/Done: Take a snapshot of practice/).waitFor();
    const journal = readFileSync(join(state, 'runs', 'dead.jsonl'), 'utf8');
    assert.match(journal, /"kind":"resumed"/);
    assert.match(journal, /"kind":"finished".*"outcome":"done"/);
  });

  test('what was run and printed is in the output channel', async () => {
    const { page, shot } = workbench;
    await workbench.builtIn('Output: Show Output Channels');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Haven Operations' }).first().click();
    const line = page.locator('.output-view .view-line', { hasText: /\[1\/2\].*cp1.*Save.*etcd.*snapshot/ }).first();
    await line.waitFor();
    await shot('output');
  });
});
