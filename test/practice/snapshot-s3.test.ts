import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import { concernText, renderPlan } from '../../src/ops/render-plan';
import { canSaveAlone, planSnapshot } from '../../src/ops/snapshot';
import type { RunResult } from '../../src/run/executor';
import { practiceSecretKey } from '../../src/run/practice/k3s/snapshots';
import { runAndResume, runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { sceneOf } from '../support/practice-fleet';

const settings = `etcd-s3: true
etcd-s3-bucket: backups
etcd-s3-folder: seoul
etcd-s3-secret-key: ${practiceSecretKey}
`;
const folder = '/var/lib/rancher/k3s/server/db/snapshots';
const notes = '/var/lib/rancher/k3s/server/db/.haven-token-hashes';

/** Servers that send their snapshots to S3; the first `lost` of them do not get there. */
function settle(lost = 0): PracticeWorld {
  const world = new PracticeWorld();
  for (const host of ['cp1', 'cp2', 'cp3']) {
    const { files } = world.machine(host);
    files.makeFolders('/etc/rancher/k3s/config.yaml.d');
    files.place('/etc/rancher/k3s/config.yaml.d/91-s3.yaml', settings);
  }
  const { objects } = world.practice;
  const keep = objects.set.bind(objects);
  let left = lost;
  objects.set = (key, bytes) => (left-- > 0 ? objects : keep(key, bytes));
  return world;
}

async function take(world: PracticeWorld): Promise<{ readonly host: string; readonly result: RunResult }> {
  const plan = planSnapshot(await world.state(), 'evening');
  const { result } = await runScene(sceneOf(world, plan));
  return { host: plan.steps[0]?.host ?? '', result };
}

const files = (world: PracticeWorld, host: string): string[] => world.machine(host).files.list(folder);

describe('a snapshot of servers that send theirs to S3', () => {
  test('is seen to have come there', async () => {
    const world = settle();
    const { host, result } = await take(world);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(files(world, host).length, 1);
    assert.deepEqual([...world.practice.objects.keys()], [`backups/seoul/${files(world, host)[0]}`]);
  });

  test('is taken once more when k3s did not get it there, which it tells by no exit code', async () => {
    const world = settle(1);
    const { host, result } = await take(world);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.ok(files(world, host).length > 0);
    assert.equal(world.practice.objects.size, 1);
  });

  test('is not said to be there when it never came; the one on the server stays', async () => {
    const world = settle(Number.POSITIVE_INFINITY);
    const { host, result } = await take(world);
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, `see-s3@${host}`);
    assert.ok(files(world, host).length > 0);
  });

  test('while S3 is away: nothing is saved, the words name what could not be had and what to do, and without S3 it is saved', async () => {
    const world = settle();
    world.practice.isS3Away = true;
    const { host, result } = await take(world);
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, `save-snapshot@${host}`);
    const said = concernText(result.reason ?? { message: say('nothing') }, render);
    assert.match(
      said,
      /bucket backups: Head \\?"https:\/\/s3\.example:9000\/backups\/\\?": dial tcp .*connection refused/,
    );
    assert.match(said, /has saved nothing on the server either; take it on the server alone \(--no-s3\)/);
    assert.deepEqual(files(world, host), []);
    assert.ok(canSaveAlone(result.reason));

    const alone = planSnapshot(await world.state(), 'alone', 'here');
    const text = renderPlan(alone, render);
    assert.match(text, /it stays on cp1: it does not go to S3, though the settings there ask for it; download it/);
    assert.match(text, /alone, not to S3/);
    const { result: saved } = await runScene(sceneOf(world, alone));
    assert.equal(saved.outcome, 'done', JSON.stringify(saved));
    assert.equal(files(world, host).length, 1);
  });

  test('S3 that goes away once k3s has been there: the one on the server is whole, noted, and said to stay; resumed, one goes there', async () => {
    const world = settle();
    assert.equal((await take(world)).result.outcome, 'done');
    world.practice.isS3Away = true;
    const plan = planSnapshot(await world.state(), 'night');
    const host = plan.steps[0]?.host ?? '';
    const sent = world.practice.objects.size;
    const [result, then] = await runAndResume(sceneOf(world, plan), () => {
      assert.equal(world.practice.objects.size, sent);
      assert.ok(files(world, host).some((each) => each.startsWith('night-')));
      assert.ok(
        world
          .machine(host)
          .files.list(notes)
          .some((each) => each.startsWith('night-')),
      );
      world.practice.isS3Away = false;
    });
    assert.equal(result.stoppedAt?.id, `see-s3@${host}`, JSON.stringify(result));
    const said = concernText(result.reason ?? { message: say('nothing') }, render);
    assert.match(said, /snapshot upload to S3: Put \\?"https:\/\/s3\.example:9000\/.*connection refused/);
    assert.match(said, /the one on cp1 is whole and stays; resume when S3 answers/);
    assert.ok(!canSaveAlone(result.reason));
    assert.equal(then.outcome, 'done', JSON.stringify(then));
    assert.equal(world.practice.objects.size, sent + 1);
  });

  test('a server without room is not said to lack S3', async () => {
    const world = settle();
    const plan = planSnapshot(await world.state(), 'full');
    world.machine(plan.steps[0]?.host ?? '').files.limits.set(folder, 10);
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'failed');
    assert.equal(result.reason?.remedy, undefined, JSON.stringify(result.reason));
  });

  test('stays on the server alone where a run takes it for itself', async () => {
    const world = settle();
    const plan = planSnapshot(await world.state(), 'before', 'here');
    assert.ok(plan.steps.every(({ id }) => !id.startsWith('see-s3')));
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(world.practice.objects.size, 0);
  });
});
