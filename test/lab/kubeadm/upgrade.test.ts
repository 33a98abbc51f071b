import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import type { Plan } from '../../../src/ops/plan';
import { planRolling } from '../../../src/ops/rolling';
import { kubeadmRelease, nextFolder } from '../support/kubeadm';
import { Lab } from '../support/lab';
import { Operator } from '../support/operator';
import { localFile, stamp } from '../support/plans';
import { labMissing } from '../support/suite';

const noNext =
  nextFolder !== undefined && existsSync(join(nextFolder, 'kubeadm'))
    ? false
    : 'HAVEN_KUBEADM_NEXT names no folder with the programs of a later patch release';

const programs = ['kubeadm', 'kubelet', 'kubectl'];
const hosts = ['cp1', 'cp2', 'cp3', 'w1'];

describe('an upgrade with real kubeadm', { skip: labMissing('kubeadm') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab);
    await lab.healthy(240);
  });
  after(() => operator?.close());

  /** To `release`, with the programs of a folder. */
  async function plan(release: string, folder: string): Promise<Plan> {
    const files = await Promise.all(
      programs.map(async (name) => [`/usr/bin/${name}`, await localFile(join(folder, name))] as const),
    );
    return planRolling(await operator.gather(), {
      stamp: stamp(),
      hosts,
      nodes: await operator.kubeNodes(),
      drain: true,
      upgrade: { release, files: new Map(files), online: false },
    });
  }
  const versions = () =>
    lab.kubectl('get nodes -o jsonpath={.items[*].status.nodeInfo.kubeletVersion}').stdout.trim().split(' ');

  test('a release that skips a minor one is refused, and programs of another release than they should be replace nothing', async () => {
    const [, major, minor, patch] = /^v(\d+)\.(\d+)\.(\d+)/.exec(kubeadmRelease()) ?? [];
    const skips = await plan(`v${major}.${Number(minor) + 2}.0`, process.env.HAVEN_KUBEADM ?? '');
    assert.match(skips.blockers.map((each) => render(each.message)).join(), /skips a minor release/);
    assert.deepEqual(skips.steps, []);

    const before = versions();
    const hashes = () => lab.tell('cp1', 'sha256sum /usr/bin/kubeadm /usr/bin/kubelet /usr/bin/kubectl');
    const old = hashes();
    const wrong = await plan(`v${major}.${minor}.${Number(patch) + 50}`, process.env.HAVEN_KUBEADM ?? '');
    assert.deepEqual(wrong.blockers, []);
    const result = await operator.run(wrong);
    assert.equal(result.outcome, 'failed', JSON.stringify(result));
    assert.match(result.stoppedAt?.id ?? '', /^asked-kubeadm@/);
    assert.equal(hashes(), old);
    assert.deepEqual(versions(), before);
    await lab.healthy(60);
  });

  test('every node gets the next patch release, one after another; the editor dies twice and a server loses its power', {
    skip: noNext,
  }, async () => {
    const release = kubeadmRelease(nextFolder);
    const made = await plan(release, nextFolder ?? '');
    assert.deepEqual(made.blockers, []);
    const [first = '', second = '', third = ''] = made.steps
      .filter((each) => each.id.startsWith('kubeadm@'))
      .map((each) => each.host);
    assert.equal((await operator.run(made, { dieAt: `kubeadm@${first}` })).broke, true);
    const resume = async () => ({ record: await operator.lastRun(), act: 'resume' as const });
    assert.equal((await operator.run(made, { earlier: await resume(), dieAt: `restart@${second}` })).broke, true);
    let dark: Promise<void> | undefined;
    const cut = await operator.run(made, {
      earlier: await resume(),
      onStep: (step) => {
        if (step.id !== `kubeadm@${third}` || dark !== undefined) return;
        dark = new Promise((done) => setTimeout(done, 3000)).then(() => lab.off(third));
      },
    });
    await dark;
    if (dark !== undefined) lab.on(third);
    await lab.answers(90);
    const last = cut.outcome === 'done' ? cut : await operator.run(made, { earlier: await resume() });
    assert.equal(last.outcome, 'done', JSON.stringify(last));
    await lab.healthy(240);
    assert.deepEqual(new Set(versions()), new Set([release]));
    for (const name of ['cp1', 'cp2', 'cp3'])
      assert.match(lab.tell(name, 'cat /etc/kubernetes/manifests/kube-apiserver.yaml'), new RegExp(`:${release}\\b`));
    assert.ok(!lab.kubectl('get nodes').stdout.includes('SchedulingDisabled'));
    const saved = made.steps.find((each) => each.id.startsWith('save-snapshot@'))?.host ?? '';
    assert.match(lab.tell(saved, 'ls /var/lib/haven/snapshots'), /before-upgrade-lab/);
  });
});
