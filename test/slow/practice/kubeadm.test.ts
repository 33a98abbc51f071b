import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { planRenewCertificates } from '../../../src/ops/certificates';
import { certificatesCommand, type NodeCertificates, parseCertificates } from '../../../src/ops/commands/certificates';
import { havenSnapshotFolder } from '../../../src/ops/commands/snapshot';
import { planReaddMember } from '../../../src/ops/readd-member';
import { planRemoveMember } from '../../../src/ops/remove-member';
import { planSnapshot } from '../../../src/ops/snapshot';
import { readSnapshot } from '../../../src/ops/snapshot-file/etcd-snapshot';
import { breakEverywhere } from '../../support/kill-points';
import {
  joiningKubeadm,
  KubeadmRestoreWorld,
  LocalFiles,
  programsOf,
  rolling,
  servers,
  without,
  withoutMember,
} from '../../support/kubeadm-fleet';
import { PracticeWorld } from '../../support/practice';
import { kubeNodes, memberFacts, pass, removal, sceneOf, stamp, voters } from '../../support/practice-fleet';
import { powerOf } from '../../support/scene-weather';

const files = new LocalFiles();
after(() => files.remove());

/** One of the nine faults at each command in turn; every command where HAVEN_EVERY_BREAK is set, else each second. */
const sampled = { inTurn: true, sample: 2 } as const;

const allWell = async (world: PracticeWorld, hosts: readonly string[], members = servers) => {
  // Whoever lost its power last is still on its way: a control plane that boots takes a minute.
  await pass(world, 90);
  assert.deepEqual(await voters(world), members);
  const nodes = await kubeNodes(world);
  for (const host of hosts)
    assert.ok(
      nodes.some((each) => each.name === host && each.ready && !each.cordoned),
      host,
    );
};

