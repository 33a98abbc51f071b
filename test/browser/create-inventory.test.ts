import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('a first inventory', { skip: workbenchMissing }, () => {
  let work: string;
  let workbench: Workbench;

  before(async () => {
    work = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    for (const each of ['lb', 'k3s']) cpSync(`examples/${each}`, join(work, 'prod', each), { recursive: true });
    mkdirSync(join(work, 'home/.ssh'), { recursive: true });
    writeFileSync(
      join(work, 'home/.ssh/config'),
      'Host cp1\n  HostName 192.168.1.10\n  User admin\nHost mail\n  User me\n',
    );
    workbench = await startWorkbench(join(work, 'prod'), { home: join(work, 'home') });
  });
  after(async () => {
    await workbench?.stop();
    rmSync(work, { recursive: true, force: true });
  });

  test('is written from the files and the SSH configuration, shown unsaved, and saved where it belongs', async () => {
    const { page } = workbench;
    const file = join(work, 'prod/haven.yaml');
    await workbench.command('Create Inventory');
    await page.locator('.quick-input-widget', { hasText: 'Take hosts from these too' }).waitFor();
    await workbench.shot('create-inventory-sources');
    await workbench.answer('Take hosts from these too');
    await workbench.answer('Name of the cluster');
    await page.locator('.tab.active', { hasText: 'haven.yaml' }).waitFor();
    await page.locator('.view-line', { hasText: 'name: prod' }).waitFor();
    await workbench.shot('create-inventory');
    assert.equal(existsSync(file), false);
    // A second time the same one is shown again, not written behind itself.
    await workbench.command('Create Inventory');
    await workbench.answer('Take hosts from these too');
    await workbench.answer('Name of the cluster');
    await page.locator('.tab.active', { hasText: 'haven.yaml' }).waitFor();
    await page.keyboard.press('Control+S');
    await page.locator('.tab.active:not(.dirty)', { hasText: 'haven.yaml' }).waitFor();
    const text = readFileSync(file, 'utf8');
    assert.match(text, /\{ name: cp1, address: 192\.168\.1\.10, roles: \[server\], ssh: \{ user: admin \} \}/);
    assert.match(text, /\{ file: lb\/haproxy\.cfg, on: \[lb1, lb2\] \}/);
    assert.doesNotMatch(text, /mail/);
    assert.equal(text.split('clusters:').length, 2);
  });

  test('is shown beside one that is there, which stays as it is', async () => {
    const { page } = workbench;
    const file = join(work, 'prod/haven.yaml');
    const before = readFileSync(file, 'utf8');
    await workbench.command('Create Inventory');
    await workbench.answer('Take hosts from these too');
    await workbench.answer('Name of the cluster');
    await page.locator('.notification-toast', { hasText: 'There is a haven.yaml already' }).waitFor();
    assert.equal(readFileSync(file, 'utf8'), before);
  });
});
