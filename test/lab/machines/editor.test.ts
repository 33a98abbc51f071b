import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../../support/workbench';
import { configFiles, inventoryOf } from '../support/configuration';
import { Lab } from '../support/lab';
import { virtualAddress } from '../support/layout';
import { clientKey, knownHosts } from '../support/provision';
import { until } from '../support/shell';
import { labMissing } from '../support/suite';

describe('VS Code and real machines', { skip: workbenchMissing || labMissing('machines') }, () => {
  let lab: Lab;
  let work: string;
  let workbench: Workbench;

  before(async () => {
    lab = Lab.running();
    work = mkdtempSync(join(tmpdir(), 'haven-lab-'));
    const folder = join(work, 'cluster');
    mkdirSync(join(folder, 'lb'), { recursive: true });
    for (const [name, text] of Object.entries({ 'haven.yaml': inventoryOf(lab), ...configFiles(lab) }))
      writeFileSync(join(folder, name), text);
    const ssh = join(work, 'home/.ssh');
    mkdirSync(ssh, { recursive: true, mode: 0o700 });
    writeFileSync(join(ssh, 'config'), `Host *\n  IdentityFile ${clientKey}\n  IdentitiesOnly yes\n`);
    // lb2 has never been visited from here.
    const known = readFileSync(knownHosts, 'utf8').split('\n');
    writeFileSync(join(ssh, 'known_hosts'), known.filter((line) => !line.startsWith('lb2,')).join('\n'));
    workbench = await startWorkbench(folder, { home: join(work, 'home') });
  });
  after(async () => {
    await workbench?.stop();
    rmSync(work, { recursive: true, force: true });
  });

  const row = (hasText: string | RegExp) =>
    workbench.page.locator('.monaco-list-row[role=treeitem]', { hasText }).first();

  test('the key of a machine that was never visited is asked about, and is the one it has', async () => {
    const { page, shot } = workbench;
    await page.locator('.activitybar [aria-label^="Haven"]').first().click();
    const dialog = page.locator('.monaco-dialog-box', { hasText: lab.machine('lb2').address });
    await dialog.waitFor({ timeout: 30_000 });
    const own = lab.tell('lb2', 'for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done');
    const shown = /SHA256:[A-Za-z0-9+/]{43}/.exec((await dialog.textContent()) ?? '')?.[0] ?? 'no fingerprint';
    assert.ok(own.includes(shown), `${shown} is not among\n${own}`);
    await shot('lab-host-key');
    await dialog.getByRole('button', { name: 'Trust this key' }).click();
  });

  test('the tree shows the members, the leader and the holder of the address that the machines have', async () => {
    await row(/Quorum.*3 of 3 voters, can lose 1/).waitFor({ timeout: 30_000 });
    await row(/lb1.*holds the virtual address/).waitFor();
    await row(new RegExp(`${lab.leader()}.*etcd leader`)).waitFor();
    assert.equal(await workbench.page.locator('.monaco-list-row', { hasText: 'etcd leader' }).count(), 1);
    await row(/lb2.*up/).waitFor();
    await row(/w1.*its service was not found there/).waitFor();
    assert.deepEqual(lab.holders(), ['lb1']);
    await workbench.shot('lab-explorer');
  });

  test('the panel draws the same: the address on its holder, quorum, leader', async () => {
    await workbench.command('Show Cluster');
    const panel = workbench.page.frameLocator('iframe.webview').frameLocator('iframe');
    const item = (label: string) => panel.locator(`[role=listitem][aria-label^="${label}"]`);
    await item(`${virtualAddress}, on ${lab.holders().join()}`).waitFor({ timeout: 20_000 });
    await item(`${lab.leader()}, ${lab.machine(lab.leader() ?? '').address}, up, etcd leader`).waitFor();
    for (const { name, address } of lab.machines)
      await item(`${name}, ${address}, ${name === 'w1' ? 'its service was not found there' : 'up'}`).waitFor();
    await workbench.shot('lab-panel');
  });

  test('the files of the cluster, which its machines run, have no problems', async () => {
    const { page } = workbench;
    for (const name of ['haproxy.cfg', 'keepalived-lb1.conf', 'haven.yaml']) await workbench.open(name);
    await page
      .locator('.statusbar-item[id="status.problems"]', { hasText: /^\s*0\s*0\s*$/ })
      .waitFor({ timeout: 10_000 });
  });

  test('a snapshot is taken on a member and shows up in the tree; the file is on that machine', async () => {
    const { page, shot } = workbench;
    await workbench.command('Take Snapshot');
    await page.locator('.monaco-dialog-box', { hasText: 'Take a snapshot of lab' }).waitFor({ timeout: 30_000 });
    await shot('lab-snapshot-plan');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Take the snapshot' }).click();
    await page.locator('.notification-toast', { hasText: 'saved and whole' }).waitFor({ timeout: 60_000 });
    await workbench.expand('Snapshots', /^haven\d+ min/);
    await shot('lab-snapshot-in-the-tree');
    await row(/^haven\d+ min/).hover();
    const tooltip = page.locator('.workbench-hover', { hasText: /haven-\d{8}-\d{6}/ });
    const name = /haven-\d{8}-\d{6}/.exec((await tooltip.textContent()) ?? '')?.[0];
    const path = `/var/lib/haven/snapshots/${name}`;
    const found = lab.servers.filter((each) => lab.shell(each.name, `test -e ${path}`).code === 0);
    assert.deepEqual(
      found.map((each) => each.name),
      [lab.leader()],
    );
    const host = found[0]?.name ?? '';
    const file = lab.read(host, path);
    assert.equal(createHash('sha256').update(file.subarray(0, -32)).digest('hex'), file.subarray(-32).toString('hex'));
    assert.match(lab.tell(host, `ETCDCTL_API=3 etcdctl snapshot status ${path}`), /^[0-9a-f]+, \d+, \d+, /);
  });

  test('a service that was stopped is shown as stopped, below the node that is degraded by it', async () => {
    lab.tell('lb2', 'systemctl stop haproxy');
    try {
      await workbench.command('Refresh Clusters');
      const node = row(/lb2.*degraded/);
      await node.waitFor({ timeout: 30_000 });
      await workbench.expand(/lb2.*degraded/, /^haproxyinactive/);
      await workbench.shot('lab-service-down');
    } finally {
      lab.tell('lb2', 'systemctl start haproxy');
      await lab.healthy();
    }
  });

  test('the extension host is killed twice in the middle of a push: started again, Haven goes on, and both nodes end well', async () => {
    const { page, shot } = workbench;
    const changed = configFiles(lab)['lb/haproxy.cfg']?.replace('timeout client 4h', 'timeout client 2h') ?? '';
    const before = configFiles(lab)['lb/haproxy.cfg'] ?? '';
    const item = (hasText: string) => page.locator('.quick-input-list .monaco-list-row', { hasText }).first();
    const question = (host: string | RegExp) =>
      page
        .locator('.quick-input-widget:visible')
        .filter({ hasText: host })
        .filter({ hasText: 'runs with the new files' });
    const goOn = async () => {
      const broke = page.locator('.notification-toast', { hasText: 'broke off' }).first();
      await page.locator('.activitybar [aria-label^="Haven"]').first().click();
      await broke.waitFor();
      await shot('lab-broke-off');
      await broke.getByRole('button', { name: 'Resume or Go Back' }).click();
      await item('Push 2 files').click();
      await item('Resume').click();
    };
    try {
      writeFileSync(join(work, 'cluster/lb/haproxy.cfg'), changed);
      await workbench.command('Push Configuration');
      await item('lb/haproxy.cfg').click();
      await page
        .locator('.monaco-dialog-box', { hasText: 'Push 2 files to lb2, lb1' })
        .locator('.monaco-button', { hasText: 'Push' })
        .first()
        .click();
      await question('lb2').waitFor();
      await workbench.crash();
      await goOn();
      await question('lb2').waitFor();
      await item('Keep it so').click();
      // lb1 is being worked at by now, wherever it is.
      await page.waitForTimeout(1500);
      await workbench.crash();
      await goOn();
      await question(/lb[12]/).waitFor();
      // An answer that was not written down before the crash is asked for again.
      if (await question('lb2').isVisible()) {
        await item('Keep it so').click();
        await question('lb1').waitFor();
      }
      await item('Keep it so').click();
      await page.locator('.notification-toast', { hasText: /Done: Push 2 files|run with the files/ }).waitFor();
      for (const name of ['lb1', 'lb2']) {
        assert.equal(lab.read(name, '/etc/haproxy/haproxy.cfg').toString(), changed);
        assert.equal(lab.tell(name, "systemctl list-units --all --no-legend --plain 'haven-*' | wc -l"), '0');
      }
      assert.deepEqual(lab.holders(), ['lb1']);
    } finally {
      writeFileSync(join(work, 'cluster/lb/haproxy.cfg'), before);
      for (const name of ['lb1', 'lb2'])
        lab.tell(name, `cat >/etc/haproxy/haproxy.cfg <<'END'\n${before}END\nsystemctl reload-or-restart haproxy`);
      await lab.healthy();
    }
  });

  test('after a power cut of the leader a refresh shows who leads now, and that no other member may be lost', async () => {
    const before = lab.leader() ?? '';
    await lab.off(before);
    try {
      const after = await until('another member leads', () => lab.leader(), 30);
      assert.notEqual(after, before);
      await workbench.command('Refresh Clusters');
      await row(/Quorum.*2 of 3 voters, can lose 0/).waitFor({ timeout: 40_000 });
      await row(new RegExp(`${after}.*etcd leader`)).waitFor();
      await row(new RegExp(`${before}.*does not answer`)).waitFor();
      await workbench.shot('lab-leader-off');
    } finally {
      lab.on(before);
      await lab.healthy();
    }
  });

  test('after a power cut of the holder a refresh shows where the address went', async () => {
    await lab.off('lb1');
    try {
      await until('lb2 has the address', () => lab.holders().join() === 'lb2', 20);
      await workbench.command('Refresh Clusters');
      await row(new RegExp(`${virtualAddress.replaceAll('.', '\\.')}.*on lb2`)).waitFor({ timeout: 40_000 });
      await row(/lb1.*does not answer/).waitFor();
      assert.deepEqual(lab.holders(), ['lb2']);
      await workbench.shot('lab-power-cut');
    } finally {
      lab.on('lb1');
      await lab.healthy();
    }
  });
});
