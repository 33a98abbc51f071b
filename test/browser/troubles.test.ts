import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { lockPath } from '../../src/run/lock';
import { PracticeClock } from '../../src/run/practice/practice-clock';
import { CliWorld } from '../support/cli-world';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

/** What an operator sees at the worst hour: said where it happens, with what to do next, and nothing taken by a stray Enter. */
describe('troubles in VS Code', { skip: workbenchMissing }, () => {
  let world: CliWorld;
  let workbench: Workbench;

  before(async () => {
    const { now, sleep } = new PracticeClock(5);
    world = await CliWorld.make('127.77.12', now, { sleep });
    const { address } = world.machine('lb2');
    const known = readFileSync(world.knownHosts, 'utf8').split('\n');
    writeFileSync(world.knownHosts, known.filter((each) => !each.includes(`[${address}]`)).join('\n'));
    workbench = await startWorkbench(world.folder, { home: world.home });
  });
  after(async () => {
    await workbench?.stop();
    await world?.close();
  });

  const row: Workbench['row'] = (words) => workbench.row(words);
  const dialog = () => workbench.page.locator('.monaco-dialog-box');
  const run = (name: string, line: string) => world.machine(name).exec(line);

  test('Enter trusts no key, the row says so, and Refresh asks again', async () => {
    const { page } = workbench;
    await page.locator('.activitybar [aria-label^="Haven"]').first().click();
    await dialog().filter({ hasText: 'is not known' }).waitFor();
    await page.locator('.monaco-dialog-box .monaco-button:focus', { hasText: 'Do not connect' }).waitFor();
    await page.keyboard.press('Enter');
    await row(/^lb2.*host key not trusted/).waitFor();
    await workbench.shot('key-refused');
    assert.equal(await dialog().count(), 0);
    await workbench.command('Refresh Clusters');
    await dialog().getByRole('button', { name: 'Trust this key' }).click();
    await row(/^lb2.*up/).waitFor();
  });

  test('a lock of somebody else is named, and Enter leaves it', async () => {
    const { page } = workbench;
    const lock = { run: 'theirs', who: 'kim@laptop', what: 'Upgrade of prod', sinceMs: Date.UTC(2026, 10, 21) };
    const hosts = ['cp1', 'cp2', 'cp3'];
    for (const host of hosts) await run(host, `mkdir -p /run/haven && echo '${JSON.stringify(lock)}' >${lockPath}`);
    await workbench.command('Take Snapshot');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Take the snapshot' }).click();
    await dialog().filter({ hasText: 'kim@laptop is at work on this cluster' }).waitFor();
    await page.locator('.monaco-dialog-box .monaco-button:focus', { hasText: 'Leave it' }).waitFor();
    await workbench.shot('lock-held');
    await page.keyboard.press('Enter');
    await dialog().waitFor({ state: 'hidden' });
    for (const host of hosts) {
      assert.match(world.machine(host).files.text(lockPath), /kim@laptop/);
      await run(host, `rm ${lockPath}`);
    }
  });

  test('a run that stopped leaves a page: where, why, what to do next, and what became of each step', async () => {
    const { page } = workbench;
    await workbench.command('Take Snapshot');
    await dialog().waitFor();
    for (const host of ['cp1', 'cp2', 'cp3'])
      world.machine(host).files.limits.set('/var/lib/rancher/k3s/server/db/snapshots', 10);
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Take the snapshot' }).click();
    await workbench.toast(/It stopped|Nobody knows/).waitFor();
    await page.locator('.tab', { hasText: 'snapshot-run.md' }).first().waitFor();
    await page.locator('.editor-instance .view-line', { hasText: 'What is true now' }).first().waitFor();
    await workbench.shot('run-stopped');
    const told = await workbench.shownText();
    assert.match(told, /cp\d.*step 1 of 2, Save etcd snapshot/);
    assert.match(told, /What to do next\s+- \*Resume\* goes on/);
    assert.match(told, /1\. failed · .*Save etcd snapshot/);
    assert.match(told, /2\. not begun yet · /);
    for (const host of ['cp1', 'cp2', 'cp3']) world.machine(host).files.limits.clear();
  });

  test('a node without power and a server that is stopped say so first; a lost quorum is red in the status bar', async () => {
    world.practice.powerOff(world.machine('lb2'));
    await run('cp2', 'systemctl stop k3s');
    await workbench.command('Refresh Clusters');
    await row(/^lb2.*does not answer/).waitFor();
    await row(/^cp2.*down · k3s: inactive/).waitFor();
    await workbench.shot('one-down');
    await run('cp3', 'systemctl stop k3s');
    await workbench.command('Refresh Clusters');
    await row(/Quorum.*lost/).waitFor();
    await workbench.page.locator('.statusbar-item', { hasText: 'quorum lost: 0 of 3 voters' }).waitFor();
    await workbench.shot('quorum-gone');
    await workbench.command('Take Snapshot');
    await workbench.page.locator('.editor-instance .view-line', { hasText: 'It cannot begin' }).first().waitFor();
    assert.match(await workbench.shownText(), /etcd has lost its quorum; bring back a member/);
    await workbench.shot('refused');
  });
});
