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
});
