import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { planDiscard, stampOfRestore } from '../../src/ops/restore/plan-discard';
import type { ExecRequest } from '../../src/run/transport';
import { breakEverywhere, runAndResume, runAndTakeBack, runScene, type Scene } from '../support/kill-points';
import { data, RestoreWorld, stamp } from '../support/restore-world';

const scene = async (world: RestoreWorld, more: Partial<Scene> = {}): Promise<Scene> => ({
  plan: await world.plan(),
  connect: async (name) => world.connect(name),
  time: world.time,
  power: {
    off: (host) => world.practice.powerOff(world.machine(host)),
    on: async (host) => {
      world.practice.powerOn(world.machine(host));
      await world.pass(60);
    },
  },
  check: () => restored(world),
  checkUndone: () => asBefore(world),
  intact: () => world.intact(),
  ...more,
});

const words = (concerns: readonly { readonly message: Parameters<typeof render>[0] }[]) =>
  concerns.map((each) => render(each.message));

/** What a finished restore must be, whatever happened on the way. */
async function restored(world: RestoreWorld): Promise<void> {
  assert.equal(await world.read('marker'), 'before');
  assert.equal(await world.read('later'), undefined);
  assert.deepEqual(world.members(), ['cp1', 'cp2', 'cp3']);
  for (const host of world.servers) {
    const { files, units } = world.machine(host);
    assert.equal(units.get('k3s')?.active, 'active', host);
    assert.deepEqual(files.list('/etc/systemd/system/k3s.service.d'), [], host);
    assert.equal(files.has(`${data}/db/reset-flag`), false);
  }
  assert.deepEqual(world.former(), ['cp1: marker after', 'cp2: marker after', 'cp3: marker after']);
}

/** What a cluster must be whose restore was taken back. */
async function asBefore(world: RestoreWorld): Promise<void> {
  assert.equal(await world.read('marker'), 'after');
  assert.equal(await world.read('later'), 'x');
  assert.deepEqual(world.members(), ['cp1', 'cp2', 'cp3']);
  assert.deepEqual(world.memberNames(), world.namesBefore);
  for (const host of world.servers) {
    const { files, units } = world.machine(host);
    assert.equal(units.get('k3s')?.active, 'active', host);
    assert.equal(files.text(`${data}/token`), world.tokenBefore, host);
    assert.deepEqual(files.list('/etc/systemd/system/k3s.service.d'), [], host);
    assert.ok(!files.list(`${data}/db/etcd`).some((each) => each.startsWith('haven')), host);
  }
}

