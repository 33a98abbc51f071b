import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planSnapshot } from '../../src/ops/snapshot';
import type { RunResult } from '../../src/run/executor';
import { practiceSecretKey } from '../../src/run/practice/k3s/snapshots';
import { runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { sceneOf } from '../support/practice-fleet';

const settings = `etcd-s3: true
etcd-s3-bucket: backups
etcd-s3-folder: seoul
etcd-s3-secret-key: ${practiceSecretKey}
`;
const folder = '/var/lib/rancher/k3s/server/db/snapshots';

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

  test('stays on the server alone where a run takes it for itself', async () => {
    const world = settle();
    const plan = planSnapshot(await world.state(), 'before', 'here');
    assert.ok(plan.steps.every(({ id }) => !id.startsWith('see-s3')));
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(world.practice.objects.size, 0);
  });
});
