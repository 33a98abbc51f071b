import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('pushing files in VS Code, on the practice cluster', { skip: workbenchMissing }, () => {
  let folder: string;
  let workbench: Workbench;
  let good = '';

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-browser-'));
    cpSync('examples/lb', join(folder, 'lb'), { recursive: true });
    workbench = await startWorkbench(folder);
    await workbench.command('Start Practice Cluster');
    await row(/Quorum.*3 of 3 voters/).waitFor();
    good = readFileSync(file(), 'utf8');
  });
  after(async () => {
    await workbench?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const row: Workbench['row'] = (words) => workbench.row(words);
  const toast: Workbench['toast'] = (words) => workbench.toast(words);
  const item: Workbench['item'] = (words) => workbench.item(words);
  const dialog = (hasText: string | RegExp) => workbench.page.locator('.monaco-dialog-box', { hasText });
  const file = () => join(workbench.storage, 'practice/lb/haproxy.cfg');
  /** Another program than the editor writes the file of the practice cluster; then the file is pushed. */
  const push = async (text: string) => {
    writeFileSync(file(), text);
    await workbench.page.keyboard.press('Escape');
    await workbench.command('Push Configuration');
    await item('lb/haproxy.cfg').click();
  };

  const checkOnLb1 = async () => {
    await workbench.command('Check with haproxy -c, keepalived -t or nginx -t');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'lb1' }).first().click();
  };

  test('a file in which the editor finds an error reaches no node', async () => {
    await push(`${good}\nfrontent x\n`);
    await toast(/Haven finds 1 errors in lb\/haproxy\.cfg/).waitFor();
    await workbench.shot('push-blocked-by-the-editor');
    assert.match(await workbench.shownText(), /It cannot begin/);
  });

  test('a file that the editor was told to pass over is refused by the node before anything is replaced', async () => {
    await push(`${good}\n# haven-ignore: haproxy/unknown-keyword\nfrontent x\n`);
    await dialog(/Push 2 files to lb2, lb1/).waitFor();
    await workbench.shot('push-plan');
    await dialog(/Push 2 files/)
      .locator('.monaco-button', { hasText: 'Push' })
      .first()
      .click();
    await toast(/It failed and was taken back.*unknown keyword/).waitFor();
    await workbench.shot('push-refused-by-the-node');
  });

  test('a good change is seen as drift, pushed to one node after another, and kept when the operator says so', async () => {
    const { page, shot } = workbench;
    const changed = good.replace('maxconn 4096', 'maxconn 8192');
    assert.notEqual(changed, good);
    writeFileSync(file(), changed);
    await page.keyboard.press('Escape');
    await workbench.command('Show Drift');
    await item(/lb\/haproxy\.cfg.*lb1:/).waitFor();
    await shot('drift');
    await item(/lb\/haproxy\.cfg.*lb1:/).click();
    await page.locator('.diff-editor, .monaco-diff-editor').first().waitFor();
    await shot('drift-difference');
    await push(changed);
    await dialog(/Push 2 files to lb2, lb1/)
      .locator('.monaco-button', { hasText: 'Push' })
      .first()
      .click();
    for (const host of ['lb2', 'lb1']) {
      await page.locator('.quick-input-widget:visible', { hasText: `${host} runs with the new files` }).waitFor();
      await shot(`push-question-${host}`);
      await item('Keep it so').click();
    }
    await toast(/The nodes run with the files of this folder/).waitFor();
    await shot('push-done');
    await workbench.command('Show Drift');
    await toast(/Every file of practice is on its nodes as it is here/).waitFor();
    await workbench.expand('Configurations', /lb\/haproxy\.cfg.*lb1 · as it is here/);
    await row(/lb\/haproxy\.cfg.*lb2 · as it is here/).waitFor();
    await shot('configurations');
    writeFileSync(file(), good);
    await workbench.command('Refresh Clusters');
    await row(/lb\/haproxy\.cfg.*lb2 · differs/).waitFor();
    writeFileSync(file(), changed);
  });

  test('the address is moved on purpose, and the report compares the time with the prediction', async () => {
    const { page, shot } = workbench;
    await workbench.command('Failover Drill');
    await item('keepalived is stopped').click();
    await dialog(/Move 127\.77\.1\.100 away from lb1 and back/).waitFor();
    await shot('drill-plan');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Begin the Drill' }).click();
    await toast(/moved and is back where it was/).waitFor({ timeout: 60_000 });
    await page.locator('.view-line', { hasText: 'from cp1: no answer for' }).first().waitFor();
    await shot('drill-report');
    assert.match(await workbench.shownText(), /the simulator said 0\.4 to 0\.6 s/);
  });

  test('the menu of a node offers what can be done with it', async () => {
    const { page, shot } = workbench;
    const offered = page.locator('.context-view .action-label', { hasText: 'Push Configuration' });
    // A tree that is drawn anew at that moment closes the menu again.
    for (let left = 5; left > 0 && !(await offered.isVisible()); left--) {
      await row(/^lb1|lb1.*127\.77\.1\.8/).click({ button: 'right' });
      await offered.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    await offered.waitFor();
    await shot('node-menu');
    assert.equal(await page.locator('.context-view .action-label', { hasText: 'Remove Node' }).count(), 0);
    await page.keyboard.press('Escape');
    await workbench.command('Show Certificates');
    await page.locator('.view-line', { hasText: 'Days left' }).first().waitFor();
    await shot('certificates');
  });

  test('a name that the files ask for and the served certificate lacks is marked until the file changes', async () => {
    const { page, shot } = workbench;
    const path = join(workbench.storage, 'practice/k3s/cp1.yaml');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replace('tls-san:\n', 'tls-san:\n  - new.example.com\n'));
    await workbench.open(path);
    await workbench.command('Show Certificates');
    await page.locator('.tab.active', { hasText: 'certificates' }).waitFor();
    await workbench.open(path);
    await workbench.builtIn('Problems: Focus on Problems View');
    const problem = page.locator('.markers-panel .monaco-list-row', {
      hasText: 'the certificate that cp1 serves does not have "new.example.com": push this file there and restart k3s',
    });
    await problem.waitFor();
    assert.match((await problem.textContent()) ?? '', /haven · cp1/);
    await shot('certificate-lacks-a-name');
    await problem.click();
    await page.keyboard.press('Enter');
    await page.keyboard.type('x');
    await problem.waitFor({ state: 'detached' });
    await workbench.builtIn('File: Revert File');
  });

  test('accepted: the release is told', async () => {
    await workbench.open(join(workbench.storage, 'practice/lb/haproxy.cfg'));
    await checkOnLb1();
    await toast(/haproxy -c on lb1 accepts this file.*HAProxy version 2\.6/).waitFor();
  });

  test('refused: its words stand at the line, unsaved text included, until the text changes', async () => {
    const { page, shot } = workbench;
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('nonsense here');
    await page.keyboard.press('Enter');
    await checkOnLb1();
    await toast(/haproxy -c on lb1 refuses this file/).waitFor();
    await page.locator('.monaco-button', { hasText: 'Show Problems' }).click();
    const said = page.locator('.markers-panel .monaco-list-row', { hasText: 'haproxy -c · lb1' });
    await said.first().waitFor();
    await shot('checked-on-lb1');
    const text = (await said.allTextContents()).join('\n');
    assert.match(text, /unknown keyword 'nonsense'.*\[Ln 1, /);
    await page.locator('.monaco-editor .view-lines').first().click();
    await page.keyboard.type('#');
    await said.first().waitFor({ state: 'detached' });
  });
});