describe('a restore in the practice cluster', () => {
  test('brings back what the snapshot has, whatever breaks on the way', async () => {
    const sent = await breakEverywhere(
      async () => {
        const made = await scene(await RestoreWorld.make());
        assert.deepEqual(words(made.plan.blockers), []);
        assert.deepEqual(faultsOf(made.plan), []);
        return made;
      },
      { inTurn: true, sample: 2 },
    );
    assert.ok(sent > 60, `${sent} commands`);
  });

  test('goes on after the power was gone everywhere', async () => {
    await breakEverywhere(
      async () => {
        const world = await RestoreWorld.make();
        return scene(world, { intact: () => world.reboot() });
      },
      { inTurn: true, sample: 6, faults: ['death-before', 'death-after'] },
    );
  });

  test('is taken back from wherever it has come to, with everything written since the snapshot', async () => {
    await breakEverywhere(async () => scene(await RestoreWorld.make()), {
      inTurn: true,
      sample: 4,
      afterwards: 'undo',
      faults: ['death-before', 'death-after', 'killed-before', 'killed-after', 'power-after'],
    });
  });

  test('is taken back when it is done, and what it made is kept', async () => {
    const world = await RestoreWorld.make();
    const result = await runAndTakeBack(await scene(world));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    await asBefore(world);
    assert.ok(world.machine('cp1').files.has(`${data}/db/etcd-restored-${stamp}`));
    assert.ok(world.machine('cp2').files.has(`${data}/db-restored-${stamp}`));
  });

  test('what was put aside is removed when the operator says so, and then there is no way back', async () => {
    const world = await RestoreWorld.make();
    const made = await scene(world);
    const early = await runScene({ ...made, plan: planDiscard(made.plan, stamp), check: () => {} });
    assert.equal(early.result.outcome, 'failed', 'not before there is anything');
    assert.equal((await runScene(made)).result.outcome, 'done');
    assert.equal(stampOfRestore(made.plan), stamp);
    const discard = planDiscard(made.plan, stamp);
    assert.deepEqual(faultsOf(discard), []);
    assert.equal((await runScene({ ...made, plan: discard, check: () => {} })).result.outcome, 'done');
    for (const host of world.servers) {
      const { files } = world.machine(host);
      const left = [...files.list(data), ...files.list(`${data}/db`)].filter((each) =>
        /old|before|restored/.test(each),
      );
      assert.deepEqual(left, [], host);
    }
    assert.equal((await runAndTakeBack(made)).outcome, 'failed');
    assert.equal(await world.read('marker'), 'before');
    assert.deepEqual(world.members(), ['cp1', 'cp2', 'cp3']);
  });

  test('restores a zipped snapshot, with and without unzip on the server', async () => {
    for (const missing of [[], ['unzip']]) {
      const world = await RestoreWorld.make({ save: '--snapshot-compress' });
      for (const name of missing) world.machine('cp1').missing.add(name);
      const { result } = await runScene(await scene(world));
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      await restored(world);
    }
  });

  test('a snapshot that changes after it was looked at stops the run before anything is stopped', async () => {
    const damages: ((bytes: Buffer) => Buffer)[] = [
      () => Buffer.alloc(0),
      (bytes) => bytes.subarray(0, bytes.length / 2),
      (bytes) =>
        Buffer.concat([bytes.subarray(0, 5000), Buffer.from([bytes[5000] === 1 ? 2 : 1]), bytes.subarray(5001)]),
      (bytes) => bytes.subarray(0, -32),
      (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]),
    ];
    for (const damage of damages) {
      const world = await RestoreWorld.make();
      const made = await scene(world);
      const { files } = world.machine('cp1');
      files.write(world.snapshotPath, damage(files.read(world.snapshotPath)));
      const { result } = await runScene(made);
      assert.equal(result.outcome, 'failed');
      assert.equal(result.stoppedAt?.id, 'copy@cp1');
      await asBefore(world);
      const facts = await world.facts();
      assert.equal(facts[0]?.snapshot?.kind, 'damaged');
    }
  });

  test('a disk that is too small for the snapshot stops the run before anything is stopped', async () => {
    const world = await RestoreWorld.make();
    const made = await scene(world);
    world.machine('cp1').files.limits.set('/var/lib/haven', 20_000);
    const { result } = await runScene(made);
    assert.equal(result.stoppedAt?.id, 'copy@cp1');
    await asBefore(world);
  });

  test('a wrong token is refused by k3s, the former database and token are back at once, and it can be gone on with', async () => {
    const world = await RestoreWorld.make();
    const { files } = world.machine('cp1');
    const config = files.text('/etc/rancher/k3s/config.yaml');
    let isWrong = true;
    const made = await scene(world, {
      connect: async (name) => {
        const line = world.connect(name);
        return {
          ...line,
          exec: async (request) => {
            if (request.argv.includes('reset') && isWrong)
              files.write('/etc/rancher/k3s/config.yaml', config.replace(/^token:.*/m, 'token: wrongwrongwrongwrong'));
            return line.exec(request);
          },
        };
      },
    });
    const first = await runScene(made);
    assert.equal(first.result.outcome, 'failed');
    assert.equal(first.result.stoppedAt?.id, 'reset@cp1');
    assert.match(JSON.stringify(first.result.reason), /encrypted with different token/);
    assert.match(JSON.stringify(first.result.reason), /the former database is back in its place/);
    assert.equal(files.text(`${data}/token`), world.tokenBefore);
    assert.ok(files.has(`${data}/db/etcd/haven-${stamp}`));
    assert.equal(files.has(`${data}/db/reset-flag`), false);
    // Nothing may start k3s now, a boot included.
    await world.reboot();
    for (const host of world.servers) assert.equal(world.machine(host).units.get('k3s')?.active, 'inactive');

    isWrong = false;
    files.write('/etc/rancher/k3s/config.yaml', config);
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await restored(world);
  });

  test('a token that is changed after the plan, on any server, stops the run before anything is stopped', async () => {
    for (const host of ['cp1', 'cp3']) {
      const world = await RestoreWorld.make();
      const made = await scene(world);
      const { files } = world.machine(host);
      const config = files.text('/etc/rancher/k3s/config.yaml');
      files.write('/etc/rancher/k3s/config.yaml', config.replace(/^token:.*/m, 'token: wrongwrongwrongwrong'));
      const [first, then] = await runAndResume(made, async () => {
        await asBefore(world);
        files.write('/etc/rancher/k3s/config.yaml', config);
      });
      assert.equal(first.outcome, 'failed');
      assert.equal(first.stoppedAt?.id, `token-opens@${host}`);
      assert.match(JSON.stringify(first.reason), /does not open the snapshot/);
      assert.equal(then.outcome, 'done', JSON.stringify(then));
      await restored(world);
    }
  });

  test('a disk that is full when k3s writes the new database leaves the former one in its place', async () => {
    const world = await RestoreWorld.make();
    const { files } = world.machine('cp1');
    const made = await scene(world, {
      connect: async (name) => {
        const line = world.connect(name);
        return {
          ...line,
          exec: async (request) => {
            if (!request.argv.includes('reset')) return line.exec(request);
            files.limits.set(`${data}/db/etcd`, 10_000);
            const answer = await line.exec(request);
            files.limits.clear();
            return answer;
          },
        };
      },
    });
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'reset@cp1');
    assert.ok(files.has(`${data}/db/etcd/haven-${stamp}`));
    const back = await runAndTakeBack(made);
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    await asBefore(world);
  });

  test('a server that is started behind the back of the run stops it before the reset', async () => {
    const world = await RestoreWorld.make();
    let done = false;
    const made = await scene(world, {
      connect: async (name) => {
        const line = world.connect(name);
        return {
          ...line,
          exec: async (request) => {
            const answer = await line.exec(request);
            if (!done && name === 'cp3' && request.argv.at(-1) === 'keep') {
              done = true;
              const drop = '/etc/systemd/system/k3s.service.d/90-haven-restore.conf';
              await world.run('cp2', [
                'sh',
                '-c',
                `rm ${drop}; systemctl daemon-reload; systemctl start --no-block k3s`,
              ]);
            }
            return answer;
          },
        };
      },
    });
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'held@cp2');
    const back = await runAndTakeBack(made);
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    await asBefore(world);
  });

  test('a server that loses its power in the middle is waited for by going on later', async () => {
    const world = await RestoreWorld.make();
    let off = false;
    const made = await scene(world, {
      connect: async (name) => {
        const line = world.connect(name);
        return {
          ...line,
          exec: async (request) => {
            if (!off && request.argv.at(-1) === 'aside') {
              off = true;
              world.practice.powerOff(world.machine('cp2'));
            }
            return line.exec(request);
          },
        };
      },
    });
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'unknown');
    assert.equal(result.reason?.host, 'cp2');
    world.practice.powerOn(world.machine('cp2'));
    world.time.ms += 60_000;
    await world.practice.settle();
    assert.equal(world.machine('cp2').units.get('k3s')?.active, 'inactive');
    const { result: resumed } = await runScene(made);
    assert.equal(resumed.outcome, 'done', JSON.stringify(resumed));
    await restored(world);
  });

  test('without a server that is switched off, and that server is said to be a danger', async () => {
    const world = await RestoreWorld.make();
    world.practice.powerOff(world.machine('cp3'));
    await world.practice.settle();
    const refused = await world.plan();
    assert.deepEqual(words(refused.blockers), ['it does not answer, so nobody can prove that its k3s is stopped']);
    assert.equal(refused.steps.length, 0);
    const plan = await world.plan({ absent: ['cp3'] });
    assert.deepEqual(words(plan.blockers), []);
    assert.ok(words(plan.warnings).some((each) => each.includes('it would go on with the old cluster')));
    const { result } = await runScene({ ...(await scene(world)), plan });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(await world.read('marker'), 'before');
    assert.deepEqual(world.members(), ['cp1', 'cp2']);
  });

  for (const [when, act] of [
    ['before the reset', ' is-hold'],
    ['after it', ' start'],
  ] as const)
    test(`a server that was said to be off and comes back by itself ${when} is told of, and off again the run goes on`, async () => {
      const world = await RestoreWorld.make();
      world.practice.powerOff(world.machine('cp3'));
      await world.practice.settle();
      const plan = await world.plan({ absent: ['cp3'] });
      let isBack = false;
      const made = { ...(await scene(world)), plan };
      const back = async () => {
        if (isBack) return;
        isBack = true;
        world.practice.powerOn(world.machine('cp3'));
        await world.pass(30);
      };
      const connect = async (host: string) => {
        const transport = world.connect(host);
        return {
          ...transport,
          exec: async (request: ExecRequest, signal?: AbortSignal) => {
            const result = await transport.exec(request, signal);
            if (request.argv.join(' ').endsWith(act)) await back();
            return result;
          },
        };
      };
      const [first, then] = await runAndResume({ ...made, connect }, () =>
        world.practice.powerOff(world.machine('cp3')),
      );
      assert.match(first.stoppedAt?.id ?? '', when === 'after it' ? /^off-after-cp3@/ : /^off-before-cp3@/);
      assert.match(JSON.stringify(first.reason), /would go on with the old cluster.*switch/);
      assert.equal(then.outcome, 'done', JSON.stringify(then));
      assert.deepEqual(world.members(), ['cp1', 'cp2']);
    });
});
