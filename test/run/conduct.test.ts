import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import { markSeen, withMark } from '../../src/ops/commands/mark';
import type { HostNode } from '../../src/ops/host';
import type { Plan, Step } from '../../src/ops/plan';
import { claimRun, isClaimed } from '../../src/run/claim';
import { lockCluster } from '../../src/run/cluster-lock';
import { conduct, type Front, type Site } from '../../src/run/conduct';
import { listRuns, openJournal } from '../../src/run/journal';
import { lockPath } from '../../src/run/lock';
import { newStamp } from '../../src/run/stamp';
import { HereError, HostError, type Transport, TransportError } from '../../src/run/transport';
import { PracticeWorld } from '../support/practice';

const inKorean = (template: string): string | undefined =>
  (JSON.parse(readFileSync('l10n/ko/engine.json', 'utf8')) as Record<string, string>)[template];

const look = (id: string, host = 'cp1', script = 'true'): Step => ({
  id,
  host,
  title: say('{0}', id),
  risk: 'read',
  run: { argv: ['sh', '-c', script], root: true, timeoutSec: 20 },
});
const planOf = (steps: readonly Step[], more: Partial<Plan> = {}): Plan => ({
  operation: 'test',
  cluster: 'practice',
  title: say('{0}', 'test'),
  blockers: [],
  warnings: [],
  steps,
  wayBack: [],
  destructive: false,
  ...more,
});

