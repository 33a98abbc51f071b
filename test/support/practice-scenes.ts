import assert from 'node:assert/strict';
import { planRenewCertificates } from '../../src/ops/certificates';
import { certificatesCommand, type NodeCertificates, parseCertificates } from '../../src/ops/commands/certificates';
import { planDefragment } from '../../src/ops/defragment';
import { planDrain, planUncordon } from '../../src/ops/drain';
import { planReaddMember } from '../../src/ops/readd-member';
import { planRemoveMember } from '../../src/ops/remove-member';
import { planSnapshot } from '../../src/ops/snapshot';
import { fileScenes } from './file-scenes';
import { emptyK3sMachine, k3sInstaller } from './k3s-disaster';
import { runScene, type Scene } from './kill-points';
import {
  joiningKubeadm,
  KubeadmRestoreWorld,
  programsOf,
  rolling,
  servers,
  without,
  withoutMember,
} from './kubeadm-fleet';
import { PracticeWorld } from './practice';
import { joining, kubeNodes, memberFacts, pass, removal, sceneOf, stamp, voters } from './practice-fleet';
import { data, RestoreWorld } from './restore-world';
import { allWell, inBadWeather, type MakeScene } from './scene-weather';

const two = ['cp1', 'cp2'];

async function certificates(world: PracticeWorld, hosts: readonly string[]): Promise<Map<string, NodeCertificates>> {
  const found = new Map<string, NodeCertificates>();
  for (const name of hosts)
    found.set(name, parseCertificates(await world.run(name, certificatesCommand([]).argv.map(String))));
  return found;
}

const whole = (world: PracticeWorld, plan: Scene['plan']): Scene =>
  inBadWeather(world, {
    ...sceneOf(world, plan),
    check: () => allWell(world, servers, [...servers, 'w1']),
    checkUndone: () => allWell(world, servers, [...servers, 'w1']),
  });

const k3sWithout = async (host: string): Promise<PracticeWorld> => {
  const world = new PracticeWorld();
  const { result } = await runScene(sceneOf(world, await removal(world, host)));
  assert.equal(result.outcome, 'done', JSON.stringify(result));
  return world;
};

/** A server that will never come back is in the list of members. */
async function deadMember(distribution: 'k3s' | 'kubeadm'): Promise<Scene> {
  const world = new PracticeWorld(distribution);
  world.practice.powerOff(world.machine('cp3'));
  await pass(world, 60);
  const facts = await memberFacts(world);
  const dead = [...facts.values()][0]?.members.find((each) => each.name.startsWith('cp3'));
  const plan = planRemoveMember(await world.state(), facts, { id: dead?.id ?? '', nodes: await kubeNodes(world) });
  const scene = inBadWeather(world, {
    ...sceneOf(world, plan),
    check: () => allWell(world, two, two),
  });
  // Of two that are left neither may go; cp3 stays off whatever the weather is.
  return { ...scene, neighbour: (host) => (host === 'w1' ? 'lb2' : 'w1') };
}

/** History has filled the databases, and etcd refuses writes. */
async function fullMembers(distribution: 'k3s' | 'kubeadm'): Promise<Scene> {
  const world = new PracticeWorld(distribution);
  for (const name of servers) {
    const process = world.practice.control.etcdOf(world.machine(name));
    if (process === undefined) continue;
    process.slackBytes = 200_000_000;
    process.store.alarms = [{ memberId: process.memberId, alarm: 'NOSPACE' }];
  }
  const plan = planDefragment(await world.state(), await memberFacts(world), { stamp, disarm: true });
  return inBadWeather(world, {
    ...sceneOf(world, plan),
    check: async () => {
      await allWell(world, servers, servers);
      for (const [host, { alarms, databaseBytes }] of await memberFacts(world))
        assert.ok(alarms.length === 0 && databaseBytes < 1_000_000, `${host}: ${alarms.length}, ${databaseBytes}`);
    },
  });
}

