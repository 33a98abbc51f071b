import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import { parseConfig, readConfigCommand } from '../../src/ops/commands/config-file';
import { seenConfigs } from '../../src/ops/drift';
import { planPush } from '../../src/ops/push-config';
import type { RunDeps } from '../../src/run/run-deps';
import { breakEverywhere, runAndTakeBack, runScene, type Scene } from '../support/kill-points';
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

  test('a file that cannot be looked at after it was sent leaves no draft, and one that is taken back no copy beside the old one', async () => {
    const made = await scene((old) => `${old}# changed\n`);
    const { files, missing } = made.world.machine('lb2');
    const cut: Scene = {
      ...made,
      connect: async (name) => {
        const line = made.world.connect(name);
        return {
          ...line,
          exec: async (request) => {
            const words = request.argv.join(' ');
            const isSending = request.stdin !== undefined && words.includes('haven-draft');
            if (isSending) missing.add('sha256sum');
            const answer = await line.exec(request);
            missing.clear();
            if (isSending) assert.deepEqual(files.list('/etc/haproxy'), ['haproxy.cfg'], 'it does not stay');
            return answer;
          },
        };
      },
    };
    const { result } = await runScene(cut);
    assert.equal(result.outcome, 'undone');
    assert.equal(files.text(path), made.old);

    const back = await runAndTakeBack({ ...made, deps: { ...made.deps, confirm: async () => false } });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    for (const host of ['lb1', 'lb2'])
      assert.deepEqual(made.world.machine(host).files.list('/etc/haproxy'), ['haproxy.cfg'], host);
  });

  test('a node without /tmp, or with a full one, has its file checked and gets it all the same', async () => {
    for (const fault of ['away', 'full']) {
      const made = await scene((old) => `${old}# changed\n`);
      const { files } = made.world.machine('lb2');
      if (fault === 'away') files.remove('/tmp');
      else files.limits.set('/tmp', 0);
      const { result } = await runScene(made);
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      assert.equal(files.text(path), made.text);
      assert.deepEqual(
        files.list('/run').filter((each) => each.startsWith('haven-')),
        [],
      );
    }
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

  test('a file that haproxy refuses stops at the check, and does not stay there', async () => {
    const made = await scene(() => 'frontent x\n');
    const { files } = made.world.machine('lb2');
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'undone');
    assert.equal(result.stoppedAt?.id, `check-${path}@lb2`);
    assert.match(JSON.stringify(result.reason), /unknown keyword 'frontent' out of section/);
    assert.equal(files.text(path), made.old);
    assert.deepEqual(files.list('/etc/haproxy'), ['haproxy.cfg'], 'the refused file does not stay');
  });

  test('a file that somebody changed on the node since the plan is left as it is, and the run stops before it changes the node', async () => {
    const made = await scene((old) => `${old}# changed\n`, ['lb1']);
    const { files } = made.world.machine('lb1');
    const byHand = `${made.old}# mended by hand\n`;
    files.write(path, byHand);
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'undone');
    assert.deepEqual(files.list('/etc/haproxy'), ['haproxy.cfg']);
    assert.equal(result.stoppedAt?.id, `unchanged-${path}@lb1`);
    assert.match(
      render(result.reason?.message ?? say('{0}', '')),
      /was changed on this machine since the push was planned/,
    );
    assert.equal(files.text(path), byHand);
    assert.deepEqual(timers(made.world), []);
    // Put back by its owner, the run goes on.
    files.write(path, made.old);
    assert.equal((await runScene(made)).result.outcome, 'done');
    assert.equal(files.text(path), made.text);
  });

  test('a push that is taken back later keeps what was written by hand since', async () => {
    const made = await scene((old) => `${old}# changed\n`, ['lb1']);
    const { files } = made.world.machine('lb1');
    const byHand = `${made.text}# mended by hand\n`;
    const check = () => files.write(path, byHand);
    // Taken back twice: the second time must not take the old file for the one that was written by hand.
    for (const _ of [1, 2]) {
      const undone = await runAndTakeBack({
        ...made,
        check: () => {},
        deps: { onEvent: (event) => void (event.kind === 'step-ended' && event.step.id === 'keep@lb1' && check()) },
      });
      assert.equal(undone.outcome, 'undone');
      assert.equal(files.text(path), made.old);
      assert.equal(files.text(`/var/lib/haven/kept/${stamp}${path}.taken-back`), byHand);
    }
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

  test('where the node cannot be told to go back by itself, nothing is left beside its file and nothing is read anew', async () => {
    const made = await scene((old) => `${old}# changed\n`);
    const { files, units, missing } = made.world.machine('lb2');
    missing.add('systemd-run');
    const before = units.get('haproxy')?.sinceMs;
    const asked: string[] = [];
    const { result } = await runScene({
      ...made,
      connect: async (name) => {
        const line = made.world.connect(name);
        return {
          ...line,
          exec: (request) => {
            if (request.argv.join(' ').includes('way-back.sh')) asked.push(name);
            return line.exec(request);
          },
        };
      },
    });
    assert.deepEqual([result.outcome, result.stoppedAt?.id], ['undone', 'arm@lb2'], JSON.stringify(result));
    assert.ok(asked.length > 0, 'the script of the way back has run');
    assert.deepEqual(files.list('/etc/haproxy'), ['haproxy.cfg']);
    assert.equal(files.text(path), made.old);
    assert.deepEqual([units.get('haproxy')?.sinceMs, timers(made.world)], [before, []]);
    missing.clear();
  });

  test('what was confirmed stays, also where systemctl was away when its timer should have been stopped', async () => {
    const made = await scene((old) => `${old}# changed\n`, ['lb1']);
    const { world } = made;
    const { missing, files } = world.machine('lb1');
    const { result } = await runScene({
      ...made,
      deps: {
        confirm: async () => {
          missing.add('systemctl');
          return true;
        },
      },
    });
    assert.equal(result.outcome, 'failed', 'nobody can say that it is kept');
    // Somebody says so by hand, on the node: the timer that is still ticking must not take that back.
    missing.delete('systemctl');
    files.write(path, made.text);
    files.write(`/var/lib/haven/kept/${stamp}/confirmed`, '1');
    world.time.ms += 600_000;
    await world.practice.settle();
    assert.equal(files.text(path), made.text);
    assert.deepEqual(timers(world), []);
  });

  test('a node whose unit has not read the old file is not said to have gone back', async () => {
    const made = await scene((old) => old.replace('bind *:6443', 'bind *:6444'), ['lb1']);
    const { played } = made.world.machine('lb1');
    const refuse = () => 1;
    const { result } = await runScene({
      ...made,
      connect: async (name) => {
        const line = made.world.connect(name);
        return {
          ...line,
          exec: (request, signal) => {
            if (request.argv.join(' ').includes('/way-back.sh') && request.argv.length === 2)
              played.set('systemctl', refuse);
            return line.exec(request, signal);
          },
        };
      },
    });
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'go-back@lb1');
    played.delete('systemctl');
    assert.equal((await runAndTakeBack(made)).outcome, 'undone');
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