describe('a run under the lock of its cluster', () => {
  let folder: string;
  let world: PracticeWorld;
  /** What stands in for a connection, by host. */
  let faults: Map<string, (work: Transport) => Transport>;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-conduct-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    world = new PracticeWorld();
    faults = new Map();
  });

  const connect = async ({ name }: Pick<HostNode, 'name'>): Promise<Transport> => {
    if (!world.machine(name).hasPower) throw new TransportError(name, 'unreachable', say('{0}', 'no power'));
    const line = world.connect(name);
    return faults.get(name)?.(line) ?? line;
  };
  const site = (who = 'kim'): Site => ({
    cluster: world.cluster,
    key: 'haven.yaml#practice',
    vips: [],
    // Plans of these tests do not watch the quorum, so nobody is asked for a status.
    hosts: { connect, status: () => Promise.reject(new Error('not asked')) },
    folder,
    who,
  });
  const front: Front = { onEvent: () => {} };
  const signal = new AbortController().signal;
  const locks = () => ['cp1', 'cp2', 'cp3'].map((name) => world.machine(name).files.has(lockPath));
  const lockDeps = { connect, sleep: async () => {} };
  const lee = { run: 'run-lee', who: 'lee', what: 'restore', sinceMs: 1 };
  const failing = (line: Transport, when: () => boolean, error: Error): Transport => ({
    ...line,
    exec: (request, given) => (when() ? Promise.reject(error) : line.exec(request, given)),
  });

  test('every server has the lock while it runs, and none afterwards', async () => {
    let during: boolean[] = [];
    const conducted = await conduct(
      planOf([look('a')]),
      site(),
      {
        onEvent: () => {
          during = locks();
        },
      },
      signal,
    );
    assert.equal(conducted.kind === 'ended' && conducted.result.outcome, 'done');
    assert.deepEqual(during, [true, true, true]);
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('a clock that is set in the middle makes no wait shorter or longer', async (context) => {
    const { now } = Date;
    for (const jumpMs of [3_600_000, -3_600_000]) {
      let asked = 0;
      faults.set('cp1', (line) => ({
        ...line,
        exec: (request, given) => {
          if (request.argv.includes('exit 1')) {
            asked++;
            context.mock.method(Date, 'now', () => now() + jumpMs);
          }
          return line.exec(request, given);
        },
      }));
      const command = { argv: ['sh', '-c', 'exit 1'], root: true, timeoutSec: 20 } as const;
      const waitFor = { host: 'cp1', command, yesWhen: { code: 0 }, withinSec: 2 } as const;
      const wait: Step = { id: 'wait', host: 'cp1', title: say('{0}', 'wait'), risk: 'read', waitFor };
      const conducted = await conduct(planOf([wait]), site(), front, signal);
      assert.equal(conducted.kind === 'ended' && conducted.result.outcome, 'failed');
      assert.ok(asked >= 2 && asked <= 4, `asked ${asked} times within 2 s`);
      context.mock.restoreAll();
    }
  });

  test('the second operator is told who is at work, and leaves nothing behind', async () => {
    const lock = await lockCluster(world.cluster, lee, lockDeps, signal);
    assert.ok(lock.kind === 'held');
    const conducted = await conduct(planOf([look('a')]), site(), front, signal);
    assert.deepEqual(conducted, { kind: 'taken', by: lee, host: 'cp1' });
    assert.deepEqual(locks(), [true, true, true]);
    assert.deepEqual(await lock.free(), []);
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('two operators meet also where one of them came while the first server was down', async () => {
    world.practice.powerOff(world.machine('cp1'));
    assert.equal((await lockCluster(world.cluster, lee, lockDeps, signal)).kind, 'held');
    world.practice.powerOn(world.machine('cp1'));
    const conducted = await conduct(planOf([look('a')]), site(), front, signal);
    assert.deepEqual(conducted, { kind: 'taken', by: lee, host: 'cp2' });
    assert.deepEqual(locks(), [false, true, true], 'the lock of the second one stayed on the first server');
  });

  test('a server that lost its power in the middle has the lock again as soon as the run is back on it', async () => {
    let during: boolean[] = [];
    const onEvent: Front['onEvent'] = (event) => {
      if (event.kind !== 'step-began' || event.step.id !== 'b') return;
      world.practice.powerOff(world.machine('cp1'));
      world.practice.powerOn(world.machine('cp1'));
      assert.deepEqual(locks(), [false, true, true], 'it was in the memory of the machine');
    };
    const watch = (line: Transport): Transport => ({
      ...line,
      exec: (request, given) => {
        if (request.argv.includes('exit 0')) during = locks();
        return line.exec(request, given);
      },
    });
    faults.set('cp1', watch);
    const plan = planOf([look('a'), look('b', 'cp1', 'exit 0')]);
    const conducted = await conduct(plan, site(), { onEvent }, signal);
    assert.equal(conducted.kind === 'ended' && conducted.result.outcome, 'done');
    assert.deepEqual(during, [true, true, true]);
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('a run stops where somebody took its lock for that of a dead one, and leaves the new lock alone', async () => {
    const onEvent: Front['onEvent'] = (event) => {
      if (event.kind !== 'step-began' || event.step.id !== 'b') return;
      const { files } = world.machine('cp1');
      files.place(lockPath, `${JSON.stringify(lee)}\n`);
    };
    const conducted = await conduct(planOf([look('a'), look('b'), look('c')]), site(), { onEvent }, signal);
    assert.ok(conducted.kind === 'ended');
    assert.equal(conducted.result.outcome, 'unknown');
    assert.equal(conducted.result.stoppedAt?.id, 'b');
    assert.match(
      render(conducted.result.reason?.message ?? say('{0}', '')),
      /^lee has begun another run .*\(restore\)/,
    );
    assert.deepEqual(locks(), [true, false, false], 'his lock stays');
  });

  test('a server that cannot keep the lock any more does not make a step fail', async () => {
    const { files } = world.machine('cp1');
    const onEvent: Front['onEvent'] = (event) => {
      if (event.kind !== 'step-began' || event.step.id !== 'b') return;
      files.remove('/run/haven');
      files.place('/run/haven', 'a file where the folder should be');
    };
    const conducted = await conduct(planOf([look('a'), look('b')]), site(), { onEvent }, signal);
    assert.ok(conducted.kind === 'ended');
    assert.equal(conducted.result.outcome, 'done');
    assert.deepEqual([conducted.lockLeft, locks()], [[], [false, false, false]]);
  });

  test('the same run is not gone on with from two machines that share a home', async () => {
    const first = await conduct(planOf([look('a', 'cp2', 'exit 1')]), site(), front, signal);
    const record = (await listRuns(folder)).find((each) => first.kind === 'ended' && each.id === first.run);
    assert.ok(record !== undefined);
    const there = { run: record.id, who: 'kim@elsewhere', what: 'test', sinceMs: 1 };
    const lock = await lockCluster(world.cluster, there, lockDeps, signal);
    const again = await conduct(record.plan, site(), front, signal, { record, act: 'resume' });
    assert.deepEqual(again, { kind: 'taken', by: there, host: 'cp1' });
    assert.deepEqual(locks(), [true, true, true], 'the lock of the other machine stays');
    assert.ok(lock.kind === 'held');
    assert.deepEqual(await lock.free(), []);
  });

  test('a run that another window ended meanwhile is neither resumed nor taken back again', async () => {
    const mark = { argv: ['touch', '/root/once'], root: true, timeoutSec: 20 } as const;
    const there = { argv: ['test', '-e', '/root/once'], root: true, timeoutSec: 20 } as const;
    const step: Step = {
      id: 'once@cp1',
      host: 'cp1',
      title: say('{0}', 'once'),
      risk: 'change',
      run: mark,
      done: { host: 'cp1', command: there, yesWhen: { code: 0 }, withinSec: 0 },
      undo: [
        {
          id: 'back@cp1',
          host: 'cp1',
          title: say('{0}', 'back'),
          risk: 'change',
          run: { argv: ['rm', '-f', '/root/once'], root: true, timeoutSec: 20 },
          done: { host: 'cp1', command: there, yesWhen: { code: 1 }, withinSec: 0 },
        },
      ],
    };
    const begun = await conduct(planOf([step, look('stop', 'cp1', 'test -e /root/go')]), site(), front, signal);
    const shown = (await listRuns(folder)).find((each) => begun.kind === 'ended' && each.id === begun.run);
    assert.ok(shown !== undefined);
    // The other window takes it back, and this one still shows what it saw.
    const back = await conduct(shown.plan, site(), front, signal, { record: shown, act: 'undo' });
    assert.equal(back.kind === 'ended' && back.result.outcome, 'undone');
    for (const act of ['resume', 'undo'] as const)
      await assert.rejects(conduct(shown.plan, site(), front, signal, { record: shown, act }), /is over by now/);
    assert.ok(!world.machine('cp1').files.has('/root/once'), 'nothing is done anew');
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('a saved plan is run once: its marks would make the second run pass over everything and say done', async () => {
    const step = (cluster: string): Plan =>
      planOf(
        [
          {
            id: 'restart@cp1',
            host: 'cp1',
            title: say('{0}', 'restart'),
            risk: 'change',
            run: withMark(
              { argv: ['sh', '-c', 'echo x >>/root/times'], root: true, timeoutSec: 20 },
              `twice-${cluster}`,
            ),
            done: markSeen('cp1', `twice-${cluster}`),
          },
        ],
        { cluster },
      );
    const plan = step('practice');
    const first = await conduct(plan, site(), front, signal);
    assert.equal(first.kind === 'ended' && first.result.outcome, 'done');
    await assert.rejects(conduct(plan, site(), front, signal), /has been run already, as .*; plan the operation again/);
    assert.deepEqual(locks(), [false, false, false]);
    assert.equal(world.machine('cp1').files.text('/root/times'), 'x\n');
    // What asks the world itself may be run as often as one likes.
    for (const _ of [1, 2]) assert.equal((await conduct(planOf([look('same')]), site(), front, signal)).kind, 'ended');
  });

  test('two plans of one second have marks of their own: the second does its work too', async () => {
    const nowMs = Date.UTC(2026, 10, 21, 7);
    for (const _ of [1, 2]) {
      const mark = `restart-${newStamp(nowMs)}-cp1`;
      const run = withMark({ argv: ['sh', '-c', 'echo x >>/root/times'], root: true, timeoutSec: 20 }, mark);
      const done = markSeen('cp1', mark);
      const step: Step = { id: 'restart', host: 'cp1', title: say('{0}', 'restart'), risk: 'change', run, done };
      const ended = await conduct(planOf([step]), site(), front, signal);
      assert.equal(ended.kind === 'ended' && ended.result.outcome, 'done');
    }
    assert.equal(world.machine('cp1').files.text('/root/times'), 'x\nx\n');
  });

  test('a journal that is gone or a folder that is read-only stops a run before anything is done', async () => {
    const begun = await conduct(planOf([look('a', 'cp1', 'exit 1')]), site(), front, signal);
    const record = (await listRuns(folder)).find((each) => begun.kind === 'ended' && each.id === begun.run);
    assert.ok(record !== undefined);
    rmSync(join(folder, `${record.id}.jsonl`));
    await assert.rejects(
      conduct(record.plan, site(), front, signal, { record, act: 'resume' }),
      (error: unknown) =>
        error instanceof HereError &&
        /so nobody knows where to go on: it is not there/.test(error.message) &&
        /이어야 할지 알 수 없습니다: 파일이 없습니다$/.test(render(error.concern.message, inKorean)),
    );
    // A file where the folder should be stands for every place that cannot be written, also for root.
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await assert.rejects(
      conduct(planOf([look('a')]), { ...site(), folder: join(file, 'runs') }, front, signal),
      (error: unknown) => error instanceof HereError && /^the (journal|folder)/.test(error.message),
    );
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('a lock of another release, or of another hand, names nobody, and is no reason to stumble', async () => {
    for (const text of [
      '',
      'busy\n',
      'null',
      '7',
      '{"run":"x"}',
      '{"run":1,"who":"lee","what":"y","sinceMs":"soon"}',
    ]) {
      world.machine('cp1').files.place(lockPath, text);
      const conducted = await conduct(planOf([look('a')]), site(), front, signal);
      assert.deepEqual(conducted, { kind: 'taken', by: undefined, host: 'cp1' }, text);
      world.machine('cp1').files.remove(lockPath);
    }
  });

  test('the lock of a dead run can be taken over', async () => {
    await lockCluster(world.cluster, lee, lockDeps, signal);
    const asked: string[] = [];
    const takeOver = async (by: { who: string } | undefined, host: string) => {
      asked.push(`${by?.who}@${host}`);
      return true;
    };
    const conducted = await conduct(planOf([look('a')]), site(), { ...front, takeOver }, signal);
    assert.equal(conducted.kind, 'ended');
    assert.deepEqual(asked, ['lee@cp1', 'lee@cp2', 'lee@cp3']);
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('a host that cannot keep a lock is told as that, not as somebody at work', async () => {
    world.machine('cp2').files.place('/run/haven', 'a file where the folder should be');
    await assert.rejects(conduct(planOf([look('a')]), site(), front, signal), (error: unknown) => {
      assert.ok(error instanceof HostError);
      assert.match(error.message, /^cp2: the lock \/run\/haven\/lock cannot be taken: .+/);
      return true;
    });
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('no server to reach is told in its words; an untrusted one stops the run', async () => {
    const refuse = (failure: 'unreachable' | 'host-key-changed') => async (node: Pick<HostNode, 'name'>) => {
      if (failure === 'unreachable' || node.name === 'cp3')
        throw new TransportError(node.name, failure, say('{0}', failure));
      return connect(node);
    };
    for (const failure of ['unreachable', 'host-key-changed'] as const) {
      const deps = { ...lockDeps, connect: refuse(failure) };
      await assert.rejects(lockCluster(world.cluster, lee, deps, signal), { failure });
      assert.deepEqual(locks(), [false, false, false]);
    }
  });

  test('a connection that died meanwhile neither hides the result nor keeps the lock', async () => {
    let isDead = false;
    let dials = 0;
    faults.set('cp1', (line) => {
      const own = ++dials;
      return failing(line, () => isDead && own === 1, new TransportError('cp1', 'lost', say('{0}', 'dead')));
    });
    const onEvent = () => {
      isDead = true;
    };
    const conducted = await conduct(planOf([look('a', 'cp2')]), site(), { onEvent }, signal);
    assert.ok(conducted.kind === 'ended');
    assert.deepEqual(conducted.result, { outcome: 'done' });
    assert.deepEqual(conducted.lockLeft, []);
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('a lock that cannot be freed is told beside the result, and a resume frees it', async () => {
    let isOver = false;
    faults.set('cp1', (line) => failing(line, () => isOver, new TransportError('cp1', 'lost', say('{0}', 'gone'))));
    const conducted = await conduct(
      planOf([look('a', 'cp2', 'exit 1')]),
      site(),
      {
        onEvent: (event) => {
          isOver ||= event.kind === 'step-ended';
        },
      },
      signal,
    );
    assert.ok(conducted.kind === 'ended');
    assert.equal(conducted.result.outcome, 'failed');
    assert.deepEqual(
      conducted.lockLeft.map((each) => each.host),
      ['cp1'],
    );
    assert.match(render(conducted.lockLeft[0]?.remedy ?? say('{0}', '')), /a reboot frees the lock/);
    assert.deepEqual(locks(), [true, false, false]);
    faults.clear();
    const record = (await listRuns(folder)).find((each) => each.id === conducted.run);
    assert.ok(record !== undefined);
    const again = await conduct(record.plan, site(), front, signal, { record, act: 'resume' });
    assert.equal(again.kind === 'ended' && again.result.outcome, 'failed');
    assert.deepEqual(locks(), [false, false, false]);
  });

  test('a lock that a host without grep or cat may still have is not said to be free', async () => {
    for (const program of ['grep', 'cat', 'rm']) {
      const { missing } = world.machine('cp2');
      const onEvent = () => void missing.add(program);
      const conducted = await conduct(planOf([look('a')]), site(), { onEvent }, signal);
      assert.ok(conducted.kind === 'ended');
      assert.deepEqual(
        [conducted.lockLeft.map(({ host }) => host), locks()[1]],
        program === 'grep' ? [[], false] : [['cp2'], true],
      );
      missing.delete(program);
      if (locks()[1]) world.machine('cp2').files.remove(lockPath);
    }
  });

  test('an error that nobody foresaw frees the lock and is not replaced', async () => {
    const onEvent = () => {
      throw new TypeError('a bug of the adapter');
    };
    await assert.rejects(conduct(planOf([look('a')]), site(), { onEvent }, signal), /a bug of the adapter/);
    assert.deepEqual(locks(), [false, false, false]);
    assert.equal((await listRuns(folder)).find((each) => each.outcome === 'unknown')?.outcome, 'unknown');
  });

  test('a copy that it sends stays while the run can be gone on with, and goes when it is over', async () => {
    const copies = join(folder, 'copies');
    mkdirSync(copies, { recursive: true });
    const copy = join(copies, 'snapshot');
    writeFileSync(copy, 'secrets');
    const content = { file: copy, bytes: 7, sha256: createHash('sha256').update('secrets').digest('hex') };
    const send: Step = {
      id: 'send@cp1',
      host: 'cp1',
      title: say('{0}', 'send'),
      risk: 'change',
      upload: { content, path: '/var/lib/haven/copy', mode: '0600', root: true },
    };
    const plan = planOf([send, look('stop', 'cp1', 'test -e /root/go-on')]);
    const begun = await conduct(plan, { ...site(), copies }, front, signal);
    assert.equal(begun.kind === 'ended' && begun.result.outcome, 'failed', 'it stops after the copy was sent');
    assert.ok(existsSync(copy));
    const record = (await listRuns(folder)).find((each) => begun.kind === 'ended' && each.id === begun.run);
    assert.ok(record !== undefined);
    const undone = await conduct(plan, { ...site(), copies }, front, signal, { record, act: 'undo' });
    assert.equal(undone.kind === 'ended' && undone.result.outcome, 'undone');
    assert.ok(!existsSync(copy), 'nobody needs it any more');
  });

  test('the journal knows whose cluster it was', async () => {
    const conducted = await conduct(planOf([look('a')]), site(), front, signal);
    const record = (await listRuns(folder)).find((each) => conducted.kind === 'ended' && each.id === conducted.run);
    assert.equal(record?.site, 'haven.yaml#practice');
  });

  test('a destructive plan does not run without the typed name', async () => {
    const plan = planOf([look('a')], { destructive: true });
    await assert.rejects(conduct(plan, site(), { ...front, typedName: 'practic' }, signal), /typed by a person/);
    const conducted = await conduct(plan, site(), { ...front, typedName: 'practice' }, signal);
    assert.equal(conducted.kind, 'ended');
  });

  test('a run is worked on by one window only, and a dead one holds nothing', async () => {
    const release = await claimRun(folder, 'x');
    assert.ok(release !== undefined);
    assert.equal(await claimRun(folder, 'x'), undefined);
    assert.equal(await isClaimed(folder, 'x'), true);
    const other = await claimRun(folder, 'y');
    other?.();
    release();
    assert.equal(await isClaimed(folder, 'x'), false);
    const again = await claimRun(folder, 'x');
    assert.ok(again !== undefined);
    again();
    const conducted = await conduct(planOf([look('a')]), site(), front, signal);
    assert.ok(conducted.kind === 'ended');
    const record = (await listRuns(folder)).find((each) => each.id === conducted.run);
    assert.ok(record !== undefined);
    const held = await claimRun(folder, conducted.run);
    const second = await conduct(record.plan, site(), front, signal, { record, act: 'resume' });
    assert.deepEqual(second, { kind: 'elsewhere' });
    held?.();
  });

  test('of two that find the claim of a dead process at once, one has it', async () => {
    const place = mkdtempSync(join(tmpdir(), 'haven-race-'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = place;
    try {
      const dead = await claimRun(folder, 'x');
      const [own = ''] = readdirSync(place);
      const [name = ''] = readdirSync(join(place, own));
      // A process that is killed leaves the name of its socket behind, where nobody listens.
      renameSync(join(place, own, name), join(place, own, 'kept'));
      dead?.();
      renameSync(join(place, own, 'kept'), join(place, own, name));
      assert.equal(await isClaimed(folder, 'x'), false);
      // The first one has found it dead and is about to remove it when a second one comes and goes all the way.
      const remove = promises.rm;
      let second: Promise<(() => void) | undefined> | undefined;
      promises.rm = async (...words) => {
        promises.rm = remove;
        syncBuiltinESMExports();
        second = claimRun(folder, 'x');
        await second;
        await remove(...words);
      };
      syncBuiltinESMExports();
      const won = [await claimRun(folder, 'x'), await second].filter((each) => each !== undefined);
      assert.ok(second !== undefined, 'both have found it');
      assert.equal(won.length, 1, `${won.length} have claimed it`);
      for (const each of won) each();
      const release = await claimRun(folder, 'x');
      assert.ok(release !== undefined);
      assert.equal(readdirSync(join(place, own)).length, 1, 'nothing of the dead one is left');
      release();
      assert.deepEqual(readdirSync(join(place, own)), []);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      rmSync(place, { recursive: true });
    }
  });

  test('what another user has put where a claim would lie is neither believed nor in the way', {
    skip: process.getuid?.() !== 0 ? 'only root can make files of another user' : false,
  }, async () => {
    const place = mkdtempSync(join(tmpdir(), 'haven-shared-'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = place;
    const strange = createServer((socket) => socket.destroy());
    try {
      // The user 65534 was faster, and answers under every name that a run could have.
      const own = await claimRun(folder, 'x');
      assert.ok(own !== undefined);
      const [name = ''] = readdirSync(join(place, 'haven-0'));
      own();
      rmSync(join(place, 'haven-0'), { recursive: true });
      mkdirSync(join(place, 'haven-0'), { mode: 0o777 });
      await new Promise<void>((resolve) => strange.listen(join(place, 'haven-0', name), resolve));
      chownSync(join(place, 'haven-0'), 65534, 65534);
      symlinkSync(join(place, 'haven-0'), join(place, 'haven-0-1'));
      assert.equal(await isClaimed(folder, 'x'), false);
      const claim = await claimRun(folder, 'x');
      assert.ok(claim !== undefined);
      assert.equal(await isClaimed(folder, 'x'), true);
      assert.equal(await claimRun(folder, 'x'), undefined);
      claim();
      assert.deepEqual(readdirSync(place), ['haven-0', 'haven-0-1', 'haven-0-2']);
    } finally {
      strange.close();
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      rmSync(place, { recursive: true });
    }
  });

  test('a line that a crash cut short does not swallow the next one', async () => {
    const journal = await openJournal(folder, 'cut');
    await journal.write({ kind: 'plan', atMs: 1, plan: planOf([look('a')]) });
    appendFileSync(join(folder, 'cut.jsonl'), '{"kind":"began","atMs":2,"st');
    const next = await openJournal(folder, 'cut');
    await next.write({ kind: 'finished', atMs: 3, outcome: 'done' });
    assert.equal((await listRuns(folder)).find((each) => each.id === 'cut')?.outcome, 'done');
    assert.equal(readFileSync(join(folder, 'cut.jsonl'), 'utf8').split('\n').length, 4);
  });
});
