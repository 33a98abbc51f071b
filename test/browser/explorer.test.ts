import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type PlayedSshd, startPlayedNode } from '../support/played-node';
import { me, sshdMissing } from '../support/sshd';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

const skip = workbenchMissing || sshdMissing;

/** The example cluster, played by an SSH server for each node but cp3, which is down. */
const played = [
  { name: 'cp1', address: '192.168.1.10', units: { k3s: 'active' }, etcd: { leader: false } },
  { name: 'cp2', address: '192.168.1.11', units: { k3s: 'active' }, etcd: { leader: true } },
  { name: 'lb1', address: '192.168.1.8', vip: '192.168.1.100', units: { haproxy: 'active', keepalived: 'active' } },
  { name: 'lb2', address: '192.168.1.9', units: { haproxy: 'failed', keepalived: 'active' } },
] as const;

describe('the explorer over SSH', { skip }, () => {
  let work: string;
  let workbench: Workbench;
  let page: Page;
  const nodes: PlayedSshd[] = [];

  before(async () => {
    work = mkdtempSync(join(tmpdir(), 'haven-explorer-'));
    cpSync('examples', join(work, 'example'), { recursive: true });
    mkdirSync(join(work, 'home/.ssh'), { recursive: true, mode: 0o700 });
    const lines: string[] = [];
    for (const each of played) {
      const sshd = await startPlayedNode(each);
      nodes.push(sshd);
      lines.push(
        `Host ${each.address}\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  HostKeyAlias ${each.name}\n  IdentityFile ${sshd.clientKey}`,
      );
    }
    lines.push('Host 192.168.1.12\n  HostName 127.0.0.1\n  Port 1');
    writeFileSync(join(work, 'home/.ssh/config'), `${lines.join('\n')}\n`);
    // All but lb2 are known already; lb2 has to be asked about.
    writeFileSync(
      join(work, 'home/.ssh/known_hosts'),
      played
        .slice(0, 3)
        .map((each, i) => `${each.name} ${nodes[i]?.hostKey}\n`)
        .join(''),
    );
    const inventory = join(work, 'example/haven.yaml');
    writeFileSync(inventory, readFileSync(inventory, 'utf8').replace('user: ops', `user: ${me}`));
    workbench = await startWorkbench(join(work, 'example'), {
      home: join(work, 'home'),
      settings: process.env.HAVEN_THEME === undefined ? {} : { 'workbench.colorTheme': process.env.HAVEN_THEME },
    });
    page = workbench.page;
  });
  after(async () => {
    await workbench?.stop();
    for (const each of nodes) await each.stop();
    rmSync(work, { recursive: true, force: true });
  });

  const row = (text: string | RegExp) => page.locator('.pane-body .monaco-list-row', { hasText: text }).first();

  test('an unknown host key is asked about, with its fingerprint', async () => {
    await page.locator('.activitybar [aria-label^="Haven"]').first().click();
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await workbench.shot('host-key');
    assert.equal(await row(/quorum lost|held by no node/).count(), 0);
    const text = (await dialog.textContent()) ?? '';
    assert.match(text, /lb2/);
    assert.match(text, /SHA256:[A-Za-z0-9+/]{43}/);
    assert.doesNotMatch(text, /cp1|cp2|lb1/);
    await dialog.getByRole('button', { name: 'Trust this key' }).click();
  });

  test('the tree shows who holds the address, who leads etcd, and what is down', async () => {
    await row(/lb1.*holds the virtual address/).waitFor();
    await row(/cp2.*etcd leader/).waitFor();
    await row(/cp3.*does not answer/).waitFor();
    await row(/lb2.*degraded/).waitFor();
    await row(/Quorum.*2 of 3 voters, can lose 0/).waitFor();
    await workbench.shot('explorer');
  });

  test('what a narrow view cuts off a row is in its tooltip', async () => {
    await row(/lb1.*holds the virtual address/).hover();
    await page.locator('.workbench-hover', { hasText: 'lb1 · up · holds the virtual address · 192.168.1.8' }).waitFor();
    await page.mouse.move(700, 400);
  });

  test('the status bar says the same', async () => {
    const bar = page.locator('.statusbar-item', { hasText: 'prod' });
    await bar.waitFor();
    assert.match((await bar.textContent()) ?? '', /prod · 2 of 3 voters, can lose 0 · on lb1/);
  });

  test('the panel draws the address on its holder, and what is down', async () => {
    await workbench.command('Show Cluster');
    const panel = page.frameLocator('iframe.webview').frameLocator('iframe');
    await panel.locator('[role=listitem][aria-label="192.168.1.100, on lb1"]').waitFor();
    await panel.locator('[role=listitem][aria-label^="cp2, 192.168.1.11, up, etcd leader"]').waitFor();
    await panel.locator('[role=listitem][aria-label="cp3, 192.168.1.12, does not answer"]').waitFor();
    assert.equal(await panel.locator('path.holds').count(), 1);
    await panel.locator('vscode-button:not([disabled])', { hasText: 'Refresh' }).waitFor();
    await workbench.shot('panel');
    // Half the width is what is left at a zoom of 200 %: what has no room is scrolled, not made too small to read.
    const nameHeight = async () => (await panel.locator('.name').first().boundingBox())?.height ?? 0;
    const before = await nameHeight();
    await page.setViewportSize({ width: 700, height: 450 });
    const isScrolled = () => panel.locator('.picture').evaluate((each) => each.scrollWidth > each.clientWidth);
    for (let left = 100; left > 0 && !(await isScrolled()); left--) await page.waitForTimeout(100);
    assert.ok(await isScrolled());
    assert.ok((await nameHeight()) >= 0.8 * before, `${await nameHeight()} of ${before}`);
    await workbench.shot('panel-narrow');
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  test('failures can be tried on the picture, by mouse and by keyboard, and nothing reaches a node', async () => {
    const panel = page.frameLocator('iframe.webview').frameLocator('iframe');
    // The list in which a screen reader is told what came of it has to be there before.
    const story = panel.locator('ol.story[aria-live=polite]');
    await story.evaluate((each) => each.setAttribute('data-first', ''));
    await panel.locator('vscode-button', { hasText: 'Try Failures' }).focus();
    await page.keyboard.press('Enter');
    await panel.locator('vscode-button:focus', { hasText: 'End the Simulation' }).waitFor();
    for (const next of ['vscode-button', '[data-key="192.168.1.100"]', '[data-key="lb1"]']) {
      await page.keyboard.press('Tab');
      await panel.locator(`${next}:focus`).waitFor();
    }
    // It begins with what is so: haproxy does not run on lb2, so that a failure on lb1 would move nothing.
    await panel.getByRole('button', { name: 'haproxy, lb2', pressed: true }).click();
    await panel.getByRole('button', { name: 'haproxy, lb1' }).click();
    await panel.locator('[role=listitem][aria-label^="192.168.1.100, on lb2 after"]').waitFor();
    await panel.locator('.story li', { hasText: /haproxy fails on lb1 · 192\.168\.1\.100: on lb2 after/ }).waitFor();
    await panel.locator('.story[data-first] li').first().waitFor();
    const node = panel.getByRole('button', { name: /^cp1, / });
    await node.focus();
    await page.keyboard.press('Enter');
    await panel.locator('.summary.lost', { hasText: 'quorum lost: 1 of 3 voters' }).waitFor();
    await panel.getByRole('button', { name: /^cp1, .*switched off/, pressed: true }).waitFor();
    await panel.locator('[data-key="cp1"]:focus').waitFor();
    await workbench.shot('panel-trial');
    await page.keyboard.press(' ');
    await panel.locator('.summary', { hasText: '2 of 3 voters, can lose 0' }).waitFor();
    await panel.locator('vscode-button', { hasText: 'End the Simulation' }).click();
    await panel.locator('[role=listitem][aria-label="192.168.1.100, on lb1"]').waitFor();
    assert.equal(await panel.locator('.story li').count(), 0);
  });

  test('a menu that is open while the quorum changes is still that of its row', async () => {
    nodes[1]?.hold(true);
    await workbench.command('Refresh Clusters');
    nodes[0]?.setHealth(false);
    await row(/^lb2/).click({ button: 'right' });
    const item = page.locator('.monaco-menu .action-item', { hasText: 'Show Drift' }).first();
    await item.waitFor();
    nodes[1]?.hold(false);
    await row(/Quorum.*1 of 3 voters/).waitFor();
    await workbench.shot('menu-over-refresh');
    await item.click();
    await workbench.item('lb2:').waitFor();
    assert.equal(await workbench.item('lb1:').count(), 0);
    await page.keyboard.press('Escape');
  });

  test('a node that goes away is shown so after a refresh, and the others stay', async () => {
    await nodes[1]?.stop();
    nodes[0]?.setHealth(false);
    await workbench.command('Refresh Clusters');
    await row(/Quorum.*lost: 0 of 3 voters/).waitFor();
    await row(/cp2.*does not answer/).waitFor();
    await row(/cp1.*degraded/).waitFor();
    await workbench.shot('quorum-lost');
  });
});
