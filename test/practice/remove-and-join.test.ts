import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { breakEverywhere, runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { joining, kubeNodes, pass, removal, sceneOf, stamp, voters } from '../support/practice-fleet';

const acts = (plan: { readonly steps: readonly { readonly id: string }[] }) =>
  plan.steps.map((each) => each.id.split('@')[0]);
const done = async (scene: Parameters<typeof runScene>[0]) => {
  assert.deepEqual(
    scene.plan.blockers.map((each) => render(each.message)),
    [],
  );
  assert.deepEqual(faultsOf(scene.plan), []);
  const { result } = await runScene(scene);
  assert.equal(result.outcome, 'done', JSON.stringify(result));
};
const without = async (...hosts: string[]) => {
  const world = new PracticeWorld();
  for (const host of hosts) await done(sceneOf(world, await removal(world, host)));
  return world;
};

describe('removing a server of the practice cluster', () => {
  const isOut = async (world: PracticeWorld, host: string, rest: readonly string[]) => {
    const unit = world.machine(host).units.get('k3s');
    assert.deepEqual([unit?.active, unit?.enabled], ['inactive', false]);
    await pass(world, 45);
    assert.deepEqual(await voters(world), rest);
    assert.ok(!(await kubeNodes(world)).some((each) => each.name === host));
  };
  const isGone = async (world: PracticeWorld, host: string, rest: readonly string[]) => {
    await isOut(world, host, rest);
    assert.ok(world.machine(host).files.has('/var/lib/rancher/k3s/server/db/etcd/member/snap/db'), 'its data are kept');
  };

  test('of three: it is stopped first, and does not come back', async () => {
    const world = new PracticeWorld();
    const plan = await removal(world, 'cp3');
    assert.deepEqual(acts(plan), ['drain', 'stop', 'delete-node', 'member']);
    await done(sceneOf(world, plan));
    await isGone(world, 'cp3', ['cp1', 'cp2']);
  });

  test('of two: its member goes first, and the one that stays never loses its API', async () => {
    const world = await without('cp3');
    const plan = await removal(world, 'cp2');
    assert.deepEqual(acts(plan), ['drain', 'hold', 'delete-node', 'member', 'stop', 'forget-node']);
    await done(sceneOf(world, plan));
    await isGone(world, 'cp2', ['cp1']);
    assert.ok(world.practice.isServerUp(world.machine('cp1')));
    const held = '/run/systemd/system/k3s.service.d/90-haven-removal.conf';
    assert.ok(
      !world.machine('cp2').files.has(held),
      'it would never start again after a crash when it has joined again',
    );
  });

  const deleteNode = (world: PracticeWorld, host: string) =>
    world.run('cp1', ['k3s', 'kubectl', 'delete', 'node', host]);
  /** Where k3s of the machine is when the plan is made: on its way out, out, and back again when the plan runs. */
  for (const [rest, beforePlan, beforeRun] of [
    [['cp2'], 0, 60],
    [['cp2'], 8, 60],
    [[], 0, 60],
    [[], 8, 60],
  ] as const) {
    const when = `planned ${beforePlan} s after that, run ${beforeRun} s later, ${rest.length + 1} servers stay`;
    test(`whose Node was deleted under its running k3s: it comes back, and does not stay (${when})`, async () => {
      const world = rest.length === 0 ? await without('cp2') : new PracticeWorld();
      await deleteNode(world, 'cp3');
      await pass(world, beforePlan);
      const plan = await removal(world, 'cp3');
      assert.ok(!plan.steps.some(({ id }) => id === 'drain@cp3'), 'it was planned when there was a Node');
      await pass(world, beforeRun);
      let { result: end } = await runScene(sceneOf(world, plan));
      // One of two that came back between two steps is not stopped; when it is gone on with, its new member goes first.
      if (end.outcome === 'failed') end = (await runScene(sceneOf(world, plan))).result;
      assert.equal(end.outcome, 'done', JSON.stringify(end));
      await isOut(world, 'cp3', ['cp1', ...rest]);
      assert.ok(world.practice.isServerUp(world.machine('cp1')));
    });
  }

  test('of two, the wrong way round: stopping first takes the quorum, which is why the order is another', async () => {
    const world = await without('cp3');
    await world.run('cp2', ['systemctl', 'stop', 'k3s']);
    await pass(world, 30);
    assert.equal(world.practice.isServerUp(world.machine('cp1')), false);
  });

  test('whatever breaks, a resumed removal ends the same', async () => {
    const sent = await breakEverywhere(
      async () => {
        const world = new PracticeWorld();
        const scene = sceneOf(world, await removal(world, 'cp3'));
        return { ...scene, check: () => isGone(world, 'cp3', ['cp1', 'cp2']) };
      },
      { inTurn: true },
    );
    assert.ok(sent > 8, `${sent} commands`);
  });

  test('whatever breaks, the removal of one of two ends the same', async () => {
    await breakEverywhere(
      async () => {
        const world = await without('cp3');
        const scene = sceneOf(world, await removal(world, 'cp2'));
        return {
          ...scene,
          check: () => isGone(world, 'cp2', ['cp1']),
          // Held back without the other one, neither could go on: the removal is taken back, and both run.
          checkUndone: async () => {
            await pass(world, 60);
            assert.deepEqual(await voters(world), ['cp1', 'cp2']);
            assert.equal(world.machine('cp2').units.get('k3s')?.enabled, true);
          },
        };
      },
      { inTurn: true, sample: 2 },
    );
  });

  test('a server that does not answer is only taken out of the lists', async () => {
    const world = new PracticeWorld();
    world.practice.powerOff(world.machine('cp3'));
    await pass(world, 60);
    const plan = await removal(world, 'cp3');
    assert.deepEqual(acts(plan), ['delete-node', 'member']);
    await done(sceneOf(world, plan));
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
  });
});

describe('joining the practice cluster', () => {
  const isIn = async (world: PracticeWorld, host: string, all: readonly string[]) => {
    assert.deepEqual(await voters(world), all);
    assert.ok((await kubeNodes(world)).some((each) => each.name === host && each.ready));
    const unit = world.machine(host).units.get('k3s');
    assert.deepEqual([unit?.active, unit?.enabled], ['active', true]);
  };

  test('a server that was removed joins as a new one; its old data lie aside', async () => {
    const world = await without('cp3');
    const plan = await joining(world, 'cp3');
    await done(sceneOf(world, plan));
    await isIn(world, 'cp3', ['cp1', 'cp2', 'cp3']);
    assert.ok(world.machine('cp3').files.has(`/var/lib/haven/kept/${stamp}/before-the-join/db/etcd/member`));
  });

  test('the token stands in no plan and no command, and its file is for root alone', async () => {
    const world = await without('cp3');
    const plan = await joining(world, 'cp3');
    const seen: string[] = [];
    const scene = sceneOf(world, plan);
    await done({
      ...scene,
      connect: async (name) => {
        const transport = world.connect(name);
        return {
          ...transport,
          exec: (request, signal) => {
            seen.push(request.argv.join(' '));
            return transport.exec(request, signal);
          },
        };
      },
    });
    assert.doesNotMatch(JSON.stringify(plan), /practice-token/);
    assert.doesNotMatch(seen.join('\n'), /practice-token/);
    const { files } = world.machine('cp3');
    assert.match(files.text('/etc/rancher/k3s/haven-join-token'), /::server:practice-token/);
    assert.equal(files.get('/etc/rancher/k3s/haven-join-token')?.mode, 0o600);
  });

  test('whatever breaks, a resumed join ends the same', async () => {
    const sent = await breakEverywhere(
      async () => {
        const world = await without('cp3');
        const scene = sceneOf(world, await joining(world, 'cp3'));
        return { ...scene, check: () => isIn(world, 'cp3', ['cp1', 'cp2', 'cp3']) };
      },
      { inTurn: true, sample: 2 },
    );
    assert.ok(sent > 20, `${sent} commands`);
  });

  for (const rest of [['cp1', 'cp2'], ['cp1']]) {
    test(`a wrong token is told, and taken back (${rest.length} servers stay)`, async () => {
      const world = await without(...['cp3', 'cp2'].filter((each) => !rest.includes(each)));
      const { files } = world.machine('cp3');
      files.write('/etc/rancher/k3s/config.yaml', `server: https://${world.machine('cp1').address}:6443\n`);
      const plan = await joining(world, 'cp3');
      world.machine('cp1').files.write('/var/lib/rancher/k3s/server/token', 'K10::server:wrong\n');
      const { result } = await runScene(sceneOf(world, plan));
      assert.equal(result.outcome, 'undone', JSON.stringify(result));
      assert.equal(result.stoppedAt?.id, 'join@cp3');
      assert.match(JSON.stringify(result.reason), /not authorized/);
      assert.deepEqual(await voters(world), rest);
      const unit = world.machine('cp3').units.get('k3s');
      assert.deepEqual([unit?.active, unit?.enabled], ['inactive', false]);
    });
  }

  test('a join that stops half way into a cluster of one is taken back without the quorum being lost', async () => {
    const world = await without('cp3', 'cp2');
    const plan = await joining(world, 'cp2');
    const scene = sceneOf(world, plan);
    let broken = false;
    const { result } = await runScene({
      ...scene,
      connect: async (name) => {
        const transport = world.connect(name);
        return {
          ...transport,
          exec: async (request, signal) => {
            // The new server votes already, and then its API stays silent.
            if (name === 'cp2' && request.argv.join(' ').includes('is-active --quiet k3s')) {
              broken = true;
              return { code: 1, stdout: 'the API is not ready', stderr: '' };
            }
            return transport.exec(request, signal);
          },
        };
      },
    });
    assert.ok(broken);
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    await pass(world, 60);
    assert.deepEqual(await voters(world), ['cp1']);
    assert.ok(world.practice.isServerUp(world.machine('cp1')));
    assert.ok(!(await kubeNodes(world)).some((each) => each.name === 'cp2'));
  });
});

describe('joining an agent to the practice cluster', () => {
  const isIn = async (world: PracticeWorld) => {
    await pass(world, 15);
    assert.ok((await kubeNodes(world)).some((each) => each.name === 'w1' && each.ready));
    const unit = world.machine('w1').units.get('k3s-agent');
    assert.deepEqual([unit?.active, unit?.enabled], ['active', true]);
  };
  const isOut = async (world: PracticeWorld) => {
    await pass(world, 15);
    assert.ok(!(await kubeNodes(world)).some((each) => each.name === 'w1'));
    const unit = world.machine('w1').units.get('k3s-agent');
    assert.deepEqual([unit?.active, unit?.enabled], ['inactive', false]);
  };

  test('an agent that was removed joins, with the token in a file for root alone', async () => {
    const world = await without('w1');
    await isOut(world);
    const plan = await joining(world, 'w1');
    await done(sceneOf(world, plan));
    await isIn(world);
    assert.doesNotMatch(JSON.stringify(plan), /practice-token/);
    const { files } = world.machine('w1');
    assert.match(files.text('/etc/rancher/k3s/haven-join-token'), /::server:practice-token/);
    assert.equal(files.get('/etc/rancher/k3s/haven-join-token')?.mode, 0o600);
  });

  test('a wrong token is told, and taken back, and the next join works', async () => {
    const world = await without('w1');
    const plan = await joining(world, 'w1');
    const path = '/var/lib/rancher/k3s/server/token';
    const right = world.machine('cp1').files.text(path);
    for (const name of ['cp1', 'cp2', 'cp3']) world.machine(name).files.write(path, 'K10::server:wrong\n');
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    assert.equal(result.stoppedAt?.id, 'join@w1');
    assert.match(JSON.stringify(result.reason), /not authorized/);
    await isOut(world);
    for (const name of ['cp1', 'cp2', 'cp3']) world.machine(name).files.write(path, right);
    await done(sceneOf(world, await joining(world, 'w1', { stamp: '20261121-080000' })));
    await isIn(world);
  });

  test('whatever breaks, a resumed join of an agent ends the same, and one that is taken back as before', async () => {
    for (const afterwards of ['resume', 'undo'] as const) {
      await breakEverywhere(
        async () => {
          const world = await without('w1');
          const scene = sceneOf(world, await joining(world, 'w1'));
          return { ...scene, check: () => isIn(world), checkUndone: () => isOut(world) };
        },
        { inTurn: true, sample: 2, afterwards },
      );
    }
  });
});
