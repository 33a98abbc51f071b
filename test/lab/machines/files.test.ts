import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { backupRows, planBackup } from '../../../src/ops/backup';
import { certificateRows, missingNames, planRenewCertificates } from '../../../src/ops/certificates';
import { planRolling } from '../../../src/ops/rolling';
import { sealBackup } from '../../../src/run/seal-backup';
import { apiServerNames, makeCertificate } from '../support/certificates';
import { configFiles } from '../support/configuration';
import { Lab } from '../support/lab';
import { folderOf, virtualAddress } from '../support/layout';
import { Operator } from '../support/operator';
import { labMissing } from '../support/suite';

const haproxy = '/etc/haproxy/haproxy.cfg';

describe('files and certificates of real machines', { skip: labMissing('machines') }, () => {
  let lab: Lab;
  let operator: Operator;
  let work: string;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab, configFiles(lab));
    work = mkdtempSync(join(tmpdir(), 'haven-lab-'));
    await lab.healthy();
  });
  after(() => {
    operator?.close();
    if (work !== undefined) rmSync(work, { recursive: true });
  });

  test('a backup holds every file of every node, sha256sum agrees, and it tells what differs', async () => {
    lab.tell('lb2', `echo '# by hand' >>${haproxy}`);
    try {
      const folder = join(work, 'whole');
      const survey = await operator.survey(false);
      const plan = planBackup(await operator.gather(), survey, { folder, secrets: false });
      assert.deepEqual(plan.blockers, []);
      const result = await operator.run(plan);
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      for (const name of ['lb1', 'lb2']) {
        const copy = join(folder, name, haproxy);
        assert.deepEqual(readFileSync(copy), lab.read(name, haproxy));
        assert.equal(statSync(copy).mode & 0o777, 0o600);
      }
      assert.ok(!existsSync(join(folder, 'cp1/etc/kubernetes/pki')), 'no keys unless they are asked for');
      const drift = await operator.drift();
      const rows = backupRows(
        survey,
        drift.map((each) => each.target),
        (file) => execFileSync('sha256sum', [join(operator.folder, file)], { encoding: 'utf8' }).slice(0, 64),
      );
      const standing = (host: string, path: string) =>
        rows.find((each) => each.host === host && each.path === path)?.standing;
      assert.equal(standing('lb1', haproxy), 'same');
      assert.equal(standing('lb2', haproxy), 'differs');
      assert.equal(standing('lb1', '/etc/keepalived/keepalived.conf'), 'same');
      assert.deepEqual((await sealBackup(plan, { distribution: 'kubeadm' }, render))?.problems, []);
      const checked = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' });
      assert.match(checked, /lb2\/etc\/haproxy\/haproxy\.cfg: OK/);
    } finally {
      lab.tell('lb2', `sed -i '/^# by hand$/d' ${haproxy}`);
    }
  });

  test('keys are in a backup that asks for them, also when the editor dies and a cable is pulled on the way', async () => {
    const folder = join(work, 'secrets');
    const survey = await operator.survey(true);
    const plan = planBackup(await operator.gather(), survey, { folder, secrets: true });
    const at = 'copy-/etc/kubernetes/pki/etcd/ca.key@cp2';
    assert.ok(plan.steps.some((each) => each.id === at));
    assert.equal((await operator.run(plan, { dieAt: at })).broke, true);
    const result = await operator.run(plan, {
      earlier: { record: await operator.lastRun(), act: 'resume' },
      onStep: (step) => {
        if (step.id !== 'copy-/etc/kubernetes/pki/etcd/ca.key@cp3') return;
        lab.unplug('cp3');
        setTimeout(() => lab.plug('cp3'), 4000);
      },
    });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    const sums = [...survey].flatMap(([host, files]) => files.map((each) => `${each.sha256}  ${host}${each.path}\n`));
    writeFileSync(join(folder, 'sums-of-the-nodes'), sums.join(''));
    execFileSync('sha256sum', ['--quiet', '-c', 'sums-of-the-nodes'], { cwd: folder });
    assert.ok(sums.some((each) => each.includes('cp3/etc/kubernetes/pki/ca.key')));
  });

  test('a node without power is missing from the backup, and the plan says so', async () => {
    await lab.off('w1');
    try {
      const survey = await operator.survey(false);
      const plan = planBackup(await operator.gather(), survey, { folder: join(work, 'part'), secrets: false });
      assert.deepEqual(
        plan.warnings.map((each) => each.host),
        ['w1'],
      );
      assert.equal((await operator.run(plan)).outcome, 'done');
    } finally {
      lab.on('w1');
      await lab.answers(60);
    }
  });

  test('drift: what was changed by hand, what is missing, and what could not be seen', async () => {
    const states = async () =>
      Object.fromEntries((await operator.drift()).map(({ target, state }) => [`${target.file}@${target.host}`, state]));
    const same = {
      'lb/haproxy.cfg@lb1': 'same',
      'lb/haproxy.cfg@lb2': 'same',
      'lb/keepalived-lb1.conf@lb1': 'same',
      'lb/keepalived-lb2.conf@lb2': 'same',
    };
    assert.deepEqual(await states(), same);
    lab.tell('lb1', `echo '# by hand' >>${haproxy}; mv /etc/keepalived/keepalived.conf /etc/keepalived/away`);
    lab.unplug('lb2');
    try {
      assert.deepEqual(await states(), {
        'lb/haproxy.cfg@lb1': 'differs',
        'lb/haproxy.cfg@lb2': 'not-seen',
        'lb/keepalived-lb1.conf@lb1': 'missing',
        'lb/keepalived-lb2.conf@lb2': 'not-seen',
      });
    } finally {
      lab.plug('lb2');
      lab.tell('lb1', `sed -i '/^# by hand$/d' ${haproxy}; mv /etc/keepalived/away /etc/keepalived/keepalived.conf`);
      await lab.healthy();
    }
    assert.deepEqual(await states(), same);
  });

  test('certificates: days, names, and the one that the port shows, which can be another than that of the file', async () => {
    const shownBefore = (await operator.certificates())
      .get('cp2')
      ?.served.find((each) => each.endpoint.endsWith(':6443'));
    assert.deepEqual(missingNames([virtualAddress, 'k8s-api.lab'], shownBefore?.names ?? []), []);
    const pki = join(folderOf('cp2'), 'root/etc/kubernetes/pki');
    const keep = ['crt', 'key'].map((ending) => [ending, readFileSync(join(pki, `apiserver.${ending}`))] as const);
    // A file that nobody has read yet: it has ended, and lacks the virtual address.
    makeCertificate(join(pki, 'apiserver'), {
      authority: 'ca',
      subject: '/CN=kube-apiserver',
      usage: 'serverAuth',
      names: apiServerNames(lab.machine('cp2')).replace(`,IP:${virtualAddress}`, ''),
      days: -1.5,
    });
    try {
      const facts = await operator.certificates();
      const [first] = certificateRows(facts, Date.now());
      assert.deepEqual([first?.host, first?.place, first?.daysLeft], ['cp2', '/etc/kubernetes/pki/apiserver.crt', -2]);
      assert.deepEqual(missingNames([virtualAddress, 'k8s-api.lab'], first?.names ?? []), [virtualAddress]);
      const shown = facts.get('cp2')?.served.find((each) => each.endpoint.endsWith(':6443'));
      assert.equal(shown?.serial, shownBefore?.serial);
      assert.ok(facts.get('cp2')?.served.some((each) => each.endpoint.endsWith(':2379')));
    } finally {
      for (const [ending, bytes] of keep) writeFileSync(join(pki, `apiserver.${ending}`), bytes);
    }
  });

  test('certificates are not renewed, and nothing restarts, where nobody could see whether it worked', async () => {
    const renewal = planRenewCertificates(await operator.gather(), new Map(), { stamp: 'none', hosts: ['cp2'] });
    assert.match(renewal.blockers.map((each) => render(each.message)).join(), /could not be read/);
    assert.deepEqual(renewal.steps, []);
    const restart = planRolling(await operator.gather(), {
      stamp: 'none',
      hosts: ['cp1', 'cp2', 'cp3'],
      nodes: await operator.kubeNodes(),
      drain: false,
    });
    assert.match(restart.blockers.map((each) => render(each.message)).join(), /did not list its Nodes/);
    assert.deepEqual(restart.steps, []);
  });
});
