import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

const haproxy = `global
log stdout local0
defaults
mode tcp
timeout connect 5s
timeout client 4h
timeout server 4h
frontend api
bind *:6443
default_backend servers
backend servers
server cp1 192.168.1.10:6443 check
server cp2 192.168.1.11:6443 check
`;

const keepalived = `vrrp_script proxy {
script "/usr/bin/pgrep -x haproxy"
weight -20
}
vrrp_instance API {
state BACKUP
interface eth0
virtual_router_id 61
priority 110
virtual_ipaddress {
192.168.1.100/24
}
track_script {
proxy
}
}
`;

describe('the editor features in VS Code', { skip: workbenchMissing }, () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-features-'));
    writeFileSync(join(folder, 'haproxy.cfg'), haproxy);
    writeFileSync(join(folder, 'keepalived.conf'), keepalived);
    workbench = await startWorkbench(folder);
  });
  after(async () => {
    await workbench?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What VS Code says of the word under the cursor: the type that Haven gave it. */
  async function semanticType(): Promise<string> {
    const { page } = workbench;
    await workbench.builtIn('Developer: Inspect Editor Tokens and Scopes');
    const widget = page.locator('.token-inspect-widget');
    await widget.locator('td', { hasText: 'semantic token type' }).waitFor();
    const row = widget.locator('tr', { hasText: 'semantic token type' });
    const type = (await row.locator('td').last().textContent()) ?? '';
    await page.keyboard.press('Escape');
    return type;
  }

  async function rename(newName: string): Promise<void> {
    const { page } = workbench;
    await workbench.press('F2', page.locator('.rename-box input:focus'));
    await page.keyboard.press('Control+A');
    await page.keyboard.type(newName);
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: newName }).first().waitFor();
  }

  const at = (place: string) => workbench.page.locator('.statusbar-item', { hasText: place }).first();
  const hint = (text: RegExp) => workbench.page.locator('.view-line', { hasText: text }).first();

  test('an HAProxy file is formatted, coloured, annotated, followed and renamed', async () => {
    const { page } = workbench;
    await workbench.open('haproxy.cfg');
    await hint(/api.*inherits\smode\stcp,\sclient\s4h/).waitFor({ timeout: 30_000 });
    await workbench.builtIn('Format Document');
    await page.locator('.view-line', { hasText: /^\s+default_backend/ }).waitFor();
    const text = await workbench.shownText();
    assert.match(text, /^global\n {4}log stdout local0\ndefaults\n {4}mode tcp\n/);
    assert.match(text, /\n {4}bind \*:6443\n {4}default_backend servers\nbackend servers/);

    await workbench.goTo(10, 22);
    assert.equal(await semanticType(), 'variable');
    await workbench.press('F12', at('Ln 11, Col 9'));
    assert.equal(await semanticType(), 'class');
    await rename('control-planes');
    await page.locator('.view-line', { hasText: /default_backend.control-planes/ }).waitFor();
    await page.locator('.view-line', { hasText: /^backend.control-planes/ }).waitFor();
    await workbench.shot('haproxy-features');
  });

  test('a keepalived file is formatted, coloured, annotated, followed and renamed', async () => {
    const { page } = workbench;
    await workbench.open('keepalived.conf');
    await hint(/110.*effective\s90\sto\s110/).waitFor({ timeout: 30_000 });
    await workbench.builtIn('Format Document');
    await page.locator('.view-line', { hasText: /^\s+priority/ }).waitFor();
    const text = await workbench.shownText();
    assert.match(text, /^vrrp_script proxy \{\n {4}script "/);
    assert.match(text, /\n {4}track_script \{\n {8}proxy\n {4}\}\n\}/);

    await workbench.goTo(14, 9);
    assert.equal(await semanticType(), 'variable');
    await workbench.press('F12', at('Ln 1, Col 13'));
    await rename('haproxy-runs');
    await page.locator('.view-line', { hasText: /^vrrp_script.haproxy-runs/ }).waitFor();
    await page.locator('.view-line', { hasText: /^\s+haproxy-runs/ }).waitFor();
    await workbench.shot('keepalived-features');
  });

  test('names of both files are found in the workspace, and words are completed', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+T');
    await page.keyboard.type('cp');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'cp2' }).first().waitFor();
    await workbench.shot('symbols');
    await page.keyboard.press('Escape');
    await workbench.goTo(9, 17);
    await page.keyboard.press('Enter');
    await page.keyboard.type('nopr');
    await page.locator('.suggest-widget .monaco-list-row', { hasText: 'nopreempt' }).first().waitFor();
    await workbench.shot('completion');
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: /^\s+nopreempt/ }).waitFor();
  });
});
