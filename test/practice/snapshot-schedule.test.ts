import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { Secret } from '../../src/base/secret';
import { faultsOf, secretsOf } from '../../src/ops/check-plan';
import { parseScheduleFacts, scheduleFactsCommand } from '../../src/ops/commands/schedule-facts';
import type { Plan } from '../../src/ops/plan';
import { saveFolder } from '../../src/ops/snapshot-folders';
import { isCron, ownFolder, planSnapshotSchedule, type ScheduleParameters } from '../../src/ops/snapshot-schedule';
import { readConfig } from '../../src/run/practice/k3s/config';
import { breakEverywhere, runAndTakeBack, runScene, type Scene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { pass, sceneOf, stamp, voters } from '../support/practice-fleet';

const servers = ['cp1', 'cp2', 'cp3'];
const nightly = { cron: '30 2 * * *', keep: 14, compress: false };
const bucket = { endpoint: 's3.example.com', bucket: 'snapshots', folder: 'prod', keys: 'typed' } as const;
const secrets = new Map([
  ['s3-access-key', new Secret('practice-access-key')],
  ['s3-secret-key', new Secret('practice-secret-key')],
]);
const dropIn = '/etc/rancher/k3s/config.yaml.d/90-haven-snapshots.yaml';

async function planned(world: PracticeWorld, wish: Omit<ScheduleParameters, 'stamp'>): Promise<Plan> {
  const answers = new Map();
  for (const host of servers) {
    if (!world.machine(host).hasPower) continue;
    answers.set(host, parseScheduleFacts(await world.run(host, scheduleFactsCommand(wish.folder).argv.map(String))));
  }
  const plan = planSnapshotSchedule(await world.state(), answers, { stamp, ...wish });
  assert.deepEqual(faultsOf(plan), []);
  return plan;
}

const given = (world: PracticeWorld, plan: Plan): Scene => {
  const scene = sceneOf(world, plan);
  return { ...scene, deps: { ...scene.deps, secrets } };
};
const setting = (world: PracticeWorld, key: string) => servers.map((host) => readConfig(world.machine(host)).get(key));
const started = (world: PracticeWorld) => servers.map((host) => world.machine(host).units.get('k3s')?.sinceMs ?? 0);

describe('a schedule of snapshots', () => {
  test('comes to one server after another by a drop-in of its own, and k3s reads it', async () => {
    const world = new PracticeWorld();
    const before = started(world);
    const plan = await planned(world, { schedule: nightly });
    const { result } = await runScene(given(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.deepEqual(setting(world, 'etcd-snapshot-schedule-cron'), ['30 2 * * *', '30 2 * * *', '30 2 * * *']);
    assert.deepEqual(setting(world, 'etcd-snapshot-retention'), ['14', '14', '14']);
    assert.ok(started(world).every((ms, i) => ms > (before[i] ?? 0)));
    assert.deepEqual(await voters(world), servers);
    const again = await planned(world, { schedule: nightly });
    assert.deepEqual([again.steps, again.blockers], [[], []]);
    assert.match(render(again.title), /has these settings of snapshots already/);
  });

  test('is taken back: the settings of before, read again by every server', async () => {
    const world = new PracticeWorld();
    const undone = await runAndTakeBack(given(world, await planned(world, { schedule: nightly })));
    assert.equal(undone.outcome, 'undone', JSON.stringify(undone));
    assert.ok(servers.every((host) => !world.machine(host).files.has(dropIn)));
    await pass(world, 60);
    assert.deepEqual(await voters(world), servers);
  });

  test('whatever breaks, it is resumed to its end, with a majority up', async () => {
    await breakEverywhere(
      async () => {
        const world = new PracticeWorld();
        return {
          ...given(world, await planned(world, { schedule: nightly, s3: bucket })),
          check: async () => {
            await pass(world, 60);
            assert.deepEqual(setting(world, 'etcd-snapshot-retention'), ['14', '14', '14']);
            assert.deepEqual(setting(world, 'etcd-s3-bucket'), ['snapshots', 'snapshots', 'snapshots']);
            assert.deepEqual(await voters(world), servers);
          },
        };
      },
      { inTurn: true, sample: 2 },
    );
  });

  test('whatever breaks, it can be taken back from there', async () => {
    await breakEverywhere(
      async () => {
        const world = new PracticeWorld();
        return {
          ...given(world, await planned(world, { schedule: nightly })),
          checkUndone: async () => {
            await pass(world, 60);
            assert.ok(servers.every((host) => !world.machine(host).files.has(dropIn)));
            assert.deepEqual(await voters(world), servers);
          },
        };
      },
      { inTurn: true, sample: 2, afterwards: 'undo' },
    );
  });

  test('S3 is believed when a snapshot has come there; its keys are in no plan, and in files for root alone', async () => {
    const world = new PracticeWorld();
    const plan = await planned(world, { s3: bucket });
    assert.deepEqual(secretsOf(plan).toSorted(), ['s3-access-key', 's3-secret-key']);
    assert.doesNotMatch(JSON.stringify(plan), /practice-secret/);
    const { result } = await runScene(given(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(
      [...world.practice.objects.keys()].filter((each) => each.startsWith('snapshots/prod/haven-s3-')).length,
      1,
    );
    const path = '/etc/rancher/k3s/config.yaml.d/91-haven-s3.yaml';
    assert.equal((await world.run('cp2', ['stat', '-c', '%a', path])).trim(), '600');
    assert.match(world.machine('cp2').files.text(path), /^etcd-s3-secret-key: "practice-secret-key"$/m);
  });

  test('a key that S3 refuses is told in the words of k3s, which then saves nothing on the server either', async () => {
    const world = new PracticeWorld();
    const wrong = new Map([...secrets, ['s3-secret-key', new Secret('mistyped')]] as const);
    const scene = given(world, await planned(world, { s3: bucket }));
    const { result } = await runScene({ ...scene, deps: { ...scene.deps, secrets: wrong } });
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'try-s3@cp1');
    assert.match(JSON.stringify(result.reason), /failed to test for existence of bucket snapshots: Access Denied/);
    assert.deepEqual(world.machine('cp1').files.list('/var/lib/rancher/k3s/server/db/snapshots'), []);
  });

  test('come to lie in another folder that is there on every server, and in that of k3s again', async () => {
    const world = new PracticeWorld();
    const folder = '/mnt/backup/etcd';
    const words = async (wish: Omit<ScheduleParameters, 'stamp'>) =>
      (await planned(world, wish)).blockers.map((each) => `${each.host}: ${render(each.message)}`);
    for (const host of servers.slice(1)) world.machine(host).files.makeFolders(folder);
    assert.deepEqual(await words({ folder }), [`cp1: there is no folder ${folder}, and k3s makes none`]);
    const inside = '/var/lib/rancher/k3s/server/db/saved';
    for (const host of servers) world.machine(host).files.makeFolders(inside);
    assert.match((await words({ folder: inside })).join(), /lies in the folder of the database/);
    for (const wrong of ['saved', '/tmp/saved', '/mnt/../run', '/mnt/a b', '/mnt/$(id)', "/mnt/'x"])
      assert.match((await words({ folder: wrong })).join(), /cannot be the folder of snapshots/, wrong);

    world.machine('cp1').files.makeFolders(folder);
    const plan = await planned(world, { folder });
    assert.match(render(plan.title), /^Save snapshots of \S+ in \/mnt\/backup\/etcd$/);
    assert.match(plan.warnings.map((each) => render(each.message)).join(), /server\/db\/snapshots stay there/);
    assert.equal((await runScene(given(world, plan))).result.outcome, 'done');
    await world.run('cp2', ['k3s', 'etcd-snapshot', 'save', '--name', 'there']);
    assert.equal(world.machine('cp2').files.list(folder).length, 1);
    assert.equal(saveFolder(await world.state(), 'cp2'), folder);
    assert.deepEqual((await planned(world, { folder })).steps, []);

    assert.equal((await runScene(given(world, await planned(world, { folder: ownFolder })))).result.outcome, 'done');
    assert.equal(saveFolder(await world.state(), 'cp2'), '/var/lib/rancher/k3s/server/db/snapshots');
  });

  test('no server takes snapshots by itself any more only when the name of the cluster is typed', async () => {
    const world = new PracticeWorld();
    const plan = await planned(world, { schedule: 'off' });
    assert.equal(plan.destructive, true);
    assert.equal((await runScene(given(world, plan))).result.outcome, 'done');
    assert.deepEqual(setting(world, 'etcd-disable-snapshots'), ['true', 'true', 'true']);
  });

  test('what would not be heard, or not work, is refused before', async () => {
    const world = new PracticeWorld();
    const { files } = world.machine('cp2');
    files.makeFolders('/etc/rancher/k3s/config.yaml.d');
    files.write('/etc/rancher/k3s/config.yaml.d/99-own.yaml', 'etcd-snapshot-retention: 3\n');
    const words = async (wish: Omit<ScheduleParameters, 'stamp'>) =>
      (await planned(world, wish)).blockers.map((each) => render(each.message)).join('\n');
    assert.match(await words({ schedule: nightly }), /99-own\.yaml sets etcd-snapshot-retention, and it is read after/);
    assert.match(await words({ schedule: { ...nightly, cron: 'every night' } }), /is no time of a crontab/);
    assert.match(await words({ s3: { ...bucket, endpoint: 'https://s3' } }), /is no endpoint of S3/);
    assert.match(await words({ s3: { ...bucket, folder: 'a"\nb: c' } }), /cannot stand there/);
    world.practice.powerOff(world.machine('cp3'));
    assert.match(await words({ schedule: nightly }), /the server did not answer/);
    const unit = parseScheduleFacts('=== unit --etcd-snapshot-retention\n=== end\n');
    assert.ok(unit !== undefined);
    const state = await new PracticeWorld().state();
    const plan = planSnapshotSchedule(state, new Map([['cp1', unit]]), { stamp, schedule: nightly });
    assert.match(plan.blockers.map((each) => render(each.message)).join(), /stands on the command line of the unit/);
    assert.equal(parseScheduleFacts('=== unit --etcd-s3\n'), undefined, 'half an answer is none');
  });

  test('a secret in a setting does not leave the server', async () => {
    const world = new PracticeWorld();
    world
      .machine('cp1')
      .files.write('/etc/rancher/k3s/config.yaml', 'etcd-s3-secret-key: hunter2\netcd-s3-bucket: b\n');
    const output = await world.run('cp1', scheduleFactsCommand().argv.map(String));
    assert.doesNotMatch(output, /hunter2/);
    assert.deepEqual(
      parseScheduleFacts(output)?.settings.map((each) => [each.key, each.value]),
      [
        ['etcd-s3-secret-key', 'set'],
        ['etcd-s3-bucket', 'b'],
      ],
    );
  });

  test('times of a crontab', () => {
    for (const each of ['0 */6 * * *', '*/15 0-5 1,15 * 1-5', '59 23 31 12 6']) assert.ok(isCron(each), each);
    for (const each of [
      '',
      '* * * *',
      '60 * * * *',
      '0 24 * * *',
      '5-1 * * * *',
      '*/0 * * * *',
      '0 0 0 * *',
      '@daily',
      '0 0 * * 7',
    ])
      assert.ok(!isCron(each), each);
  });
});
