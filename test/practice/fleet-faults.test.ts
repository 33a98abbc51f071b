import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { say } from '../../src/base/message';
import { planRolling } from '../../src/ops/rolling';
import { TransportError } from '../../src/run/transport';
import { runScene, type Scene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { joining, kubeNodes, pass, removal, sceneOf, stamp, voters } from '../support/practice-fleet';

/** Nobody reaches `host` from the first command on that holds `word`. */
function cutOff(scene: Scene, host: string, word: string): Scene {
  let isOff = false;
  return {
    ...scene,
    connect: async (name) => {
      const gone = () =>
        new TransportError(name, 'unreachable', say('cannot connect to {0} port {1}: {2}', name, 22, 'no route'));
      if (isOff && name === host) throw gone();
      const transport = await scene.connect(name);
      return {
        ...transport,
        exec: async (request, signal) => {
          if (name === host && request.argv.join(' ').includes(word)) isOff = true;
          if (isOff && name === host) throw gone();
          return transport.exec(request, signal);
        },
      };
    },
  };
}

const without = async (host: string) => {
  const world = new PracticeWorld();
  const { result } = await runScene(sceneOf(world, await removal(world, host)));
  assert.equal(result.outcome, 'done', JSON.stringify(result));
  return world;
};

describe('a join', () => {
  test('onto a full disk is told and taken back, and the cluster is as it was', async () => {
    const world = await without('cp3');
    const plan = await joining(world, 'cp3');
    world.machine('cp3').files.limits.set('/etc/rancher', 10);
    const { result } = await runScene(sceneOf(world, plan));
    assert.match(result.outcome, /^(?:failed|undone)$/);
    assert.equal(result.stoppedAt?.host, 'cp3');
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
    assert.equal(world.machine('cp3').units.get('k3s')?.active, 'inactive');
  });

  test('of a machine that cannot be reached any more leaves a cluster that works; going on later ends it', async () => {
    const world = await without('cp3');
    const plan = await joining(world, 'cp3');
    const { result } = await runScene(cutOff(sceneOf(world, plan), 'cp3', 'systemctl enable'));
    assert.notEqual(result.outcome, 'done');
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
    assert.ok(world.practice.isServerUp(world.machine('cp1')));
    const again = await runScene(sceneOf(world, plan));
    assert.equal(again.result.outcome, 'done', JSON.stringify(again.result));
    assert.deepEqual(await voters(world), ['cp1', 'cp2', 'cp3']);
  });

  test('while another server is down is refused, because etcd adds none', async () => {
    const world = await without('cp3');
    world.practice.powerOff(world.machine('cp2'));
    await pass(world, 60);
    const plan = await joining(world, 'cp3').catch(() => undefined);
    assert.ok(plan === undefined || plan.blockers.length > 0);
  });
});

describe('a removal', () => {
  test('of a server that cannot be reached half way stops, and nothing was deleted', async () => {
    const world = new PracticeWorld();
    const plan = await removal(world, 'cp3');
    const { result } = await runScene(cutOff(sceneOf(world, plan), 'cp3', 'systemctl disable'));
    assert.notEqual(result.outcome, 'done');
    assert.ok((await kubeNodes(world)).some((each) => each.name === 'cp3'));
    assert.deepEqual(await voters(world), ['cp1', 'cp2', 'cp3']);
  });

  test('is refused by the live quorum when another server fails after the plan was made', async () => {
    const world = new PracticeWorld();
    const plan = await removal(world, 'cp3');
    world.practice.powerOff(world.machine('cp2'));
    await pass(world, 5);
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'stop@cp3');
    assert.match(JSON.stringify(result.reason), /etcd members would stay healthy/);
    assert.equal(world.machine('cp3').units.get('k3s')?.active, 'active');
  });
});

describe('an upgrade', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-faults-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const upgrading = async (world: PracticeWorld) => {
    const release = 'v1.34.3+k3s1';
    const text = `#!/bin/sh\necho 'k3s version ${release} (practice)'\n${'#'.repeat(5000)}\n`;
    const localPath = join(folder, 'k3s');
    writeFileSync(localPath, text);
    const file = { localPath, sha256: createHash('sha256').update(text).digest('hex'), bytes: text.length };
    for (const name of ['cp1', 'cp2', 'cp3'])
      world.machine(name).files.place('/usr/local/bin/k3s', 'k3s v1.34.1+k3s1\n');
    return planRolling(await world.state(), {
      stamp,
      hosts: ['cp1', 'cp2', 'cp3'],
      nodes: await kubeNodes(world),
      drain: false,
      upgrade: { release, files: new Map([['/usr/local/bin/k3s', file]]), online: false },
    });
  };
  const isOld = (world: PracticeWorld) => {
    for (const name of ['cp1', 'cp2', 'cp3'])
      assert.equal(world.machine(name).files.text('/usr/local/bin/k3s'), 'k3s v1.34.1+k3s1\n');
  };

  test('onto a full disk stops before the old program is touched', async () => {
    const world = new PracticeWorld();
    const plan = await upgrading(world);
    world.machine('cp2').files.limits.set('/usr/local/bin', 100);
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.host, 'cp2');
    isOld(world);
    assert.deepEqual(await voters(world), ['cp1', 'cp2', 'cp3']);
  });

  test('without room for the snapshot before it does not begin', async () => {
    const world = new PracticeWorld();
    const plan = await upgrading(world);
    const on = plan.steps[0]?.host ?? '';
    world.machine(on).files.limits.set('/var/lib/rancher/k3s/server/db/snapshots', 10);
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'failed');
    assert.match(result.stoppedAt?.id ?? '', /^save-snapshot@/);
    isOld(world);
  });

  test('stops at the server that cannot be reached, with the others untouched', async () => {
    const world = new PracticeWorld();
    const plan = await upgrading(world);
    const { result } = await runScene(cutOff(sceneOf(world, plan), 'cp2', 'systemctl daemon-reload'));
    assert.notEqual(result.outcome, 'done');
    for (const name of ['cp1', 'cp3'])
      assert.equal(world.machine(name).files.text('/usr/local/bin/k3s'), 'k3s v1.34.1+k3s1\n');
    assert.ok((await voters(world)).length === 3);
  });
});
