import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import { say } from '../../src/base/message';
import { planSnapshot } from '../../src/ops/snapshot';
import { addMember, removeMember } from '../../src/run/practice/etcd/maintenance';
import { newUnit } from '../../src/run/practice/units';
import { TransportError } from '../../src/run/transport';
import { breakAt, runAndResume, runAndTakeBack, runScene, type Scene } from '../support/kill-points';
import { LocalFiles, rolling } from '../support/kubeadm-fleet';
import { PracticeWorld } from '../support/practice';
import { joining, pass, removal, sceneOf, voters } from '../support/practice-fleet';
import { data, RestoreWorld } from '../support/restore-world';

// What somebody else does between the plan and its run, or between two of its steps.

const servers = ['cp1', 'cp2', 'cp3'];

/** `act` happens right before the first command that `isIt` knows. */
function before(scene: Scene, isIt: (host: string, words: string) => boolean, act: () => void | Promise<void>): Scene {
  let isOver = false;
  return {
    ...scene,
    connect: async (name) => {
      const transport = await scene.connect(name);
      return {
        ...transport,
        exec: async (request, signal) => {
          if (!isOver && isIt(name, request.argv.join(' '))) {
            isOver = true;
            await act();
          }
          return transport.exec(request, signal);
        },
      };
    },
  };
}

const anEtcd = (world: PracticeWorld) => {
  const found = world.practice.control.etcdOf(world.machine('cp1'));
  assert.ok(found !== undefined);
  return found;
};

describe('the snapshot of a restore', () => {
  const untouched = async (world: RestoreWorld) => {
    assert.equal(await world.read('marker'), 'after');
    assert.deepEqual(await voters(world), servers);
    for (const host of servers) assert.equal(world.machine(host).units.get('k3s')?.active, 'active', host);
  };

  test('that is deleted or replaced after the plan stops the run before anything is stopped', async () => {
    for (const change of ['deleted', 'replaced']) {
      const world = await RestoreWorld.make();
      const plan = await world.plan();
      const { files } = world.machine('cp1');
      if (change === 'replaced') {
        await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'newer']);
        const newer = files.list(`${data}/db/snapshots`).find((each) => each.startsWith('newer-'));
        files.write(world.snapshotPath, files.read(`${data}/db/snapshots/${newer}`));
      } else await world.run('cp1', ['rm', world.snapshotPath]);
      const { result } = await runScene(sceneOf(world, plan));
      assert.equal(result.outcome, 'failed', change);
      assert.equal(result.stoppedAt?.id, 'copy@cp1', change);
      await untouched(world);
    }
  });

  test('that is deleted once the run has its copy is restored all the same', async () => {
    const world = await RestoreWorld.make();
    let isGone = false;
    const scene = before(
      sceneOf(world, await world.plan()),
      (host, words) => host === 'cp3' && words.endsWith(' keep'),
      async () => {
        await world.run('cp1', ['rm', world.snapshotPath]);
        isGone = true;
      },
    );
    const { result } = await runScene(scene);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.ok(isGone);
    assert.equal(await world.read('marker'), 'before');
    assert.deepEqual(world.members(), servers);
  });
});