/** Operations of both distributions in the practice cluster, by name. */
export const practiceScenes: Readonly<Record<string, MakeScene>> = {
  'k3s snapshot': async () => {
    const world = new PracticeWorld();
    return whole(world, planSnapshot(await world.state(), 'stormy'));
  },
  'k3s restore': async () => {
    const world = await RestoreWorld.make();
    const ends = async (marker: string, later: string | undefined) => {
      await allWell(world, servers, servers);
      assert.deepEqual([await world.read('marker'), await world.read('later')], [marker, later]);
      for (const host of servers) {
        const { files } = world.machine(host);
        assert.deepEqual(files.list('/etc/systemd/system/k3s.service.d'), [], `${host} is held back`);
        // A restore writes the hash of the authority into it anew; what is secret in it stays.
        const secret = (text: string) => text.replace(/^K10[0-9a-f]+::/, '');
        assert.equal(secret(files.text(`${data}/token`)), secret(world.tokenBefore), `token of ${host}`);
      }
    };
    return inBadWeather(world, {
      ...sceneOf(world, await world.plan()),
      intact: () => world.intact(),
      check: () => ends('before', undefined),
      checkUndone: () => ends('after', 'x'),
    });
  },
  'k3s removal': async () => {
    const world = new PracticeWorld();
    const scene = sceneOf(world, await removal(world, 'cp3'));
    return inBadWeather(world, {
      ...scene,
      check: async () => {
        await allWell(world, two, two);
        assert.ok(!(await kubeNodes(world)).some((each) => each.name === 'cp3'));
      },
      checkUndone: () => allWell(world, servers, servers),
    });
  },
  'k3s join of a server': async () => {
    const world = await k3sWithout('cp3');
    return inBadWeather(world, {
      ...sceneOf(world, await joining(world, 'cp3')),
      check: () => allWell(world, servers, servers),
      checkUndone: () => allWell(world, two, two),
    });
  },
  'k3s join of an agent': async () => {
    const world = await k3sWithout('w1');
    return inBadWeather(world, {
      ...sceneOf(world, await joining(world, 'w1')),
      check: () => allWell(world, servers, [...servers, 'w1']),
      checkUndone: () => allWell(world, servers, servers),
    });
  },
  'k3s join of a server to which its program is brought': async (files) => {
    const world = await k3sWithout('cp3');
    const machine = world.machine('cp3');
    emptyK3sMachine(machine);
    const program = '/usr/local/bin/k3s';
    if (machine.files.has(program)) machine.files.remove(program);
    const bytes = 'k3s v1.34.1+k3s1\n';
    const k3s = files.put('k3s', bytes);
    const programs = { from: 'files', k3s, installer: files.put('install.sh', k3sInstaller) } as const;
    return inBadWeather(world, {
      ...sceneOf(world, await joining(world, 'cp3', { programs })),
      intact: () => assert.ok(!machine.files.has(program) || machine.files.text(program) === bytes, 'never half there'),
      check: () => allWell(world, servers, servers),
      checkUndone: () => allWell(world, two, two),
    });
  },
  'k3s restart': async () => {
    const world = new PracticeWorld();
    return whole(world, await rolling(world));
  },
  'k3s upgrade': async (files) => {
    const world = new PracticeWorld();
    const old = 'k3s v1.34.1+k3s1\n';
    const path = '/usr/local/bin/k3s';
    for (const name of [...servers, 'w1']) world.machine(name).files.place(path, old, 0o755);
    const release = 'v1.34.3+k3s1';
    const program = files.put('k3s', `#!/bin/sh\necho 'k3s version ${release} (practice)'\n`);
    const upgrade = { release, online: false, files: new Map([[path, program]]) };
    const scene = whole(world, await rolling(world, { upgrade }));
    const run = async (expected: string) => {
      await allWell(world, servers, [...servers, 'w1']);
      const ours = (await kubeNodes(world)).filter(({ name }) => [...servers, 'w1'].includes(name));
      for (const each of ours) assert.equal(each.version, expected, each.name);
    };
    return { ...scene, check: () => run(release), checkUndone: () => run('v1.34.1+k3s1') };
  },
  'k3s certificates': async () => {
    const world = new PracticeWorld();
    const facts = await certificates(world, [...servers, 'w1']);
    return whole(world, planRenewCertificates(await world.state(), facts, { stamp, hosts: ['cp2', 'cp3', 'w1'] }));
  },
  'k3s drain': async () => {
    const world = new PracticeWorld();
    const plan = planDrain(await world.state(), { stamp, hosts: ['w1'], nodes: await kubeNodes(world) });
    return { ...whole(world, plan), check: () => allWell(world, servers, servers) };
  },
  'k3s uncordon': async () => {
    const world = new PracticeWorld();
    await world.run('cp1', ['k3s', 'kubectl', 'cordon', 'w1']);
    const parameters = { stamp, hosts: ['w1'], nodes: await kubeNodes(world) };
    return whole(world, planUncordon(await world.state(), parameters));
  },
  'k3s removal of a dead member': () => deadMember('k3s'),
  'k3s defragmentation and alarm': () => fullMembers('k3s'),
  'kubeadm removal of a dead member': () => deadMember('kubeadm'),
  'kubeadm defragmentation and alarm': () => fullMembers('kubeadm'),
  ...fileScenes,
  'kubeadm snapshot': async () => {
    const world = new PracticeWorld('kubeadm');
    return whole(world, planSnapshot(await world.state(), 'stormy'));
  },
  'kubeadm restore': async (files) => {
    const world = await KubeadmRestoreWorld.make(files);
    const ends = async (marker: string, later: string | undefined) => {
      await allWell(world, servers, [...servers, 'w1']);
      assert.deepEqual([await world.read('marker'), await world.read('later')], [marker, later]);
    };
    return inBadWeather(world, {
      ...sceneOf(world, await world.plan()),
      intact: () => world.intact(),
      check: () => ends('before', undefined),
      checkUndone: () => ends('after', 'x'),
    });
  },
  'kubeadm removal': async () => {
    const world = new PracticeWorld('kubeadm');
    return inBadWeather(world, {
      ...sceneOf(world, await removal(world, 'cp3')),
      check: () => allWell(world, two, two),
      checkUndone: () => allWell(world, servers, servers),
    });
  },
  'kubeadm join': async () => {
    const world = await without('cp3');
    return inBadWeather(world, {
      ...sceneOf(world, await joiningKubeadm(world, 'cp3')),
      check: () => allWell(world, servers, servers),
      checkUndone: () => allWell(world, two, two),
    });
  },
  'kubeadm member added again': async () => {
    const world = await withoutMember();
    const plan = planReaddMember(await world.state(), await memberFacts(world), { stamp, host: 'cp3' });
    return inBadWeather(world, {
      ...sceneOf(world, plan),
      check: () => allWell(world, servers, servers),
      checkUndone: async () => {
        await pass(world, 120);
        assert.deepEqual(await voters(world), two);
      },
    });
  },
  'kubeadm restart': async () => {
    const world = new PracticeWorld('kubeadm');
    return whole(world, await rolling(world));
  },
  'kubeadm upgrade': async (files) => {
    const world = new PracticeWorld('kubeadm');
    const scene = whole(world, await rolling(world, { hosts: ['cp3', 'w1'], upgrade: programsOf(files, 'v1.34.3') }));
    const run = async (expected: string) => {
      await allWell(world, servers, [...servers, 'w1']);
      for (const each of await kubeNodes(world))
        if (['cp3', 'w1'].includes(each.name)) assert.equal(each.version, expected, each.name);
    };
    return { ...scene, check: () => run('v1.34.3'), checkUndone: () => run('v1.34.1') };
  },
  'kubeadm certificates': async () => {
    const world = new PracticeWorld('kubeadm');
    const facts = await certificates(world, servers);
    return whole(world, planRenewCertificates(await world.state(), facts, { stamp, hosts: ['cp3'] }));
  },
};
