import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { commandLine } from '../../src/base/shell';
import { removePeer } from '../../src/ops/commands/etcd-peer';
import { PracticeClock } from '../../src/run/practice/practice-clock';
import { CliWorld } from '../support/cli-world';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('VS Code and the command line on the same clusters', { skip: workbenchMissing }, () => {
  let world: CliWorld;
  let kubeadm: CliWorld;
  let workbench: Workbench;
  let good = '';

  before(async () => {
    const { now, sleep } = new PracticeClock(5);
    world = await CliWorld.make('127.77.8', now, { sleep });
    kubeadm = await CliWorld.make('127.77.9', now, { sleep, distribution: 'kubeadm' });
    cpSync(kubeadm.folder, join(world.folder, 'second'), { recursive: true });
    appendFileSync(world.knownHosts, kubeadm.server.knownHosts);
    workbench = await startWorkbench(world.folder, { home: world.home });
    good = readFileSync(file(), 'utf8');
    await workbench.page.locator('.activitybar [aria-label^="Haven"]').first().click();
    await row(/^practice(?!-).*3 of 3 voters/).waitFor();
    await workbench.shot('beside-cli');
  });
  after(async () => {
    await workbench?.stop();
    await world?.close();
    await kubeadm?.close();
  });

  const row: Workbench['row'] = (words) => workbench.row(words);
  const toast: Workbench['toast'] = (words) => workbench.toast(words);
  const item: Workbench['item'] = (words) => workbench.item(words);
  const cluster = /^practice(?!-)/;
  const agree = (button: string) =>
    workbench.page.locator('.monaco-dialog-box .monaco-button', { hasText: button }).first().click();
  const file = () => join(world.folder, 'lb/haproxy.cfg');
  const haproxyOf = (name: string) => world.machine(name).files.text('/etc/haproxy/haproxy.cfg');
  const change = (maxconn: number) => {
    const text = good.replace('maxconn 4096', `maxconn ${maxconn}`);
    writeFileSync(file(), text);
    return text;
  };

  test('a run that the command line began and did not end goes on in the editor', async () => {
    const changed = change(8192);
    const child = world.start([
      'run',
      'push',
      '--in',
      world.folder,
      '--cluster',
      'practice',
      '--yes',
      '--format',
      'json',
    ]);
    await new Promise<void>((resolve, reject) => {
      let told = '';
      child.once('close', () => reject(new Error(`it ended before it was killed: ${told}`)));
      child.stdout?.on('data', (chunk: Buffer) => {
        told += chunk;
        if (/"step":"stage-[^"]+@lb1"/.test(told)) resolve();
      });
    });
    child.kill('SIGKILL');
    assert.deepEqual([haproxyOf('lb2'), haproxyOf('lb1')], [changed, good]);
    await workbench.command('Resume or Undo an Operation');
    await item('Push').click();
    await item('Resume').click();
    // The command line has kept the new file on lb2 already: about that nobody is asked again.
    const asked = (host: string) =>
      workbench.page.locator('.quick-input-widget:visible', { hasText: `${host} runs with the new files` });
    await asked('lb1').or(asked('lb2')).first().waitFor();
    assert.equal(await asked('lb2').count(), 0);
    await item('Keep it so').click();
    await toast(/Done: Push/).waitFor();
    assert.equal(haproxyOf('lb1'), changed);
  });

  test('a server is upgraded with a program of this machine', async () => {
    const program = join(world.home, 'k3s-next');
    writeFileSync(program, "#!/bin/sh\necho 'k3s version v1.34.2+k3s1 (practice)'\n");
    await workbench.menu(/^cp2.*127\.77\.8\./, 'Upgrade');
    await workbench.answer(/to which release/, 'v1.34.2+k3s1');
    await item('From this machine').click();
    await workbench.saveAs(program, /^\//);
    await item('Pods go on running').click();
    await agree('Upgrade');
    await toast(/Done: Upgrade cp2 to v1\.34\.2\+k3s1/).waitFor();
    assert.match(world.machine('cp2').files.text('/usr/local/bin/k3s'), /v1\.34\.2/);
  });

  test('a backup is collected into a folder', async () => {
    const folder = join(world.home, 'backups');
    mkdirSync(folder);
    await workbench.menu(cluster, 'Collect Backup');
    await item('Without files of tokens and private keys').click();
    await workbench.saveAs(folder, /^\//);
    // A folder that is typed is gone into; what is taken then is the folder itself.
    const dialog = workbench.page.locator('.monaco-dialog-box', { hasText: 'Collect a backup' });
    const take = workbench.page.locator('.quick-input-widget:visible .monaco-button', { hasText: 'OK' });
    await dialog.or(take).first().waitFor();
    if (await take.isVisible()) await take.click({ timeout: 8000 }).catch(() => undefined);
    await agree('Collect');
    await toast(`The backup lies in ${folder}/practice-`).waitFor();
    const [name = ''] = readdirSync(folder);
    assert.ok(['README.md', 'SHA256SUMS', 'snapshot'].every((each) => readdirSync(join(folder, name)).includes(each)));
  });

  test('a control plane of kubeadm whose member was taken out is a member again', async () => {
    const { address } = kubeadm.machine('cp3');
    const taken = await kubeadm.machine('cp1').exec(commandLine(removePeer('kubeadm', address).argv.map(String)));
    assert.equal(taken.code, 0, taken.stderr);
    await workbench.command('Refresh Clusters');
    await row(/practice-kubeadm.*2 of 2 voters/).waitFor();
    await workbench.menu(/practice-kubeadm/, 'Add etcd Member Again');
    await item('cp3').click();
    await agree('Add Again');
    await toast('cp3 votes in etcd again').waitFor({ timeout: 120_000 });
    await row(/practice-kubeadm.*3 of 3 voters/).waitFor();
  });
});