describe('a member of etcd', () => {
  test('that somebody adds between two steps of a restart stops it before the quorum is lost; without it the run is gone on with', async () => {
    const world = new PracticeWorld();
    const plan = await rolling(world);
    const stops = plan.steps.filter(({ id }) => /^restart@cp/.test(id));
    assert.equal(stops.length, 3, plan.steps.map(({ id }) => id).join(' '));
    const second = stops[1]?.host ?? '';
    let added: bigint | undefined;
    const scene = before(
      sceneOf(world, plan),
      (_, words) => /\b(?:cordon|drain)\b/.test(words) && words.includes(second),
      () => {
        // A machine that never comes: of four members three must be up.
        added = addMember(anEtcd(world), 'https://10.0.0.99:2380', world.time.ms, false).id;
      },
    );
    const startedMs = () => servers.map((host) => world.machine(host).units.get('k3s')?.sinceMs ?? 0);
    const [begun, halfWay] = [startedMs(), [] as number[]];
    const [first, then] = await runAndResume(scene, () => {
      assert.ok(added !== undefined);
      for (const host of servers) assert.ok(world.practice.isServerUp(world.machine(host)), host);
      removeMember(anEtcd(world), added);
      halfWay.push(...startedMs());
    });
    assert.equal(first.outcome, 'failed', JSON.stringify(first));
    assert.match(JSON.stringify(first.reason), /etcd members would stay healthy/);
    assert.equal(then.outcome, 'done', JSON.stringify(then));
    assert.deepEqual(await voters(world), servers);
    // Before the stop one of them was started anew, and is left alone afterwards, when the others are.
    const isNew = (now: readonly number[], than: readonly number[]) => now.map((each, i) => each !== than[i]);
    const [early, late] = [isNew(halfWay, begun), isNew(startedMs(), halfWay)];
    assert.equal(early.filter(Boolean).length, 1);
    assert.deepEqual(
      late,
      early.map((each) => !each),
    );
  });

  test('that somebody has removed already is what a removal wants', async () => {
    const world = new PracticeWorld();
    const plan = await removal(world, 'cp3');
    let isRemoved = false;
    const scene = before(
      sceneOf(world, plan),
      (_, words) => / delete node | delete .*cp3/.test(words),
      () => {
        const process = anEtcd(world);
        const member = process.store.members.find((each) => each.name.startsWith('cp3'));
        assert.ok(member !== undefined);
        isRemoved = removeMember(process, member.id);
      },
    );
    const { result } = await runScene(scene);
    assert.ok(isRemoved);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await pass(world, 45);
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
  });
});

describe('a full disk', () => {
  for (const distribution of ['k3s', 'kubeadm'] as const)
    test(`a snapshot is not said to be taken (${distribution}); with room again the run is gone on with`, async () => {
      const world = new PracticeWorld(distribution);
      const plan = planSnapshot(await world.state(), 'full');
      const on = plan.steps[0]?.host ?? '';
      const { files } = world.machine(on);
      for (const path of [`${data}/db/snapshots`, '/var/lib/haven', '/var/lib/etcd']) files.limits.set(path, 10);
      const [first, then] = await runAndResume(sceneOf(world, plan), () => files.limits.clear());
      assert.equal(first.outcome, 'failed', JSON.stringify(first));
      assert.equal(then.outcome, 'done', JSON.stringify(then));
      assert.deepEqual(await voters(world), servers);
    });
});

describe('the virtual address on a server', () => {
  const stacked = () => {
    const world = new PracticeWorld();
    for (const host of ['lb1', 'lb2']) world.practice.powerOff(world.machine(host));
    const given = world.machine('lb1').files;
    for (const { files, units } of ['cp1', 'cp2'].map((host) => world.machine(host))) {
      for (const path of ['/etc/haproxy/haproxy.cfg', '/etc/keepalived/keepalived.conf'])
        files.place(path, given.text(path));
      for (const unit of ['haproxy', 'keepalived']) units.set(unit, newUnit(unit, world.practice.bornMs));
    }
    world.time.ms += 10_000;
    assert.equal(world.practice.holder()?.name, 'cp1');
    return world;
  };

  test('that is restarted is stopped last, and one that loses its power at any of its steps is gone on with', async () => {
    const order = (await rolling(stacked())).steps.filter(({ id }) => id.startsWith('restart@cp'));
    assert.deepEqual(
      order.map(({ host }) => host),
      ['cp2', 'cp3', 'cp1'],
    );
    const own = (await rolling(stacked())).steps.filter(({ id }) => id.endsWith('@cp1'));
    assert.ok(own.length > 3);
    for (const [index, { id: step }] of own.entries()) {
      const world = stacked();
      const scene = sceneOf(world, await rolling(world));
      const check = async () => {
        await pass(world, 60);
        assert.deepEqual(await voters(world), servers, step);
        assert.equal(world.practice.holder()?.name, 'cp1', step);
        for (const host of servers) assert.ok(world.practice.isServerUp(world.machine(host)), `${host} ${step}`);
      };
      const fault = index % 2 === 0 ? 'power-before' : 'power-after';
      await breakAt({ ...scene, check }, { fault, at: index % 2, step }, 'resume');
    }
  });
});

