import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planSnapshot } from '../../src/ops/snapshot';
import { addMember, removeMember } from '../../src/run/practice/etcd/maintenance';
import { runAndResume, runScene, type Scene } from '../support/kill-points';
import { rolling } from '../support/kubeadm-fleet';
import { PracticeWorld } from '../support/practice';
import { pass, removal, sceneOf, voters } from '../support/practice-fleet';
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
