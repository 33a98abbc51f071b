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
    workbench = await startWorkbench(folder);
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

  test('a plan can be exported as a runbook', async () => {
    const { page, shot } = workbench;
    await workbench.command('Start Practice Cluster');
    await row(/practice.*3 of 3 voters/).waitFor();
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
