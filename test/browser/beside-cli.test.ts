import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { commandLine } from '../../src/base/shell';
import { removePeer } from '../../src/ops/commands/etcd-peer';
import { authorityFiles } from '../../src/ops/restore/new-kubeadm-facts';
import { PracticeClock } from '../../src/run/practice/practice-clock';
import { CliWorld } from '../support/cli-world';
import { emptyK3sMachine, k3sInstaller } from '../support/k3s-disaster';
import { emptyMachine } from '../support/kubeadm-disaster';
import { startWorkbench, type Workbench, workbenchMissing } from '../support/workbench';

describe('VS Code and the command line on the same clusters', { skip: workbenchMissing }, () => {
  let world: CliWorld;
  let kubeadm: CliWorld;
  let workbench: Workbench;
  let good = '';
  const clock = new PracticeClock(5);

  before(async () => {
    const { now, sleep } = clock;
    world = await CliWorld.make('127.77.8', now, { sleep });
    kubeadm = await CliWorld.make('127.77.9', now, { sleep, distribution: 'kubeadm' });
    cpSync(kubeadm.folder, join(world.folder, 'second'), { recursive: true });
    appendFileSync(world.knownHosts, kubeadm.server.knownHosts);
    workbench = await startWorkbench(world.folder, { home: world.home });
    good = readFileSync(file(), 'utf8');
    await workbench.page.locator('.activitybar [aria-label^="Haven"]').first().click();
    await row(/Quorum.*3 of 3 voters/).waitFor();
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
  /** A folder that is typed is gone into; what is taken then is the folder itself. */
  const takeFolder = async (next: Locator, button: string) => {
    const take = workbench.page.locator('.quick-input-widget:visible .monaco-button', { hasText: button });
    await next.or(take).first().waitFor();
    if (await take.isVisible()) await take.click({ timeout: 8000 }).catch(() => undefined);
  };
  const question = (hasText: string | RegExp) => workbench.page.locator('.quick-input-widget:visible', { hasText });
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

  test('a yes that comes after the node went back by itself keeps nothing', async () => {
    const before = haproxyOf('lb2');
    change(6000);
    await workbench.menu(cluster, 'Push Configuration');
    await item('lb/haproxy.cfg').click();
    await agree('Push');
    await question('lb2 runs with the new files').waitFor();
    assert.notEqual(haproxyOf('lb2'), before);
    clock.pace = 100;
    for (let left = 300; left > 0 && haproxyOf('lb2') !== before; left--) {
      await workbench.page.waitForTimeout(100);
      await world.practice.settle();
    }
    clock.pace = 20;
    assert.equal(haproxyOf('lb2'), before);
    await item('Keep it so').click();
    await toast(/taken back/)
      .waitFor({ timeout: 30000 })
      .catch(() => undefined);
    await workbench.shot('late-yes');
    assert.deepEqual([haproxyOf('lb2'), haproxyOf('lb1')], [before, before]);
  });

  test('snapshots go into S3, and its keys stand in no journal', async () => {
    await workbench.menu(cluster, 'Schedule Snapshots');
    await item('As now, and in S3').click();
    await workbench.answer('Endpoint of S3', 's3.example.com');
    await workbench.answer(/Bucket/, 'snapshots');
    await workbench.answer('Folder in the bucket', 'editor');
    await workbench.answer('Region', '');
    await workbench.answer('Access key', 'practice-access-key');
    await workbench.answer('Secret key', 'practice-secret-key');
    await workbench.page.locator('.monaco-dialog-box').waitFor();
    await workbench.shot('s3-plan');
    await agree('Change');
    await toast(/Done: Change where snapshots of practice go in S3/).waitFor();
    assert.ok([...world.practice.objects.keys()].some((each) => each.startsWith('snapshots/editor/')));
    const runs = join(world.stateFolder, 'runs');
    const journals = readdirSync(runs).map((each) => readFileSync(join(runs, each), 'utf8'));
    assert.ok(journals.some((each) => each.includes('s3.example.com')));
    assert.ok(journals.every((each) => !each.includes('practice-secret-key')));
  });

  test('the certificates of a server are renewed', async () => {
    const served = () => world.machine('cp3').files.text('/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt');
    const before = served();
    await workbench.menu(/^cp3.*127\.77\.8\./, 'Renew Certificates');
    await agree('Renew');
    await toast('The certificates are renewed and in use.').waitFor();
    assert.notEqual(served(), before);
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
    await takeFolder(workbench.page.locator('.monaco-dialog-box', { hasText: 'Collect a backup' }), 'OK');
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
    await row(/Quorum.*2 of 2 voters/).waitFor();
    await workbench.menu(/practice-kubeadm/, 'Add etcd Member Again');
    await item('cp3').click();
    await agree('Add Again');
    await toast('cp3 votes in etcd again').waitFor({ timeout: 120_000 });
    await workbench
      .rows(/Quorum.*3 of 3 voters/)
      .nth(1)
      .waitFor();
  });

  const marker = '/registry/configmaps/default/marker';

  test('k3s comes back on new machines from a snapshot of this one and its token', async () => {
    clock.pace = 40;
    const at = (name: string) => join(world.home, name);
    const { files } = world.machine('cp1');
    world.practice.anyStore()?.put(marker, 'before');
    await world.machine('cp1').exec('k3s etcd-snapshot save --name keep');
    const folder = '/var/lib/rancher/k3s/server/db/snapshots';
    const name = files.list(folder).find((each) => each.startsWith('keep')) ?? '';
    writeFileSync(at('keep'), files.read(`${folder}/${name}`));
    writeFileSync(at('k3s'), 'k3s v1.34.1+k3s1\n');
    writeFileSync(at('install.sh'), k3sInstaller);
    for (const each of ['cp1', 'cp2', 'cp3']) emptyK3sMachine(world.machine(each));
    await workbench.menu(cluster, 'Restore Snapshot');
    await item('A file on this machine').click();
    await workbench.saveAs(at('keep'), /\/$/);
    await question('How does k3s get onto cp1, cp2, cp3?').waitFor();
    await item('From this machine').click();
    await workbench.saveAs(at('k3s'), /\/$/);
    await workbench.saveAs(at('install.sh'), /\/$/);
    await workbench.answer('Which release of k3s?', 'v1.34.1+k3s1');
    await workbench.answer('The server token of the snapshot', 'practice-token-0123456789');
    await question(/Type the name of the cluster/).waitFor();
    await workbench.shot('new-machines-k3s');
    await workbench.answer(/Type the name of the cluster/, 'practice');
    await toast('practice is restored from').waitFor({ timeout: 240_000 });
    await world.practice.settle();
    assert.equal(world.practice.anyStore()?.get(marker), 'before');
  });

  test('kubeadm comes back on new machines from a snapshot and the folder of its keys', async () => {
    const at = (name: string) => join(kubeadm.home, name);
    kubeadm.practice.anyStore()?.put(marker, 'before');
    const saved = await kubeadm.run(['run', 'snapshot', '--name', 'keep', '--yes', '--in', kubeadm.folder]);
    assert.equal(saved.code, 0, saved.stdout + saved.stderr);
    const servers = ['cp1', 'cp2', 'cp3'].map((each) => kubeadm.machine(each));
    const path = '/var/lib/haven/snapshots/keep';
    writeFileSync(at('keep'), servers.find((each) => each.files.has(path))?.files.read(path) ?? '');
    for (const name of authorityFiles) {
      const key = join(at('backup'), 'cp1/etc/kubernetes/pki', name);
      mkdirSync(dirname(key), { recursive: true });
      writeFileSync(key, kubeadm.machine('cp1').files.read(`/etc/kubernetes/pki/${name}`));
    }
    for (const each of servers) emptyMachine(each);
    await workbench.menu(/practice-kubeadm/, 'Restore Snapshot');
    await item('A file on this machine').click();
    await workbench.saveAs(at('keep'), /\/$/);
    await workbench.saveAs(at('backup'), /\/$/);
    await takeFolder(question(/Type the name of the cluster/), 'Take These Keys');
    await question(/Type the name of the cluster/).waitFor();
    await workbench.shot('new-machines-kubeadm');
    await workbench.answer(/Type the name of the cluster/, 'practice-kubeadm');
    await toast('practice-kubeadm is restored from').waitFor({ timeout: 240_000 });
    await kubeadm.practice.settle();
    assert.equal(kubeadm.practice.anyStore()?.get(marker), 'before');
  });
});
