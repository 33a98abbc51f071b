import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { planSnapshot } from '../../src/ops/snapshot';
import { statusOf } from '../../src/ops/status/cluster-state';
import { breakEverywhere, runScene, type Scene } from '../support/kill-points';
import { data, RestoreWorld } from '../support/restore-world';

const notes = `${data}/db/.haven-token-hashes`;

async function scene(world: RestoreWorld, check: Scene['check']): Promise<Scene> {
  return {
    plan: planSnapshot(await world.state(), 'noted'),
    connect: async (name) => world.connect(name),
    time: world.time,
    power: {
      off: (host) => world.practice.powerOff(world.machine(host)),
      on: async (host) => {
        world.practice.powerOn(world.machine(host));
        await world.pass(60);
      },
    },
    check,
  };
}

const secretOf = (token: string) => token.trim().replace(/^K10[0-9a-f]*::[^:]*:/, '');

/** Each snapshot of the run has its note, with the hash, for root alone; k3s does not take a note for a snapshot. */
async function noted(world: RestoreWorld): Promise<void> {
  const { files } = world.machine('cp1');
  const snapshots = files.list(`${data}/db/snapshots`).filter((each) => each.startsWith('noted-'));
  assert.ok(snapshots.length > 0);
  // The one that was there before has got its note on the way.
  for (const each of files.list(`${data}/db/snapshots`)) assert.ok(files.has(`${notes}/${each}`), each);
  const secret = secretOf(world.tokenBefore);
  const hash = createHash('sha256').update(secret).digest('hex').slice(0, 12);
  for (const each of snapshots) {
    assert.equal(files.text(`${notes}/${each}`), `${hash}\n`);
    assert.equal((await world.run('cp1', ['stat', '-c', '%a', `${notes}/${each}`])).trim(), '600');
  }
  assert.ok(!(await world.run('cp1', ['k3s', 'etcd-snapshot', 'ls'])).includes('haven-token'));
}

describe('the token of a snapshot', () => {
  test('the hash of the token is noted beside the snapshot, whatever breaks on the way', async () => {
    const sent = await breakEverywhere(async () => {
      const world = await RestoreWorld.make();
      const made = await scene(world, () => noted(world));
      assert.deepEqual(faultsOf(made.plan), []);
      assert.ok(!JSON.stringify(made.plan).includes(secretOf(world.tokenBefore)));
      return made;
    });
    assert.ok(sent >= 4, `${sent} commands`);
  });

  test('a token that does not open the snapshot is not noted', async () => {
    const world = await RestoreWorld.make();
    const { files } = world.machine('cp1');
    files.write('/etc/rancher/k3s/config.yaml', 'token: another\n', 0o600);
    const { result } = await runScene(await scene(world, () => {}));
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'note-token@cp1');
    assert.ok(!files.isFolder(notes));
  });

  test('a restore says which token it needs', async () => {
    const world = await RestoreWorld.make();
    await runScene(await scene(world, () => {}));
    const { files } = world.machine('cp1');
    const [name = ''] = files.list(notes);
    world.snapshotPath = `${data}/db/snapshots/${name}`;
    assert.deepEqual((await world.plan()).blockers, []);
    files.write('/etc/rancher/k3s/config.yaml', 'token: another\n', 0o600);
    const remedies = (await world.plan()).blockers.flatMap(({ remedy }) => (remedy ? [render(remedy)] : []));
    const hash = files.text(`${notes}/${name}`).trim();
    assert.ok(
      remedies.some((each) => each.includes(`whose SHA-256 begins with ${hash}`)),
      remedies.join('; '),
    );
  });

  test('a snapshot that k3s took by itself has its note too once Haven has taken one', async () => {
    const world = await RestoreWorld.make();
    const { files } = world.machine('cp1');
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'etcd-snapshot']);
    files.place(`${data}/db/snapshots/etcd-snapshot-cp1-1`, 'no database\n', 0o600);
    await runScene(await scene(world, () => {}));
    const hash = createHash('sha256').update(secretOf(world.tokenBefore)).digest('hex').slice(0, 12);
    const own = files.list(notes).filter((each) => each.startsWith('etcd-snapshot-'));
    assert.equal(own.length, 1, 'what holds no seal gets no note');
    assert.equal(files.text(`${notes}/${own[0]}`), `${hash}\n`);
  });

  test('a restore says by the seal in a snapshot which token it needs where nobody has noted it', async () => {
    const world = await RestoreWorld.make();
    const hash = createHash('sha256').update(secretOf(world.tokenBefore)).digest('hex').slice(0, 12);
    world.machine('cp1').files.write('/etc/rancher/k3s/config.yaml', 'token: another\n', 0o600);
    const remedies = (await world.plan()).blockers.flatMap(({ remedy }) => (remedy ? [render(remedy)] : []));
    assert.ok(
      remedies.some((each) => each.includes(`whose SHA-256 begins with ${hash}`)),
      remedies.join('; '),
    );
  });

  test('what is saved before a restore is noted by its own seal, also when the token was changed before', async () => {
    const world = await RestoreWorld.make();
    const { files } = world.machine('cp1');
    const plan = await world.plan();
    files.write('/etc/rancher/k3s/config.yaml', 'token: another\n', 0o600);
    const steps = plan.steps.filter((each) => each.id === 'save-snapshot@cp1' || each.id === 'note-token@cp1');
    assert.deepEqual(
      steps.map((each) => each.id),
      ['save-snapshot@cp1', 'note-token@cp1'],
    );
    const { result } = await runScene({ ...(await scene(world, () => {})), plan: { ...plan, steps, undo: [] } });
    assert.equal(result.outcome, 'done', JSON.stringify(result.reason));
    const [name = ''] = files.list(notes);
    assert.match(name, /^before-restore-/);
    const hash = createHash('sha256').update(secretOf(world.tokenBefore)).digest('hex').slice(0, 12);
    assert.equal(files.text(`${notes}/${name}`), `${hash}\n`);
  });

  test('the state of the cluster says whether the token of now opens a snapshot', async () => {
    const world = await RestoreWorld.make();
    await runScene(await scene(world, () => {}));
    const token = async () => {
      const status = (await world.state()).nodes.map(statusOf).find((each) => each?.hostName === 'cp1');
      return status?.snapshots.find((each) => each.path.includes('/noted-'))?.token;
    };
    assert.equal(await token(), 'now');
    world.machine('cp1').files.write('/etc/rancher/k3s/config.yaml', 'token: another\n', 0o600);
    assert.equal(await token(), 'other');
  });
});
