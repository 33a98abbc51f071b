import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseConfig, readConfigCommand } from '../../src/ops/commands/config-file';
import { seenConfigs } from '../../src/ops/drift';
import { planPush } from '../../src/ops/push-config';
import type { RunDeps } from '../../src/run/executor';
import { breakEverywhere, runScene, type Scene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';

const stamp = '20261121-070000';
const path = '/etc/haproxy/haproxy.cfg';

describe('a push in the practice cluster', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-push-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const scene = async (change: (old: string) => string, hosts = ['lb1', 'lb2'], deps: Partial<RunDeps> = {}) => {
    const world = new PracticeWorld();
    const old = world.machine('lb1').files.text(path);
    const text = change(old);
    const localPath = join(folder, 'haproxy.cfg');
    writeFileSync(localPath, text);
    const doors = ['127.0.0.1:6443', `${world.practice.virtualAddress}:6443`];
    const facts = new Map();
    for (const host of hosts) {
      const { argv } = readConfigCommand({ files: [path], doors, units: ['haproxy'] });
      facts.set(host, parseConfig(await world.run(host, argv.map(String))));
    }
    assert.equal(facts.get('lb1').doors.get('127.0.0.1:6443'), '401');
    const files = hosts.map((host) => ({
      host,
      kind: 'haproxy' as const,
      path,
      file: 'lb/haproxy.cfg',
      localPath,
      sha256: createHash('sha256').update(text).digest('hex'),
      bytes: Buffer.byteLength(text),
    }));
    const plan = planPush(await world.state(), facts, {
      stamp,
      files,
      confirmSec: 90,
      concerns: { blockers: [], warnings: [] },
    });
    assert.deepEqual(plan.blockers, []);
    const door = async (host: string) => {
      const url = `https://${world.practice.virtualAddress}:6443/ping`;
      return world.run(host, ['curl', '-sk', url]);
    };
    const made: Scene = { plan, connect: async (name) => world.connect(name), check: () => {}, deps };
    const power = {
      off: (name: string) => world.practice.powerOff(world.machine(name)),
      on: (name: string) => world.practice.powerOn(world.machine(name)),
    };
    return { ...made, world, old, text, door, power, time: world.time };
  };

  const timers = (world: PracticeWorld) =>
    world.practice.nodes.flatMap((each) =>
      [...each.units.keys()].filter((unit) => unit.endsWith('.timer') && each.units.get(unit)?.active === 'active'),
    );

  test('reaches both load balancers, the one with the address last, whatever goes wrong on the way', async () => {
    const sent = await breakEverywhere(
      async () => {
        const made = await scene((old) => `${old}# changed\n`);
        assert.deepEqual([...new Set(made.plan.steps.map((step) => step.host))], ['lb2', 'lb1']);
        return {
          ...made,
          check: async () => {
            const { world, text, old } = made;
            for (const host of ['lb1', 'lb2']) {
              const { files } = world.machine(host);
              assert.equal(files.text(path), text);
              assert.equal(files.text(`/var/lib/haven/kept/${stamp}${path}`), old);
              assert.deepEqual(files.list('/etc/haproxy'), ['haproxy.cfg']);
            }
            assert.deepEqual(timers(world), []);
            assert.equal(await made.door('cp1'), 'pong');
          },
        };
      },
      { inTurn: true },
    );
    assert.ok(sent > 40, `${sent} commands`);
  });

  test('a refresh tells which nodes have the file as it is here', async () => {
    const world = new PracticeWorld();
    const text = world.machine('lb1').files.text(path);
    world.machine('lb2').files.write(path, `${text}# mended by hand\n`);
    const target = (host: string) => ({ host, kind: 'haproxy' as const, path, file: 'lb/haproxy.cfg' });
    const sha256 = createHash('sha256').update(text).digest('hex');
    const file = { localPath: '', text, sha256, bytes: text.length };
    const targets = ['lb1', 'lb2', 'cp1', 'cp9'].map(target);
    const seen = seenConfigs(
      { targets, files: new Map([['lb/haproxy.cfg', file]]), unread: [] },
      await world.state([path]),
    );
    assert.deepEqual(
      seen.map(({ target: { host }, state }) => `${host} ${state}`),
      ['lb1 same', 'lb2 differs', 'cp1 missing', 'cp9 not-seen'],
    );
  });

  test('a file that haproxy refuses stops at the check', async () => {
    const made = await scene(() => 'frontent x\n');
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, `check-${path}@lb2`);
    assert.match(JSON.stringify(result.reason), /unknown keyword 'frontent' out of section/);
    assert.equal(made.world.machine('lb2').files.text(path), made.old);
  });

  test('a file that is right for haproxy and closes the door is taken back, and the other node is left alone', async () => {
    const made = await scene((old) => old.replace('bind *:6443', 'bind *:6444'));
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'undone');
    assert.equal(result.stoppedAt?.id, 'door-127.0.0.1:6443@lb2');
    for (const host of ['lb1', 'lb2']) assert.equal(made.world.machine(host).files.text(path), made.old);
    assert.deepEqual(timers(made.world), []);
    assert.equal(await made.door('cp1'), 'pong');
  });

  test('when the editor dies for good, the node goes back by its own clock', async () => {
    const made = await scene((old) => `${old}# changed\n`, ['lb1']);
    const { world } = made;
    await assert.rejects(
      runScene({
        ...made,
        deps: {
          confirm: async () => {
            throw new Error('the laptop is gone');
          },
        },
      }),
    );
    assert.equal(world.machine('lb1').files.text(path), made.text);
    assert.equal(timers(world).length, 1);
    world.time.ms += 600_000;
    await world.practice.settle();
    assert.equal(world.machine('lb1').files.text(path), made.old);
    assert.deepEqual(timers(world), []);
    assert.equal(await made.door('cp1'), 'pong');
  });
});
