import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { planSnapshot } from '../../src/ops/snapshot';
import { planDeleteSnapshots, planDownloadSnapshot, snapshotGroups, toPrune } from '../../src/ops/snapshot-files';
import { statusOf } from '../../src/ops/status/cluster-state';
import { runScene, type Scene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { sceneOf } from '../support/practice-fleet';
import { RestoreWorld } from '../support/restore-world';

const folder = '/data/snapshots';
const servers = ['cp1', 'cp2', 'cp3'];

/** Servers whose own settings say where snapshots lie. */
function settle<World extends PracticeWorld>(world: World): World {
  for (const host of servers) {
    const { files } = world.machine(host);
    files.makeFolders(folder, 0o700);
    files.makeFolders('/etc/rancher/k3s/config.yaml.d');
    files.place('/etc/rancher/k3s/config.yaml.d/50-snapshots.yaml', `etcd-snapshot-dir: "${folder}/"\n`);
  }
  return world;
}

async function done(scene: Scene): Promise<void> {
  assert.deepEqual(
    scene.plan.blockers.map((each) => render(each.message)),
    [],
  );
  assert.deepEqual(faultsOf(scene.plan), []);
  const { result } = await runScene(scene);
  assert.equal(result.outcome, 'done', JSON.stringify(result));
}

describe('servers that keep their snapshots in a folder of their own', () => {
  test('a snapshot is taken there, proved whole, noted beside it, and seen in the next status', async () => {
    const world = settle(new PracticeWorld());
    const plan = planSnapshot(await world.state(), 'elsewhere');
    await done(sceneOf(world, plan));
    const host = plan.steps[0]?.host ?? '';
    const [name = ''] = world.machine(host).files.list(folder);
    assert.match(name, /^elsewhere-/);
    assert.ok(world.machine(host).files.has(`/data/.haven-token-hashes/${name}`));
    const state = await world.state();
    const seen = state.nodes.map(statusOf).find((each) => each?.hostName === host);
    assert.equal(seen?.snapshotFolder, folder);
    const file = seen?.snapshots.find((each) => each.path === `${folder}/${name}`);
    assert.equal(file?.token, 'now');
    assert.deepEqual(planDownloadSnapshot(state, { host, path: `${folder}/${name}` }, '/tmp/x').blockers, []);
  });

  test('old ones are pruned there, and those of the former folder are not forgotten', async () => {
    const world = new PracticeWorld();
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'nightly']);
    settle(world);
    for (let i = 0; i < 2; i++) {
      world.time.ms += 60_000;
      await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'nightly']);
    }
    const state = await world.state();
    assert.equal(snapshotGroups(state).get('nightly')?.length, 3);
    const gone = toPrune(state, 'nightly', 1);
    await done(sceneOf(world, planDeleteSnapshots(state, gone)));
    assert.equal(world.machine('cp1').files.list(folder).length, 1);
    assert.equal(snapshotGroups(await world.state()).get('nightly')?.length, 1);
  });

  test('a folder that leads elsewhere, or whose name a shell would read, is not used, and nothing in it is touched', async () => {
    for (const strange of ['/data/../etc', '/data/$(id)', '/data/a b', 'snapshots']) {
      const world = new PracticeWorld();
      world.machine('cp1').files.write('/etc/rancher/k3s/config.yaml', `etcd-snapshot-dir: "${strange}"\n`, 0o600);
      const state = await world.state();
      const told = state.nodes.map(statusOf).find((each) => each?.hostName === 'cp1')?.snapshotFolder;
      assert.ok(told === undefined || told === '/var/lib/rancher/k3s/server/db/snapshots', strange);
      const refused = planDeleteSnapshots(state, [{ host: 'cp1', path: `${strange}/passwd` }]);
      assert.match(
        render(refused.blockers[0]?.message ?? { template: '', args: [] }),
        /does not lie in a folder of snapshots/,
      );
    }
  });

  test('a restore finds its snapshot there, and what it saves before comes there too', async () => {
    const world = settle(await RestoreWorld.make());
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'theirs']);
    const [name = ''] = world.machine('cp1').files.list(folder);
    world.snapshotPath = `${folder}/${name}`;
    const plan = await world.plan();
    await done({ ...sceneOf(world, plan), check: () => {} });
    const left = world.machine('cp1').files.list(folder);
    assert.ok(
      left.some((each) => each.startsWith('before-restore-')),
      left.join(),
    );
    assert.ok(left.includes(name), 'what lies outside of the data directory is not put aside with it');
  });
});