describe('a run that is gone on with from another machine', () => {
  test('has its journal and not the files beside it: nothing is sent by half, and what was done can be taken back', async () => {
    const files = new LocalFiles();
    try {
      const world = new PracticeWorld();
      const path = '/usr/local/bin/k3s';
      const old = 'k3s v1.34.1+k3s1\n';
      for (const name of servers) world.machine(name).files.place(path, old, 0o755);
      const release = 'v1.34.3+k3s1';
      const program = files.put('k3s', `#!/bin/sh\necho 'k3s version ${release} (practice)'\n`);
      const upgrade = { release, online: false, files: new Map([[path, program]]) };
      const plan = await rolling(world, { hosts: servers, upgrade });
      const scene = before(
        sceneOf(world, plan),
        (host, words) => host !== plan.steps[0]?.host && words.includes('/usr/local/bin') && isDone(),
        () => {
          isGone = true;
          rmSync(program.localPath);
        },
      );
      let isGone = false;
      const isDone = () => servers.some((host) => world.machine(host).files.text(path) !== old);
      const back = await runAndTakeBack(scene);
      assert.ok(isGone);
      assert.equal(back.outcome, 'undone', JSON.stringify(back));
      await pass(world, 60);
      assert.deepEqual(await voters(world), servers);
      for (const host of servers) assert.equal(world.machine(host).files.text(path), old, host);
    } finally {
      files.remove();
    }
  });
});

describe('a join', () => {
  const joined = async (act: (world: PracticeWorld) => void) => {
    const world = new PracticeWorld();
    assert.equal((await runScene(sceneOf(world, await removal(world, 'cp3')))).result.outcome, 'done');
    const plan = await joining(world, 'cp3');
    let isOver = false;
    const scene = before(
      sceneOf(world, plan),
      (host, words) => host === 'cp3' && words.includes('/readyz'),
      () => {
        isOver = true;
        act(world);
      },
    );
    const { result } = await runScene(scene);
    assert.ok(isOver);
    await pass(world, 120);
    return { world, result };
  };
  const takeOut = (world: PracticeWorld, host: string) => {
    const process = anEtcd(world);
    const { address } = world.machine(host);
    const member = process.store.members.find((each) => each.peerUrl.includes(`//${address}:`));
    if (member !== undefined) removeMember(process, member.id);
  };

  // k3s puts the data of a member that was taken out aside and joins anew, as recorded.
  for (const host of ['cp3', 'cp2'])
    test(`during which somebody takes the member of ${host} out ends in one cluster, with what it says`, async () => {
      const { world, result } = await joined((its) => takeOut(its, host));
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      assert.deepEqual(await voters(world), servers);
      const serving = [...world.practice.etcd.processes].filter((each) => each.servingSinceMs && !each.isRemoved);
      assert.equal(new Set(serving.map((each) => each.clusterId)).size, 1);
      const old = world.machine(host).files.list(`${data}/db`);
      assert.ok(
        old.some((each) => each.startsWith('etcd-backup-')),
        `${host} was out: ${old.join()}`,
      );
    });

  test('whose token never comes into its place leaves no draft of it when it is taken back', async () => {
    const world = new PracticeWorld();
    assert.equal((await runScene(sceneOf(world, await removal(world, 'cp3')))).result.outcome, 'done');
    const { files } = world.machine('cp3');
    const drafts = () => files.list('/etc/rancher/k3s').filter((each) => each.endsWith('.haven-draft'));
    const scene = sceneOf(world, await joining(world, 'cp3'));
    let isLost = false;
    const back = await runAndTakeBack({
      ...scene,
      connect: async (name) => {
        const line = world.connect(name);
        return {
          ...line,
          exec: (request) => {
            const words = request.argv.join(' ');
            if (isLost || !words.includes('haven-join-token') || !words.includes('mv -f -- "$1" "$2"'))
              return line.exec(request);
            isLost = true;
            assert.deepEqual(drafts(), ['.haven-join-token.haven-draft']);
            return Promise.reject(new TransportError(name, 'refused', say('{0}', 'no more sessions')));
          },
        };
      },
    });
    assert.ok(isLost);
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    assert.deepEqual(drafts(), []);
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
  });
});
