import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kubeadmRelease, nextFolder } from '../support/kubeadm';
import { Lab } from '../support/lab';
import { Operator } from '../support/operator';
import { localFile } from '../support/plans';
import { labMissing } from '../support/suite';
import { type Programs, refuseWrongReleases, upgradeInBadWeather } from '../support/upgrades';

const noNext =
  nextFolder !== undefined && existsSync(join(nextFolder, 'kubeadm'))
    ? false
    : 'HAVEN_KUBEADM_NEXT names no folder with the programs of a later patch release';

describe('an upgrade with real kubeadm', { skip: labMissing('kubeadm') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab);
    await lab.healthy(240);
  });
  after(() => operator?.close());

  /** The programs of a folder. */
  async function programs(folder: string): Promise<Programs> {
    const names = ['kubeadm', 'kubelet', 'kubectl'];
    const files = names.map(async (name) => [`/usr/bin/${name}`, await localFile(join(folder, name))] as const);
    return { release: kubeadmRelease(folder), files: new Map(await Promise.all(files)) };
  }

  test('a release that skips a minor one is refused, and programs of another release than they should be replace nothing', async () => {
    await refuseWrongReleases(lab, operator, await programs(process.env.HAVEN_KUBEADM ?? ''));
  });

  test('every node gets the next patch release, one after another; the editor dies twice and a server loses its power', {
    skip: noNext,
  }, async () => {
    const next = await programs(nextFolder ?? '');
    const plan = await upgradeInBadWeather(lab, operator, next, {
      act: 'kubeadm',
      cut: { act: 'kubeadm', afterMs: 3000 },
    });
    for (const { name } of lab.servers) {
      const manifest = lab.tell(name, 'cat /etc/kubernetes/manifests/kube-apiserver.yaml');
      assert.match(manifest, new RegExp(`:${next.release}\\b`));
    }
    const saved = plan.steps.find((each) => each.id.startsWith('save-snapshot@'))?.host ?? '';
    assert.match(lab.tell(saved, 'ls /var/lib/haven/snapshots'), /before-upgrade-lab/);
  });

  test('taken back, every node has the programs, the pods and the settings of before; the editor dies and a server loses its power', {
    skip: noNext,
  }, async () => {
    const { plan } = await operator.lastRun();
    const [first = '', second = '', third = ''] = plan.steps
      .filter((each) => each.id.startsWith('kubeadm@cp'))
      .map((each) => each.host);
    const undo = async () => ({ record: await operator.lastRun(), act: 'undo' as const });
    const broken = await operator.run(plan, { earlier: await undo(), dieAt: `manifests-back@${third}` });
    assert.equal(broken.broke, true, JSON.stringify(broken));
    let dark: Promise<void> | undefined;
    const died = await operator.run(plan, {
      earlier: await undo(),
      dieAt: `manifests-back@${first}`,
      onStep: (step) => {
        if (step.id === `restart-back@${second}`) dark ??= lab.off(second).then(() => lab.on(second));
      },
    });
    await dark;
    assert.ok(dark !== undefined, JSON.stringify(died));
    await lab.answers(120);
    const back = await operator.run(plan, { earlier: await undo() });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    await lab.healthy(300);
    const old = kubeadmRelease();
    const versions = lab.kubectl('get nodes -o jsonpath={.items[*].status.nodeInfo.kubeletVersion}').stdout.trim();
    assert.deepEqual(new Set(versions.split(' ')), new Set([old]));
    assert.ok(!lab.kubectl('get nodes').stdout.includes('SchedulingDisabled'));
    for (const { name } of lab.servers) {
      const manifest = lab.tell(name, 'cat /etc/kubernetes/manifests/kube-apiserver.yaml');
      assert.match(manifest, new RegExp(`:${old}\\b`));
      assert.equal(lab.tell(name, 'kubeadm version -o short'), old);
      assert.equal(lab.tell(name, 'ls -A /usr/bin | grep -c haven-new || true'), '0');
    }
    assert.match(lab.kubectl('-n kube-system get configmap kubeadm-config -o yaml').stdout, new RegExp(`: ${old}\\b`));
  });
});
