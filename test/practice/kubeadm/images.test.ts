import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { planRenewCertificates } from '../../../src/ops/certificates';
import { certificatesCommand, parseCertificates } from '../../../src/ops/commands/certificates';
import type { Plan } from '../../../src/ops/plan';
import { planReaddMember } from '../../../src/ops/readd-member';
import { pauseImage } from '../../../src/run/practice/kubeadm/layout';
import { runScene } from '../../support/kill-points';
import {
  done,
  KubeadmRestoreWorld,
  LocalFiles,
  programsOf,
  rolling,
  servers,
  withoutMember,
} from '../../support/kubeadm-fleet';
import { PracticeWorld } from '../../support/practice';
import { memberFacts, sceneOf, stamp } from '../../support/practice-fleet';

const files = new LocalFiles();
after(() => files.remove());

interface Operation {
  readonly world: PracticeWorld;
  /** The server that has lost an image. */
  readonly host: string;
  plan(): Promise<Plan>;
}

async function renewal(): Promise<Operation> {
  const world = new PracticeWorld('kubeadm');
  const plan = async () => {
    const facts = new Map(
      await Promise.all(
        servers.map(
          async (host) =>
            [host, parseCertificates(await world.run(host, certificatesCommand([]).argv.map(String)))] as const,
        ),
      ),
    );
    return planRenewCertificates(await world.state(), facts, { stamp, hosts: servers });
  };
  return { world, host: 'cp2', plan };
}

const operations: Readonly<Record<string, () => Promise<Operation>>> = {
  'a restore': async () => {
    const world = await KubeadmRestoreWorld.make(files);
    return { world, host: 'cp2', plan: () => world.plan() };
  },
  'a renewal of certificates': renewal,
  'an upgrade': async () => {
    const world = new PracticeWorld('kubeadm');
    return { world, host: 'cp3', plan: () => rolling(world, { upgrade: programsOf(files, 'v1.34.2') }) };
  },
  'a member that is added again': async () => {
    const world = await withoutMember();
    const plan = async () => planReaddMember(await world.state(), await memberFacts(world), { stamp, host: 'cp3' });
    return { world, host: 'cp3', plan };
  },
};

describe('a control plane of a practice cluster that could not start again: an image is gone from the node', () => {
  for (const [name, make] of Object.entries(operations)) {
    for (const image of [pauseImage, 'registry.k8s.io/etcd:3.6.4-0'])
      test(`${name} without ${image} ends before anything is stopped where no registry answers, and fetches it where one does`, async () => {
        const { world, host, plan } = await make();
        const machine = world.machine(host);
        const running = () =>
          servers.map((each) => world.practice.kubeadm.containersOf(world.machine(each)).map((one) => one.id));
        machine.lostImages.add(image);
        machine.reachesRegistry = false;
        const before = running();
        const made = await plan();
        if (name === 'a restore')
          assert.match(
            made.warnings.map((each) => `${each.host} ${render(each.message)}`).join('\n'),
            new RegExp(`^${host} its control plane starts again only with ${image},`, 'm'),
          );
        const { result } = await runScene(sceneOf(world, made));
        assert.notEqual(result.outcome, 'done');
        assert.match(JSON.stringify(result), /the image \S+ is not on this node, and cannot be fetched/);
        assert.deepEqual(running(), before);
        for (const each of servers)
          assert.ok(world.machine(each).files.has('/etc/kubernetes/manifests/etcd.yaml'), each);
        machine.reachesRegistry = true;
        await done(sceneOf(world, await plan()));
        assert.equal(machine.lostImages.size, 0);
      });
  }

  test('without the check nothing of it comes back: that is what a real runtime does', async () => {
    const { world } = await renewal();
    const machine = world.machine('cp2');
    machine.lostImages.add(pauseImage);
    machine.reachesRegistry = false;
    await world.run('cp2', [
      'sh',
      '-c',
      'mv /etc/kubernetes/manifests/*.yaml /root/ && sleep 60 && mv /root/*.yaml /etc/kubernetes/manifests/ && sleep 60',
    ]);
    assert.deepEqual(world.practice.kubeadm.containersOf(machine), []);
  });
});
