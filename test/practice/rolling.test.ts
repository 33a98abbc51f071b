import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import type { Plan } from '../../src/ops/plan';
import { planRolling, type RollingParameters } from '../../src/ops/rolling';
import type { UpgradePrograms } from '../../src/ops/rolling-steps';
import { bootstrapKey, tokenOf } from '../../src/run/practice/k3s/config';
import type { ExecRequest } from '../../src/run/transport';
import { breakEverywhere, runAndResume, runAndTakeBack, runScene, type Scene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { kubeNodes, pass, removal, sceneOf, stamp, voters } from '../support/practice-fleet';

const servers = ['cp1', 'cp2', 'cp3'];

async function rolling(world: PracticeWorld, changes: Partial<RollingParameters> = {}): Promise<Plan> {
  const plan = planRolling(await world.state(), {
    stamp,
    hosts: [...servers, 'w1'],
    nodes: await kubeNodes(world),
    drain: true,
    ...changes,
  });
  assert.deepEqual(faultsOf(plan), []);
  return plan;
}

/** Watches at every command that a majority of the members is there. */
function watched(world: PracticeWorld, scene: Scene): Scene {
  return {
    ...scene,
    connect: async (name) => {
      const transport = world.connect(name);
      return {
        ...transport,
        exec: async (request, signal) => {
          const up = servers.filter((each) => world.practice.isServerUp(world.machine(each))).length;
          assert.ok(up >= 2, `${up} servers are up before: ${request.argv.join(' ').slice(0, 80)}`);
          return transport.exec(request, signal);
        },
      };
    },
  };
}

describe('a rolling restart of the practice cluster', () => {
  test('after "k3s token rotate" no server is stopped whose settings still have the old token; with the new one it goes on', async () => {
    const world = new PracticeWorld();
    const plan = await rolling(world, { hosts: servers });
    // As k3s rotates: what is sealed lies in etcd under the new token, and the settings have the old one.
    const used = tokenOf(world.machine('cp1'));
    const store = world.practice.k3s.etcdOf(world.machine('cp1'))?.store;
    const sealed = store?.get(bootstrapKey(used));
    assert.ok(store !== undefined && sealed !== undefined);
    store.put(bootstrapKey('rotated'), sealed);
    store.delete(bootstrapKey(used));
    await pass(world, 5);
    const since = () => servers.map((each) => world.machine(each).units.get('k3s')?.sinceMs);
    const before = since();
    const [first, then] = await runAndResume(sceneOf(world, plan), () => {
      assert.deepEqual(since(), before, 'nothing was stopped');
      for (const each of servers) {
        const { files } = world.machine(each);
        files.makeFolders('/etc/rancher/k3s/config.yaml.d');
        files.place('/etc/rancher/k3s/config.yaml.d/95-token.yaml', 'token: rotated\n');
      }
    });
    assert.equal(first.stoppedAt?.id.split('@')[0], 'own-token', JSON.stringify(first));
    assert.match(JSON.stringify(first.reason), /would not start again.*write the token of now/);
    assert.equal(then.outcome, 'done', JSON.stringify(then));
  });

  const started = (world: PracticeWorld) =>
    [...servers, 'w1'].map((name) => world.machine(name).units.get(name === 'w1' ? 'k3s-agent' : 'k3s')?.sinceMs ?? 0);
  const isWhole = async (world: PracticeWorld, before: readonly number[], hosts = [...servers, 'w1']) => {
    // Whoever lost its power last is still on its way.
    await pass(world, 60);
    const now = started(world);
    for (const host of hosts) {
      const i = [...servers, 'w1'].indexOf(host);
      assert.ok((now[i] ?? 0) > (before[i] ?? 0), `${host} was started anew`);
    }
    assert.deepEqual(await voters(world), servers);
    assert.ok((await kubeNodes(world)).every((each) => each.ready && !each.cordoned));
  };

  test('goes from one to the next with a majority up all the time, whoever leads last', async () => {
    const world = new PracticeWorld();
    const before = started(world);
    const plan = await rolling(world);
    const order = plan.steps.filter((step) => step.id.startsWith('restart@')).map((step) => step.host);
    assert.deepEqual(order, ['cp2', 'cp3', 'cp1', 'w1']);
    const { result } = await runScene(watched(world, sceneOf(world, plan)));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await isWhole(world, before);
  });

  test('whatever breaks, a resumed restart ends with every node up and none cordoned', async () => {
    const sent = await breakEverywhere(
      async () => {
        const world = new PracticeWorld();
        const before = started(world);
        // Two of the four: what happens at each command is the same for the others.
        const scene = sceneOf(world, await rolling(world, { hosts: ['cp1', 'w1'] }));
        return {
          ...scene,
          check: () => isWhole(world, before, ['cp1', 'w1']),
          checkUndone: async () => {
            await pass(world, 30);
            assert.deepEqual(await voters(world), servers);
          },
        };
      },
      { inTurn: true },
    );
    assert.ok(sent > 20, `${sent} commands`);
  });

  test('stops at the first server that does not come back, and leaves the others alone', async () => {
    const world = new PracticeWorld();
    const before = started(world);
    const scene = sceneOf(world, await rolling(world, { drain: false }));
    const connect = async (host: string) => {
      const transport = world.connect(host);
      return {
        ...transport,
        exec: async (request: ExecRequest, signal?: AbortSignal) => {
          // Somebody spoils it once the run has looked at it.
          if (host === 'cp2' && request.argv.join(' ').includes('systemctl restart'))
            world.machine('cp2').files.write('/etc/rancher/k3s/config.yaml', 'token: another\n');
          return transport.exec(request, signal);
        },
      };
    };
    const { result } = await runScene({ ...scene, connect });
    assert.equal(result.outcome, 'failed');
    assert.match(result.stoppedAt?.id ?? '', /^(?:restart|healthy)@cp2$/);
    assert.deepEqual(started(world).slice(2), before.slice(2));
  });

  test('is refused while a server is down, because the next one would take the quorum', async () => {
    const world = new PracticeWorld();
    world.practice.powerOff(world.machine('cp3'));
    await pass(world, 60);
    const plan = await rolling(world, { hosts: ['cp1', 'cp2'] });
    assert.match(
      plan.blockers.map((each) => render(each.message)).join('\n'),
      /1 of 3 members would stay up without cp1/,
    );
  });

  test('of two servers pauses etcd, says so, and comes back', async () => {
    const world = new PracticeWorld();
    await runScene(sceneOf(world, await removal(world, 'cp3')));
    const plan = await rolling(world, { hosts: ['cp1', 'cp2'], drain: false });
    assert.match(
      plan.warnings.map((each) => render(each.message)).join('\n'),
      /with 2 members, etcd and the API stop while cp1 restarts/,
    );
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
  });
});

describe('an upgrade of the practice cluster', () => {
  const release = 'v1.34.3+k3s1';
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-upgrade-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const upgrade = (text = `#!/bin/sh\necho 'k3s version ${release} (practice)'\n`): UpgradePrograms => {
    const localPath = join(folder, 'k3s');
    writeFileSync(localPath, text);
    const file = { localPath, sha256: createHash('sha256').update(text).digest('hex'), bytes: text.length };
    return { release, files: new Map([['/usr/local/bin/k3s', file]]), online: false };
  };
  const begin = (): PracticeWorld => {
    const world = new PracticeWorld();
    for (const name of [...servers, 'w1'])
      world.machine(name).files.place('/usr/local/bin/k3s', 'k3s v1.34.1+k3s1\n', 0o755);
    return world;
  };
  const isNew = async (world: PracticeWorld, hosts = [...servers, 'w1']) => {
    await pass(world, 60);
    const nodes = (await kubeNodes(world)).filter((each) => hosts.includes(each.name));
    assert.deepEqual(
      nodes.map((each) => `${each.name} ${each.version} ${each.ready} ${each.cordoned}`),
      hosts.map((name) => `${name} ${release} true false`),
    );
    assert.deepEqual(await voters(world), servers);
    for (const name of hosts) {
      const { files } = world.machine(name);
      assert.equal(files.text(`/var/lib/haven/kept/${stamp}/usr/local/bin/k3s`), 'k3s v1.34.1+k3s1\n');
      assert.ok(!files.has('/usr/local/bin/.k3s.haven-new'));
    }
  };

  test('takes a snapshot first, then brings the program to one node after another', async () => {
    const world = begin();
    const plan = await rolling(world, { upgrade: upgrade() });
    assert.deepEqual(plan.blockers, []);
    assert.match(plan.steps[0]?.id ?? '', /^save-snapshot@/);
    const { result } = await runScene(watched(world, sceneOf(world, plan)));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await isNew(world);
  });

  test('whatever breaks, a resumed upgrade ends with the new release everywhere', async () => {
    await breakEverywhere(
      async () => {
        const world = begin();
        const scene = sceneOf(world, await rolling(world, { hosts: ['cp3'], upgrade: upgrade() }));
        return { ...scene, check: () => isNew(world, ['cp3']) };
      },
      { inTurn: true },
    );
  });

  const isOld = async (world: PracticeWorld) => {
    await pass(world, 60);
    assert.deepEqual(
      (await kubeNodes(world)).map((each) => `${each.name} ${each.version} ${each.ready} ${each.cordoned}`),
      [...servers, 'w1'].map((name) => `${name} v1.34.1+k3s1 true false`),
    );
    assert.deepEqual(await voters(world), servers);
    for (const name of [...servers, 'w1']) {
      const { files } = world.machine(name);
      assert.equal(files.text('/usr/local/bin/k3s'), 'k3s v1.34.1+k3s1\n');
      assert.ok(!files.has('/usr/local/bin/.k3s.haven-new'), `the new program lies on ${name}`);
    }
  };

  test('is taken back within its minor release: every node runs the program of before', async () => {
    const world = begin();
    const plan = await rolling(world, { upgrade: upgrade() });
    assert.match(
      plan.wayBack.map((each) => render(each)).join('\n'),
      /the run can be taken back, also when it is done/,
    );
    const result = await runAndTakeBack(watched(world, sceneOf(world, plan)));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    await isOld(world);
  });

  test('over a minor release it is not, and that is said', async () => {
    const world = begin();
    const plan = await rolling(world, { upgrade: { release: 'v1.35.0+k3s1', files: new Map(), online: true } });
    assert.deepEqual(plan.blockers, []);
    assert.match(plan.wayBack.map((each) => render(each)).join('\n'), /cannot be taken back by the old programs/);
    assert.ok(!plan.steps.some((step) => step.id.startsWith('replace-') && 'undo' in step));
  });

  test('over a minor release, one that is given up before a program is replaced leaves none beside the old ones', async () => {
    const world = begin();
    const programs = upgrade("#!/bin/sh\necho 'k3s version v1.33.1+k3s1 (practice)'\n");
    const plan = await rolling(world, { upgrade: { ...programs, release: 'v1.35.0+k3s1' } });
    assert.deepEqual(plan.blockers, []);
    for (const step of plan.steps)
      if (step.id.startsWith('replace-')) assert.ok(step.noWayBack, `behind ${step.id} nothing is said to be undone`);
    const result = await runAndTakeBack(sceneOf(world, plan));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    const { files } = world.machine('cp2');
    assert.deepEqual(
      files.list('/usr/local/bin').filter((name) => name.includes('haven')),
      [],
    );
    assert.equal(files.text('/usr/local/bin/k3s'), 'k3s v1.34.1+k3s1\n');
  });

  test('whatever breaks, an upgrade is taken back', async () => {
    await breakEverywhere(
      async () => {
        const world = begin();
        const scene = sceneOf(world, await rolling(world, { hosts: ['cp3'], upgrade: upgrade() }));
        return { ...scene, check: () => isNew(world, ['cp3']), checkUndone: () => isOld(world) };
      },
      { inTurn: true, sample: 3, afterwards: 'undo' },
    );
  });

  test('a program that is another release than it should be replaces nothing', async () => {
    const world = begin();
    const plan = await rolling(world, { upgrade: upgrade("#!/bin/sh\necho 'k3s version v1.33.1+k3s1 (practice)'\n") });
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'asked-k3s@cp2');
    assert.equal(world.machine('cp2').files.text('/usr/local/bin/k3s'), 'k3s v1.34.1+k3s1\n');
  });

  test('a release that skips a minor one is refused', async () => {
    const plan = await rolling(begin(), { upgrade: { release: 'v1.36.0+k3s1', files: new Map(), online: true } });
    assert.match(plan.blockers.map((each) => render(each.message)).join('\n'), /skips a minor release/);
  });
});
