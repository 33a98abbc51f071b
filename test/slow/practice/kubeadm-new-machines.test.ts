import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { breakEverywhere } from '../../support/kill-points';
import { KubeadmDisaster } from '../../support/kubeadm-disaster';
import { servers } from '../../support/kubeadm-fleet';
import { Operator } from '../../support/paste';
import { kubeNodes, pass, sceneOf, voters } from '../../support/practice-fleet';

describe('a restore of kubeadm onto new machines, whatever breaks', () => {
  const worlds: KubeadmDisaster[] = [];
  after(() => {
    for (const each of worlds) each.remove();
  });
  const scene = async (lost: readonly string[] = servers) => {
    const world = await KubeadmDisaster.make();
    worlds.push(world);
    await world.lose(...lost);
    return {
      ...sceneOf(world, await world.plan()),
      check: async () => {
        await pass(world, 90);
        assert.equal(await world.marker(), 'before');
        assert.deepEqual(await voters(world), servers);
        const ready = (await kubeNodes(world)).filter((each) => each.ready).map((each) => each.name);
        assert.deepEqual(ready.sort(), [...servers, 'w1']);
      },
      checkUndone: async () => {
        await pass(world, 60);
        for (const host of servers) {
          const { files } = world.machine(host);
          assert.equal(world.practice.isServerUp(world.machine(host)), false, host);
          for (const path of [
            '/etc/kubernetes/pki/ca.key',
            '/etc/kubernetes/kubelet.conf',
            '/var/lib/etcd/member/snap/db',
          ])
            assert.ok(!files.has(path), `${path} on ${host}`);
        }
      },
    };
  };

  test('resumed, it ends with the cluster of the snapshot on every server', async () => {
    const sent = await breakEverywhere(() => scene(), { inTurn: true, sample: 5 });
    assert.ok(sent > 100, `${sent} commands`);
  });

  test('taken back from wherever it has come to, the machines are empty', async () => {
    await breakEverywhere(() => scene(), { inTurn: true, sample: 5, afterwards: 'undo' });
  });

  test('its runbook does the same when a person pastes it, and so does its way back', async () => {
    const made = await scene();
    const operator = new Operator(made);
    await operator.goesForth();
    await made.check();
    // Begun again, it changes nothing.
    await operator.goesForth();
    await made.check();
    const other = await scene();
    const second = new Operator(other);
    await second.goesForth();
    await second.goesBack();
    await other.checkUndone();
  });

  test('beside a server that survived, it ends with the cluster of the snapshot on every server too', async () => {
    await breakEverywhere(() => scene(['cp2', 'cp3']), { inTurn: true, sample: 9 });
  });
});
