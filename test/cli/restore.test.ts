import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Plan } from '../../src/ops/plan';
import { CliWorld, rows } from '../support/cli-world';

const data = '/var/lib/rancher/k3s/server';
/** Practice seconds in one real one: what takes a minute there takes some seconds here. */
const pace = 25;

describe('restore and join on the command line', () => {
  let world: CliWorld;
  let snapshot: string;
  const haven = (...args: string[]) => world.run([...args, '--in', world.folder]);
  const marker = async () => {
    await world.practice.settle();
    return world.practice.anyStore()?.get('/registry/configmaps/default/marker');
  };
  const write = (value: string) => world.practice.anyStore()?.put('/registry/configmaps/default/marker', value);
  const copies = () => {
    const folder = join(world.stateFolder, 'snapshots');
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  const members = () =>
    (world.practice.anyStore()?.members ?? [])
      .map((each) => `${each.name.slice(0, 3)}${each.learner ? '?' : ''}`)
      .sort();

  before(async () => {
    const born = Date.now();
    world = await CliWorld.make('127.77.5', () => born + (Date.now() - born) * pace, {
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / pace)),
    });
    write('before');
    await world.machine('cp1').exec('k3s etcd-snapshot save --name keep');
    snapshot = world.machine('cp1').files.list(`${data}/db/snapshots`)[0] ?? '';
    write('after');
  });
  after(() => world.close());

  test('a snapshot that is not there, or stands for two, is told with those that are', async () => {
    const none = await haven('plan', 'restore');
    assert.equal(none.code, 2);
    assert.match(none.stderr, new RegExp(`name one snapshot; nodes have:\n  cp1:${data}/db/snapshots/${snapshot}\n`));
    assert.match((await haven('plan', 'restore', 'other')).stderr, /no snapshot "other"; nodes have:/);
    assert.match(
      (await haven('plan', 'restore', snapshot, '--absent', 'cp9')).stderr,
      /no server "cp9"; there are: cp1, cp2, cp3/,
    );
    assert.deepEqual(copies(), []);
  });

  test('a plan is shown, and leaves no copy of the snapshot on this machine', async () => {
    const shown = await haven('plan', 'restore', snapshot);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /Put the data of the snapshot in the place of the database of cp1/);
    assert.deepEqual(copies(), []);
  });

  test('a damaged file of this machine is refused, and no copy stays', async () => {
    const path = join(world.home, 'damaged');
    const bytes = Buffer.from(world.machine('cp1').files.read(`${data}/db/snapshots/${snapshot}`));
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const refused = await haven('run', 'restore', path, '--confirm', 'practice');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /the snapshot is damaged: its content does not fit the hash at its end/);
    assert.deepEqual(copies(), []);
  });

  test('nothing is stopped without the name of the cluster; then a downloaded file is restored, and taken back', async () => {
    const path = join(world.home, 'downloaded');
    writeFileSync(path, world.machine('cp1').files.read(`${data}/db/snapshots/${snapshot}`));
    const refused = await haven('run', 'restore', path, '--yes');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /--confirm practice/);
    assert.deepEqual(copies(), []);

    const child = world.start([
      'run',
      'restore',
      path,
      '--in',
      world.folder,
      '--confirm',
      'practice',
      '--format',
      'json',
    ]);
    let told = '';
    const isHeld = new Promise<void>((resolve, reject) => {
      child.once('close', () => reject(new Error(`it ended before it was killed: ${told}`)));
      child.stdout?.on('data', (chunk: Buffer) => {
        told += chunk;
        if (/"step":"hold@cp2"/.test(told)) resolve();
      });
    });
    await isHeld;
    const [copy = ''] = copies();
    const copyMode = statSync(join(world.stateFolder, 'snapshots', copy)).mode & 0o777;
    const dead = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await dead;
    assert.equal(copyMode, 0o600);

    const [open] = rows((await world.run(['runs', '--format', 'json'])).stdout).filter((each) => each.open === true);
    const resumed = await world.run(['run', '--resume', String(open?.run), '--yes']);
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    assert.equal(await marker(), 'before');
    assert.deepEqual(members(), ['cp1', 'cp2', 'cp3']);
    assert.deepEqual(copies(), [], 'nobody needs the copy any more');

    const undone = await world.run(['run', '--undo', String(open?.run), '--yes']);
    assert.equal(undone.code, 0, undone.stdout + undone.stderr);
    assert.equal(await marker(), 'after');
  });

  test('a plan that is saved keeps the copy that it sends, and says so', async () => {
    const path = join(world.home, 'downloaded');
    const saved = await haven('plan', 'restore', path, '--format', 'json');
    assert.equal(saved.code, 0, saved.stderr);
    const [copy = ''] = copies();
    assert.ok(saved.stderr.includes(`it needs ${join(world.stateFolder, 'snapshots', copy)}`), saved.stderr);
    const plan = rows(saved.stdout)[0] as unknown as Plan;
    assert.ok(JSON.stringify(plan).includes(copy));
  });

  test('secrets come by the standard input, never as an argument; a line without a name is not shown again', async () => {
    const wrong = await world.run(['plan', 'snapshot', '--in', world.folder, '--secrets-stdin'], 'hunter2\n');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /line 1 of the standard input is not NAME=VALUE/);
    assert.doesNotMatch(wrong.stderr, /hunter2/);
  });

  test('an object in S3 is fetched by k3s itself, with settings from a file', async () => {
    const bytes = Buffer.from(world.machine('cp1').files.read(`${data}/db/snapshots/${snapshot}`));
    world.practice.objects.set('backups/nightly', bytes);
    const config = join(world.home, 's3.yaml');
    writeFileSync(config, 'etcd-s3-bucket: backups\netcd-s3-secret-key: practice-secret-key\n');
    const none = await haven('plan', 'restore', '--s3', 'nightly');
    assert.equal(none.code, 1);
    assert.match(none.stdout, /its files name no bucket of S3/);
    const ran = await haven('run', 'restore', '--s3', 'nightly', '--s3-config', config, '--confirm', 'practice');
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.equal(await marker(), 'before');
    assert.doesNotMatch(ran.stdout + ran.stderr, /practice-secret-key/);
  });

  test('join: a server that was removed joins as it would in the editor, the token in no argument', async () => {
    const removed = await haven('run', 'remove', 'cp3', '--yes', '--confirm', 'practice');
    assert.equal(removed.code, 0, removed.stdout + removed.stderr);
    const wrong = await haven('plan', 'join', 'cp3', '--k3s', '/nowhere');
    assert.match(wrong.stderr, /--k3s and --installer go together/);
    const shown = await haven('plan', 'join', 'cp3');
    assert.equal(shown.code, 0, shown.stderr + shown.stdout);
    assert.doesNotMatch(shown.stdout, /practice-token/);
    const joined = await haven('run', 'join', 'cp3', '--yes');
    assert.equal(joined.code, 0, joined.stdout + joined.stderr);
    assert.doesNotMatch(joined.stdout + joined.stderr, /practice-token/);
    await world.practice.settle();
    assert.deepEqual(members(), ['cp1', 'cp2', 'cp3']);
  });
});
