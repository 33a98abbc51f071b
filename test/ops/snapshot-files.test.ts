import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import {
  fileOf,
  isSnapshotPath,
  planDeleteSnapshots,
  planDownloadSnapshot,
  planSendSnapshot,
  snapshotGroups,
  toPrune,
} from '../../src/ops/snapshot-files';
import { groupOf } from '../../src/ops/status/snapshot-group';
import { killEverywhere, runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';

const folder = '/var/lib/rancher/k3s/server/db/snapshots';
const own = '/var/lib/haven/snapshots';

/** A cluster with snapshots of two groups on cp1 and one on cp2, oldest first. */
async function make() {
  const world = new PracticeWorld();
  for (const name of [
    'haven-20261101-000000',
    'haven-20261102-000000',
    'haven-20261103-000000',
    'nightly',
    'nightly',
  ]) {
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', name]);
    world.time.ms += 60_000;
  }
  await world.run('cp2', ['k3s', 'etcd-snapshot', 'save', '--name', 'haven-20261101-000000']);
  return { world, state: await world.state() };
}
const scene = (world: PracticeWorld, plan: ReturnType<typeof planDeleteSnapshots>) => ({
  plan,
  connect: async (name: string) => world.connect(name),
  time: world.time,
  check: () => {},
});

describe('snapshots on nodes', () => {
  test('a path is one of a snapshot only directly in its folder', () => {
    for (const path of [
      `${folder}/a-cp1-1795217485`,
      `${own}/haven-20261121-031500`,
      `${folder}/with space`,
      `${folder}/-dash`,
    ])
      assert.ok(isSnapshotPath(path, [folder, own]), path);
    for (const path of [
      `${folder}/../../victim`,
      `${folder}/..`,
      `${folder}/`,
      `${folder}/a/b`,
      '/etc/passwd',
      'a',
      '',
      `${folder}/a\nb`,
      `${folder}/a.part`,
      `${folder}/../snapshots/a`,
      `/x/${folder}/a`,
    ])
      assert.ok(!isSnapshotPath(path, [folder, own]), path);
  });

  test('names without node and time are the groups', () => {
    assert.equal(groupOf('etcd-snapshot-cp-1-1795217485', 'cp-1'), 'etcd-snapshot');
    assert.equal(groupOf('on-demand-cp1-1795217485.zip', 'cp1'), 'on-demand');
    assert.equal(groupOf('haven-20261121-031500-cp1-1795217485', 'cp1'), 'haven');
    assert.equal(groupOf('haven-20261121-031500', 'cp1'), 'haven');
    assert.equal(groupOf('before-restore-20261121-031500-cp1-1795217485', 'cp1'), 'before-restore');
    assert.equal(groupOf('before-restore-20261121-031500-1f3a9c02-cp1-1795217485', 'cp1'), 'before-restore');
    assert.equal(groupOf('before-restore-20261121-031500-12345678', 'cp1'), 'before-restore');
    assert.equal(groupOf('strange', 'cp1'), 'strange');
  });

  test('pruning keeps the newest of a group on each node and touches no other group', async () => {
    const { world, state } = await make();
    assert.deepEqual([...snapshotGroups(state).keys()].sort(), ['haven', 'nightly']);
    const gone = toPrune(state, 'haven', 2);
    assert.deepEqual(
      gone.map((each) => `${each.host} ${each.path.split('/').at(-1)?.slice(0, 14)}`),
      ['cp1 haven-20261101'],
    );
    assert.deepEqual(toPrune(state, 'haven', 0).length, 2, 'one is always kept');
    const plan = planDeleteSnapshots(state, gone);
    assert.deepEqual(faultsOf(plan), []);
    assert.equal(plan.destructive, true);
    const { result } = await runScene(scene(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    const left = world.machine('cp1').files.list(folder);
    assert.deepEqual(left.map((each) => each.replace(/-cp1.*/, '')).sort(), [
      'haven-20261102-000000',
      'haven-20261103-000000',
      'nightly',
      'nightly',
    ]);
    assert.equal(world.machine('cp2').files.list(folder).length, 1);
  });

  test('pruning leaves what a clock dated that was ahead, and deletes nothing newer for its sake', async () => {
    const { world } = await make();
    const server = world.machine('cp1');
    server.aheadMs = 5 * 3_600_000;
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'haven-20261104-000000']);
    const names = (of: readonly { readonly path: string }[]) =>
      of.map((each) => each.path.split('/').at(-1)?.slice(0, 14));
    // While it is ahead, its files are among themselves in the right order, and of another node's this one is the newest by a moment.
    const still = await world.state();
    assert.deepEqual(names(toPrune(still, 'haven', 1)), ['haven-20261103', 'haven-20261102', 'haven-20261101']);
    const newest = fileOf(still, 'cp1', snapshotGroups(still).get('haven')?.[0]?.path ?? '');
    assert.ok(Math.abs((newest?.modifiedSec ?? 0) - world.practice.now() / 1000) < 60);
    server.aheadMs = 0;
    world.time.ms += 60_000;
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'haven-20261105-000000']);
    const state = await world.state();
    assert.deepEqual(names(toPrune(state, 'haven', 1)), ['haven-20261103', 'haven-20261102', 'haven-20261101']);
    assert.match(snapshotGroups(state).get('haven')?.[0]?.path ?? '', /haven-20261105/);
  });

  test('deleting goes on whenever the editor dies', async () => {
    await killEverywhere(async () => {
      const { world, state } = await make();
      const plan = planDeleteSnapshots(state, toPrune(state, 'haven', 1));
      return { ...scene(world, plan), check: () => assert.equal(world.machine('cp1').files.list(folder).length, 3) };
    });
  });

  test('a name that leads elsewhere is refused, and a link is not followed', async () => {
    const { world, state } = await make();
    const refused = planDeleteSnapshots(state, [{ host: 'cp1', path: `${folder}/../../victim` }]);
    assert.equal(refused.steps.length, 0);
    assert.match(
      render(refused.blockers[0]?.message ?? { template: '', args: [] }),
      /does not lie in a folder of snapshots/,
    );
    assert.equal(planDownloadSnapshot(state, { host: 'cp1', path: '/etc/shadow' }, '/tmp/x').steps.length, 0);
    const { files } = world.machine('cp1');
    files.place('/root/precious', 'x');
    files.link('/root/precious', `${folder}/link`);
    const { result } = await runScene(
      scene(world, planDeleteSnapshots(state, [{ host: 'cp1', path: `${folder}/link` }])),
    );
    assert.equal(result.outcome, 'failed');
    assert.ok(files.has('/root/precious'));
  });

  test('says when no snapshot would be left', async () => {
    const { state } = await make();
    const all = [...snapshotGroups(state).values()].flat();
    assert.ok(
      planDeleteSnapshots(state, all).warnings.some((each) => /no snapshot is left/.test(render(each.message))),
    );
    assert.equal(planDeleteSnapshots(state, all.slice(1)).warnings.length, 0);
  });

  test('a file is sent under a plain name that is not taken', async () => {
    const { state } = await make();
    const local = { localPath: '/tmp/snapshot', sha256: 'ab'.repeat(32), bytes: 100 };
    for (const name of ['../up', 'with space', '-dash', '', 'a/b', 'a\nb', '$(id)'])
      assert.equal(planSendSnapshot(state, 'cp1', name, local).steps.length, 0, name);
    const { world } = await make();
    world.machine('cp1').files.place(`${own}/taken`, 'x');
    const seen = await world.state();
    const taken = planSendSnapshot(seen, 'cp1', 'taken', local);
    assert.deepEqual(
      taken.blockers.map((each) => render(each.message)),
      [`there is a snapshot of this name: ${own}/taken`],
    );
    assert.deepEqual([taken.steps, taken.wayBack], [[], []]);
    assert.equal(planSendSnapshot(seen, 'cp2', 'taken', local).blockers.length, 0, 'on another node it is free');
    const plan = planSendSnapshot(state, 'cp1', 'from-office.db', local);
    assert.deepEqual(faultsOf(plan), []);
    assert.deepEqual(
      plan.steps.map((step) => step.id),
      [`folder-${own}@cp1`, 'send@cp1', 'whole@cp1'],
    );
  });
});
