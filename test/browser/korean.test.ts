import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('VS Code whose display language is Korean', { skip: workbenchMissing }, () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-korean-'));
    // Without the inventory: its nodes are nobody's here.
    cpSync('examples/lb', join(folder, 'lb'), { recursive: true });
    const path = join(folder, 'lb/haproxy.cfg');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/default_backend \S+/, 'default_backend nowhere'));
    workbench = await startWorkbench(folder, { language: 'ko' });
  });
  after(async () => {
    await workbench?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('diagnostics, hints and fixes are Korean', async () => {
    const { page } = workbench;
    await workbench.open('haproxy.cfg');
    await page.keyboard.press('Control+Shift+M');
    const problem = page.locator('.markers-panel .monaco-list-row', { hasText: 'nowhere' }).first();
    await problem.waitFor({ timeout: 30_000 });
    assert.match((await problem.textContent()) ?? '', /"nowhere"이\(가\) 없습니다/);
    await page.locator('.view-line', { hasText: /상속:/ }).first().waitFor();
    await problem.dblclick();
    await page.locator('.monaco-editor.focused').waitFor();
    const menu = await workbench.fixes();
    assert.match((await menu.textContent()) ?? '', /이 줄에서/);
    await workbench.shot('korean-editor');
    await page.keyboard.press('Escape');
  });

  test('the lens and the matrix of the failover are Korean', async () => {
    await workbench.open('keepalived-lb1.conf');
    const lens = workbench.page.locator('.codelens-decoration', { hasText: '192.168.1.100 보유 · 다음: lb2' }).first();
    await lens.click();
    const preview = workbench.page.frameLocator('iframe.webview.ready').frameLocator('iframe[title]');
    await preview.getByText('장애마다 주소가 어떻게 되는지').first().waitFor();
    await workbench.shot('failover-ko');
  });

  test('commands, the view and its rows are Korean', async () => {
    const { page } = workbench;
    const palette = page.locator('.quick-input-widget:visible input[type="text"]');
    await workbench.press('F1', palette);
    await palette.fill('>Haven:');
    await page
      .locator('.quick-input-list .monaco-list-row', { hasText: /[가-힣]/ })
      .first()
      .waitFor();
    const titles = await page.locator('.quick-input-list .monaco-list-row').allTextContents();
    await workbench.shot('korean-commands');
    await page.keyboard.press('Escape');
    const ours = titles.filter((each) => each.includes('Haven'));
    assert.ok(ours.length > 3, titles.join('\n'));
    for (const each of ours) assert.match(each, /[가-힣]/);
    await workbench.command('연습 클러스터 시작');
    const rows = page.locator('.pane-body .monaco-list-row[role=treeitem]');
    await rows
      .filter({ hasText: /127\.77\.1\.100/ })
      .first()
      .waitFor({ timeout: 30_000 });
    await rows
      .filter({ hasText: /cp1.*etcd 리더/ })
      .first()
      .waitFor();
    await workbench.shot('korean-clusters');
    const shown = await rows.allTextContents();
    assert.ok(shown.filter((each) => /[가-힣]/.test(each)).length > 4, shown.join('\n'));
  });

  test('the plan of an operation and its question are Korean', async () => {
    const { page } = workbench;
    await workbench.command('스냅샷 만들기');
    const question = page.locator('.monaco-dialog-box');
    await question.waitFor({ timeout: 30_000 });
    assert.match((await question.textContent()) ?? '', /[가-힣]/);
    const plan = (await page.locator('.editor-instance .view-lines').first().textContent()) ?? '';
    await workbench.shot('korean-plan');
    await page.keyboard.press('Escape');
    assert.match(plan, /[가-힣]/);
  });
});
