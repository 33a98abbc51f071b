import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

const sentence = 'Haven connects to nodes only from a folder that you trust';

describe('a folder that nobody trusts', { skip: workbenchMissing }, () => {
  let work: string;
  let workbench: Workbench;
  /** Counts who comes to the address that the inventory gives for its nodes. */
  let door: Server;
  let callers = 0;

  before(async () => {
    door = createServer((socket) => {
      callers++;
      socket.destroy();
    });
    await new Promise<void>((done) => door.listen(0, '127.0.0.1', done));
    const { port } = door.address() as AddressInfo;
    work = mkdtempSync(join(tmpdir(), 'haven-untrusted-'));
    const folder = join(work, 'cluster');
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'haven.yaml'),
      [
        'clusters:',
        '  - name: foreign',
        '    distribution: k3s',
        '    endpoint: api.example.com:6443',
        `    ssh: { user: me, port: ${port} }`,
        '    nodes:',
        '      - { name: cp1, address: 127.0.0.1, roles: [server] }',
        '',
      ].join('\n'),
    );
    writeFileSync(join(folder, 'haproxy.cfg'), 'global\n    maxcon 10\n');
    workbench = await startWorkbench(folder, { untrusted: true });
  });
  after(async () => {
    await workbench?.stop();
    door.close();
    rmSync(work, { recursive: true, force: true });
  });

  test('has the help of the language', async () => {
    await workbench.open('haproxy.cfg');
    await workbench.page.locator('.squiggly-error').first().waitFor();
  });

  test('shows its clusters, asks no node and says why', async () => {
    const { page, row } = workbench;
    await page.locator('.activitybar [aria-label^="Haven"]').first().click();
    await row(/^foreign/).waitFor();
    await row(/cp1.*not asked yet/).waitFor();
    await page.locator('.pane-body .message', { hasText: sentence }).waitFor();
    await workbench.command('Show Cluster');
    const panel = page.frameLocator('iframe.webview').frameLocator('iframe');
    await panel.locator('.seen', { hasText: sentence }).waitFor();
    await panel.locator('vscode-button[disabled]', { hasText: 'Refresh' }).waitFor();
    await panel.locator('[role=listitem][aria-label^="cp1"][aria-label*="not asked yet"]').waitFor();
    await workbench.shot('untrusted');
  });

  test('offers no command that would reach a node', async () => {
    const { page, row } = workbench;
    await row(/^foreign/).click({ button: 'right' });
    const items = page.locator('.monaco-menu .action-item', { hasText: /\w/ });
    await items.first().waitFor();
    const offered = items.locator('.action-menu-item:not(.disabled)');
    const closed = page.locator('.monaco-menu .action-item.disabled, .monaco-menu .action-menu-item.disabled');
    assert.ok((await closed.count()) > 10, `${await closed.count()} closed`);
    for (const words of await offered.allTextContents())
      if (/Snapshot|Restart|Upgrade|Push|Drift|Drill|Backup|Join|Certificates|Restore/.test(words))
        assert.ok(await page.locator('.action-item.disabled', { hasText: words }).count(), words);
    await page.keyboard.press('Escape');
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget:visible input[type="text"]').fill('>Haven: ');
    await workbench.item('Haven: Show Cluster').waitFor();
    const titles = await page.locator('.quick-input-list .monaco-list-row').allTextContents();
    const harmless =
      /Show Cluster|Show Failover Matrix|Forget Stored Passwords|Export Plan as Runbook|Focus on Clusters View/;
    assert.deepEqual(
      titles.filter((each) => each.includes('Haven: ') && !harmless.test(each)),
      [],
    );
    await page.keyboard.press('Escape');
    assert.equal(callers, 0);
  });

  test('is asked about once it is trusted', async () => {
    const { page, row } = workbench;
    await workbench.builtIn('Workspaces: Manage Workspace Trust');
    await page
      .locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust/ })
      .first()
      .click();
    await row(/cp1.*does not answer/).waitFor();
    assert.ok(callers > 0);
    await page.locator('.pane-body .message', { hasText: sentence }).waitFor({ state: 'hidden' });
  });
});