describe('whatever breaks in a kubeadm practice cluster', () => {
  test('a resumed join of a control plane ends with a member that votes', async () => {
    const sent = await breakEverywhere(async () => {
      const world = await without('cp3');
      const scene = sceneOf(world, await joiningKubeadm(world, 'cp3'));
      return {
        ...scene,
        check: () => allWell(world, [...servers, 'w1']),
        checkUndone: () => allWell(world, ['cp1', 'cp2', 'w1'], ['cp1', 'cp2']),
      };
    }, sampled);
    assert.ok(sent > 15, `${sent} commands`);
  });

  test('a join of a control plane that is taken back leaves the cluster as it was', async () => {
    await breakEverywhere(
      async () => {
        const world = await without('cp3');
        const scene = sceneOf(world, await joiningKubeadm(world, 'cp3'));
        return {
          ...scene,
          check: () => allWell(world, [...servers, 'w1']),
          checkUndone: () => allWell(world, ['cp1', 'cp2', 'w1'], ['cp1', 'cp2']),
        };
      },
      { ...sampled, afterwards: 'undo' },
    );
  });

  test('a resumed join of a worker ends with a Node that is ready', async () => {
    await breakEverywhere(async () => {
      const world = await without('w1');
      const scene = sceneOf(world, await joiningKubeadm(world, 'w1'));
      return {
        ...scene,
        check: () => allWell(world, [...servers, 'w1']),
        checkUndone: () => allWell(world, servers),
      };
    }, sampled);
  });

  test('a resumed removal of a control plane ends the same', async () => {
    await breakEverywhere(async () => {
      const world = new PracticeWorld('kubeadm');
      const scene = sceneOf(world, await removal(world, 'cp3'));
      return {
        ...scene,
        check: async () => {
          await allWell(world, ['cp1', 'cp2', 'w1'], ['cp1', 'cp2']);
          assert.ok(!(await kubeNodes(world)).some((each) => each.name === 'cp3'));
        },
      };
    }, sampled);
  });

  test('the removal of a dead member ends the same', async () => {
    await breakEverywhere(async () => {
      const world = new PracticeWorld('kubeadm');
      world.practice.powerOff(world.machine('cp3'));
      await pass(world, 60);
      const facts = await memberFacts(world);
      const dead = [...facts.values()][0]?.members.find((each) => each.name === 'cp3');
      const plan = planRemoveMember(await world.state(), facts, { id: dead?.id ?? '', nodes: await kubeNodes(world) });
      return { ...sceneOf(world, plan), check: async () => assert.deepEqual(await voters(world), ['cp1', 'cp2']) };
    }, sampled);
  });

  test('a snapshot is whole or not there', async () => {
    await breakEverywhere(async () => {
      const world = new PracticeWorld('kubeadm');
      const plan = planSnapshot(await world.state(), 'whole');
      const path = `${havenSnapshotFolder}/whole`;
      const whole = () => {
        const { files: disk } = world.machine(plan.steps[0]?.host ?? '');
        if (!disk.has(path)) return false;
        const bytes = disk.read(path);
        const size = bytes.length - 32;
        return readSnapshot({ size, read: (at, length) => bytes.subarray(at, at + length) }).keys > 40;
      };
      return {
        ...sceneOf(world, plan),
        intact: () => {
          const { files: disk } = world.machine(plan.steps[0]?.host ?? '');
          if (disk.has(path)) assert.ok(whole());
        },
        check: () => assert.ok(whole()),
      };
    });
  });

  const restoring = async () => {
    const world = await KubeadmRestoreWorld.make(files);
    const scene = sceneOf(world, await world.plan());
    return {
      ...scene,
      intact: () => world.intact(),
      check: async () => {
        await allWell(world, [...servers, 'w1']);
        assert.equal(await world.read('marker'), 'before');
        assert.equal(await world.read('later'), undefined);
      },
      checkUndone: async () => {
        await allWell(world, [...servers, 'w1']);
        assert.equal(await world.read('later'), 'x');
        assert.deepEqual(world.ids(), world.members);
      },
    };
  };

  test('a resumed restore brings back what the snapshot has', async () => {
    const sent = await breakEverywhere(restoring, sampled);
    assert.ok(sent > 60, `${sent} commands`);
  });

  test('a restore is taken back from wherever it has come to', async () => {
    await breakEverywhere(restoring, { inTurn: true, sample: 3, afterwards: 'undo' });
  });

  test('a resumed renewal of certificates ends with new ones and everybody up', async () => {
    await breakEverywhere(async () => {
      const world = new PracticeWorld('kubeadm');
      const facts = new Map<string, NodeCertificates>();
      for (const name of servers)
        facts.set(name, parseCertificates(await world.run(name, certificatesCommand([]).argv.map(String))));
      const plan = planRenewCertificates(await world.state(), facts, { stamp, hosts: ['cp3'] });
      const old = world.machine('cp3').files.text('/etc/kubernetes/pki/apiserver.crt');
      return {
        ...sceneOf(world, plan),
        check: async () => {
          await allWell(world, servers);
          assert.notEqual(world.machine('cp3').files.text('/etc/kubernetes/pki/apiserver.crt'), old);
        },
        checkUndone: () => allWell(world, servers),
      };
    }, sampled);
  });

  test('a resumed restart of kubelets ends with every Node ready and none cordoned', async () => {
    await breakEverywhere(async () => {
      const world = new PracticeWorld('kubeadm');
      const scene = sceneOf(world, await rolling(world, { hosts: ['cp3', 'w1'] }));
      return {
        ...scene,
        check: () => allWell(world, [...servers, 'w1']),
        checkUndone: () => allWell(world, [...servers, 'w1']),
      };
    }, sampled);
  });

  test('a resumed upgrade ends with the new release everywhere', async () => {
    await breakEverywhere(
      async () => {
        const world = new PracticeWorld('kubeadm');
        const plan = await rolling(world, { hosts: ['cp3', 'w1'], upgrade: programsOf(files, 'v1.34.3') });
        return {
          ...sceneOf(world, plan),
          check: async () => {
            await allWell(world, [...servers, 'w1']);
            const nodes = (await kubeNodes(world)).filter((each) => ['cp3', 'w1'].includes(each.name));
            assert.deepEqual(
              nodes.map((each) => each.version),
              ['v1.34.3', 'v1.34.3'],
            );
          },
          checkUndone: () => allWell(world, [...servers, 'w1']),
        };
      },
      { inTurn: true, sample: 3 },
    );
  });

  test('an upgrade within a minor release is taken back from wherever it has come to', async () => {
    await breakEverywhere(
      async () => {
        const world = new PracticeWorld('kubeadm');
        const plan = await rolling(world, { hosts: ['cp3', 'w1'], upgrade: programsOf(files, 'v1.34.3') });
        const scene = sceneOf(world, plan);
        return {
          ...scene,
          // The quorum is watched on the way back too: whoever goes on waits until the one that booted votes again.
          power: powerOf(world),
          check: () => allWell(world, [...servers, 'w1']),
          checkUndone: async () => {
            await allWell(world, [...servers, 'w1']);
            const all = await kubeNodes(world);
            assert.deepEqual(
              all.map((each) => each.version),
              Array(4).fill('v1.34.1'),
            );
          },
        };
      },
      { inTurn: true, sample: 4, afterwards: 'undo' },
    );
  });

  for (const afterwards of ['resume', 'undo'] as const) {
    test(`a member that is added again votes in the end, or is out as before (${afterwards})`, async () => {
      await breakEverywhere(
        async () => {
          const world = await withoutMember();
          const plan = planReaddMember(await world.state(), await memberFacts(world), { stamp, host: 'cp3' });
          return {
            ...sceneOf(world, plan),
            check: () => allWell(world, [...servers, 'w1']),
            checkUndone: async () => {
              await pass(world, 90);
              assert.deepEqual(await voters(world), ['cp1', 'cp2']);
              assert.ok(world.machine('cp3').files.has('/var/lib/etcd/member/snap/db'));
              assert.ok(world.machine('cp3').files.has('/etc/kubernetes/manifests/etcd.yaml'));
            },
          };
        },
        { ...sampled, afterwards },
      );
    });
  }
});
