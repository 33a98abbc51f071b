import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import { Secret } from '../../src/base/secret';
import { markSeen, withMark } from '../../src/ops/commands/mark';
import { putBackStep } from '../../src/ops/commands/put-back';
import type { ChangeStep, Plan, ReadStep, Step } from '../../src/ops/plan';
import { execute, undo, wayBackOf } from '../../src/run/executor';
import { isUnfinished, type Journal, readRecord } from '../../src/run/journal';
import type { RunDeps, RunEvent } from '../../src/run/run-deps';
import { HostError, type Transport, TransportError } from '../../src/run/transport';
import { breakEverywhere, type Scene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';

const base: Omit<Plan, 'steps'> = {
  operation: 'test',
  cluster: 'practice',
  title: say('{0}', 'test'),
  blockers: [],
  warnings: [],
  wayBack: [],
  destructive: false,
};
const sh = (script: string, ...args: (string | { output: string })[]) =>
  ({ argv: ['sh', '-c', script, 'sh', ...args], root: true, timeoutSec: 20 }) as const;
const isThere = (host: string, path: string) =>
  ({ host, command: sh('test -e "$1"', path), yesWhen: { code: 0 }, withinSec: 0 }) as const;
const change = (id: string, script: string, path: string, more: Partial<ChangeStep> = {}): ChangeStep => ({
  id,
  host: 'cp1',
  title: say('{0}', id),
  risk: 'change',
  run: sh(script, path),
  done: isThere('cp1', path),
  ...more,
});
const touch = (name: string, more: Partial<ChangeStep> = {}) =>
  change(name, ': >"$1"', `/var/lib/${name}`, {
    ...more,
    undo: [
      {
        ...change(`remove-${name}`, 'rm -f "$1"', `/var/lib/${name}`),
        done: { ...isThere('cp1', `/var/lib/${name}`), yesWhen: { code: 1 } },
      },
    ],
  });

/** Every kind of step in one plan. */
function everyStep(folder: string): Plan {
  const config = '/etc/app.conf';
  const keep = '/var/lib/haven/kept/app.conf';
  const restart = (id: string): ChangeStep => ({
    id,
    host: 'cp2',
    title: say('{0}', id),
    risk: 'change',
    run: withMark(sh('systemctl restart k3s'), `run1-${id}`),
    done: markSeen('cp2', `run1-${id}`),
    quorum: { stops: ['cp2'] },
  });
  const steps: Step[] = [
    {
      id: 'look',
      host: 'cp1',
      title: say('{0}', 'look'),
      risk: 'read',
      run: sh('hostname'),
      capture: 'name',
    } satisfies ReadStep,
    change('make', 'date +%s >"$1.part" && mv "$1.part" "$1"; cat "$1"', '/var/lib/made', {
      capture: 'made',
      undo: [
        {
          ...change('unmake', 'rm -f "$1"', '/var/lib/made'),
          done: { ...isThere('cp1', '/var/lib/made'), yesWhen: { code: 1 } },
        },
      ],
    }),
    {
      id: 'token',
      host: 'cp1',
      title: say('{0}', 'token'),
      risk: 'read',
      run: sh('echo very-secret-token'),
      captureSecret: 'token',
    },
    {
      id: 'write',
      host: 'cp2',
      title: say('{0}', 'write'),
      risk: 'change',
      upload: {
        content: { text: ['name: ', { output: 'name' }, '\ntoken: ', { secret: 'token' }, '\n'] },
        path: config,
        mode: '0600',
        root: true,
        keep,
      },
      undo: [putBackStep({ host: 'cp2', path: config, keep }), restart('restart-old')],
    },
    restart('restart'),
    {
      id: 'wait',
      host: 'cp2',
      title: say('{0}', 'wait'),
      risk: 'read',
      waitFor: { ...isThere('cp2', config), withinSec: 60 },
    },
    {
      id: 'ask',
      host: 'cp2',
      title: say('{0}', 'ask'),
      risk: 'read',
      confirm: { question: say('{0}', 'good?'), withinSec: 60 },
      onFailure: { undoTo: 'write' },
    },
    {
      id: 'fetch',
      host: 'cp2',
      title: say('{0}', 'fetch'),
      risk: 'read',
      download: { from: { path: config, root: true }, to: join(folder, 'app.conf') },
    },
  ];
  return { ...base, steps };
}

describe('the executor', () => {
  let folder: string;
  let world: PracticeWorld;
  let lines: string[];
  let events: RunEvent[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-executor-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    world = new PracticeWorld();
    lines = [];
    events = [];
  });

  const journal: Journal = { id: 'run', write: async (entry) => void lines.push(`${JSON.stringify(entry)}\n`) };
  const deps = (more: Partial<RunDeps> = {}): RunDeps => ({
    connect: async (host) => world.connect(host),
    journal,
    now: () => world.time.ms,
    sleep: async (ms) => {
      world.time.ms += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    onEvent: (event) => events.push(event),
    confirm: async () => true,
    members: async () => ({ voters: 3, healthy: ['cp1', 'cp2', 'cp3'] }),
    ...more,
  });
  const run = (steps: readonly Step[], more: Partial<RunDeps> = {}, signal = new AbortController().signal) =>
    execute({ ...base, steps }, deps(more), signal);
  const record = () => {
    const read = readRecord('run', lines.join(''));
    assert.ok(read !== undefined);
    return read;
  };
  const text = (host: string, path: string) => {
    const { files } = world.machine(host);
    return files.has(path) ? files.text(path) : undefined;
  };
  /** Lets `act` stand in for the transport where it gives something; else the world answers. */
  const through = (act: (words: string, work: () => Promise<unknown>) => Promise<unknown> | undefined) => ({
    connect: async (host: string): Promise<Transport> => {
      const line = world.connect(host);
      return {
        ...line,
        exec: (request, signal) => {
          const work = () => line.exec(request, signal);
          return (act(request.argv.join(' '), work) as ReturnType<Transport['exec']> | undefined) ?? work();
        },
      };
    },
  });

  const scene = (): Scene => {
    const own = new PracticeWorld();
    const at = mkdtempSync(join(folder, 'scene-'));
    return {
      plan: everyStep(at),
      connect: async (host) => own.connect(host),
      time: own.time,
      deps: { members: async () => ({ voters: 3, healthy: ['cp1', 'cp2', 'cp3'] }) },
      power: {
        off: (name) => own.practice.powerOff(own.machine(name)),
        on: (name) => own.practice.powerOn(own.machine(name)),
      },
      check: () => {
        const { files } = own.machine('cp2');
        assert.equal(files.text('/etc/app.conf'), 'name: cp1\ntoken: very-secret-token\n');
        assert.equal(readFileSync(join(at, 'app.conf'), 'utf8'), files.text('/etc/app.conf'));
        assert.equal(statSync(join(at, 'app.conf')).mode & 0o777, 0o600);
        assert.ok(own.machine('cp1').files.has('/var/lib/made'));
      },
      checkUndone: () => {
        assert.ok(!own.machine('cp2').files.has('/etc/app.conf'));
        assert.ok(!own.machine('cp1').files.has('/var/lib/made'));
      },
    };
  };

  test('every kind of step comes to its end, whatever breaks at whatever command', async () => {
    const commands = await breakEverywhere(scene);
    assert.ok(commands > 12, `${commands} commands`);
  });

  test('every kind of step is taken back, whatever breaks at whatever command', async () => {
    await breakEverywhere(scene, {
      afterwards: 'undo',
      faults: ['death-before', 'death-after', 'cancel', 'power-after'],
    });
  });

  test('a plan whose steps cannot be repeated is found out', async () => {
    await assert.rejects(
      breakEverywhere(() => {
        const own = new PracticeWorld();
        // Its post-condition is seen only after a second command, and the first one adds a line each time.
        const steps = [
          change('add', 'echo x >>/var/lib/list; : >"$1"', '/var/lib/added', {
            done: {
              ...isThere('cp1', ''),
              command: sh('[ -e /var/lib/added ] && [ "$(wc -l </var/lib/list)" -ge 2 ]'),
            },
          }),
        ];
        return {
          plan: { ...base, steps },
          connect: async (host) => own.connect(host),
          time: own.time,
          check: () => {},
        };
      }),
    );
    await assert.rejects(
      breakEverywhere(() => {
        const own = new PracticeWorld();
        return {
          plan: { ...base, steps: [change('add', 'echo x >>/var/lib/list; sleep 1; : >"$1"', '/var/lib/added')] },
          connect: async (host) => own.connect(host),
          time: own.time,
          // Killed before the answer came, it would be done again without need if its post-condition were not asked.
          check: () => assert.equal(own.machine('cp1').files.text('/var/lib/list'), 'x\nx\n'),
        };
      }),
      /'x\\n'|x/,
    );
  });

  test('a failed step takes back what it and its predecessors did, last first, and says so', async () => {
    const fails = change('fails', 'echo no >&2; exit 3', '/var/lib/never', { onFailure: { undoTo: 'a' } });
    const result = await run([touch('a'), touch('b'), fails]);
    assert.equal(result.outcome, 'undone');
    assert.equal(result.stoppedAt?.id, 'fails');
    assert.match(render(result.reason?.message ?? say('{0}', '')), /ended with 3.*: no$/s);
    const ended = events.flatMap((each) => (each.kind === 'step-ended' ? [`${each.step.id} ${each.outcome}`] : []));
    assert.deepEqual(ended, ['a done', 'b done', 'fails failed', 'remove-b done', 'remove-a done']);
    assert.equal(text('cp1', '/var/lib/a'), undefined);
    assert.ok(!isUnfinished(record()));
  });

  test('where a failure takes back a part only, the run is not said to be taken back: it can be gone on with, or all of it goes back', async () => {
    const failing: Step = {
      id: 'failing',
      host: 'cp1',
      title: say('{0}', 'failing'),
      risk: 'read',
      run: sh('test -e /var/lib/allowed'),
      onFailure: { undoTo: 'b' },
    };
    const there = () => ['a', 'b'].map((name) => text('cp1', `/var/lib/${name}`) !== undefined);
    const result = await run([touch('a'), touch('b'), failing]);
    assert.equal(result.outcome, 'failed');
    assert.match(render(result.reason?.remedy ?? say('{0}', '')), /what "b" began is taken back/);
    assert.deepEqual(there(), [true, false]);
    assert.ok(isUnfinished(record()));
    assert.deepEqual(await undo(record(), deps(), new AbortController().signal), { outcome: 'undone' });
    assert.deepEqual(there(), [false, false]);
  });

  test('behind a step without a way back, what nobody could see is gone on with and not taken back', async () => {
    // The deletion took effect, and who should say so refuses to be asked.
    const deletes = change('deletes', 'echo gone >/tmp/gone', '/tmp/never', { noWayBack: true });
    const stops = touch('stops');
    assert.equal((await run([stops, deletes])).outcome, 'unknown');
    assert.deepEqual(wayBackOf(record()), []);
    const refused = { ...deletes, quorum: { removes: ['cp1', 'cp2', 'cp3'] } };
    lines.length = 0;
    assert.equal((await run([stops, refused])).outcome, 'failed', 'it was not begun');
    assert.equal(wayBackOf(record()).length, 1);
  });

  test('a way back that cannot go on says where it stopped, and is gone on with later', async () => {
    const stuck = touch('a');
    const fails = change('fails', 'exit 3', '/var/lib/never', { onFailure: { undoTo: 'a' } });
    let broken = true;
    const more = through((words) =>
      broken && words.includes('rm -f') ? Promise.resolve({ code: 1, stdout: '', stderr: 'read-only' }) : undefined,
    );
    const result = await run([stuck, fails], more);
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'remove-a');
    assert.ok(record().undoing && isUnfinished(record()));
    broken = false;
    assert.deepEqual(await undo(record(), deps(), new AbortController().signal), { outcome: 'undone' });
    assert.equal(text('cp1', '/var/lib/a'), undefined);
  });

  test('a secret is in no event, no journal and no reason, also where a program prints it', async () => {
    const secret = 'line one of the key\nhunter2-hunter2';
    const steps: Step[] = [
      {
        id: 'use',
        host: 'cp1',
        title: say('{0}', 'use'),
        risk: 'read',
        run: { ...sh('cat'), secretStdin: 'key' },
      },
      change('fails', 'read -r a; read -r b; echo "$b" >&2; exit 1', '/var/lib/never', {
        run: { ...sh('read -r a; read -r b; echo "$b" >&2; exit 1'), secretStdin: 'key' },
      }),
    ];
    const result = await run(steps, { secrets: new Map([['key', new Secret(secret)]]) });
    assert.equal(result.outcome, 'failed');
    const output = events.flatMap((each) => (each.kind === 'output' ? [each.result.stdout] : []));
    assert.match(output[0] ?? '', /•••/, 'the secret did not arrive on standard input');
    for (const said of [JSON.stringify(events.map(({ ...each }) => each)), lines.join(''), JSON.stringify(result)]) {
      assert.ok(!said.includes('hunter2'), said);
    }
    await assert.rejects(run(steps), /was not given the secrets key/);
  });

  test('what a step captured is known after a resume, and a captured secret is fetched again', async () => {
    const steps: Step[] = [
      change('make', 'echo once >>/var/lib/log; : >"$1"; echo 42', '/var/lib/made', { capture: 'answer' }),
      {
        id: 'token',
        host: 'cp1',
        title: say('{0}', 't'),
        risk: 'read',
        run: sh('printf token-of-; echo eight'),
        captureSecret: 't',
      },
      change('use', 'echo "$2" >"$1"', '/var/lib/used', { run: sh('echo "$1" >/var/lib/used', { output: 'answer' }) }),
    ];
    const died = through((words) =>
      words.includes('/var/lib/used') ? Promise.reject(new Error('the editor dies here')) : undefined,
    );
    await assert.rejects(run(steps, died), /dies here/);
    assert.equal(record().outcome, 'unknown');
    assert.match(render(record().reason?.message ?? say('{0}', '')), /dies here/);
    assert.ok(!lines.join('').includes('token-of-eight'));
    const plan = { ...base, steps };
    const result = await execute(plan, deps(), new AbortController().signal, { resume: record() });
    assert.equal(result.outcome, 'done');
    assert.equal(text('cp1', '/var/lib/used'), '42\n');
    assert.equal(text('cp1', '/var/lib/log'), 'once\n');
  });

  test('output that went with the connection is fetched by doing the step again', async () => {
    let first = true;
    const more = through((words, work) => {
      if (!words.includes('echo 42') || !first) return undefined;
      first = false;
      return work().then(() => Promise.reject(new TransportError('cp1', 'lost', say('{0}', 'gone'))));
    });
    const steps: Step[] = [
      change('make', ': >"$1"; echo 42', '/var/lib/made', { capture: 'answer' }),
      change('use', '', '/var/lib/used', { run: sh('echo "$1" >/var/lib/used', { output: 'answer' }) }),
    ];
    assert.deepEqual(await run(steps, more), { outcome: 'done' });
    assert.equal(text('cp1', '/var/lib/used'), '42\n');
  });

  test('a connection lost in a change: the host decides; what nobody saw happen is unknown', async () => {
    const lose = (doIt: boolean) =>
      through((words, work) => {
        if (!words.includes(': >"$1"')) return undefined;
        const gone = () => Promise.reject(new TransportError('cp1', 'lost', say('{0}', 'gone')));
        return doIt ? work().then(gone) : gone();
      });
    assert.deepEqual(await run([touch('a')], lose(true)), { outcome: 'done' });
    assert.ok(events.some((each) => each.kind === 'reconnecting'));
    const result = await run([touch('b', { onFailure: { undoTo: 'b' } })], lose(false));
    assert.equal(result.outcome, 'unknown');
    assert.equal(result.stoppedAt?.id, 'b');
  });

  test('a host that was there is waited for, one that never answered is not', async () => {
    let silentUntil = Number.POSITIVE_INFINITY;
    const connect = async (host: string) => {
      if (host === 'cp2' && world.time.ms < silentUntil)
        throw new TransportError(host, 'unreachable', say('{0}', 'connection refused'));
      return world.connect(host);
    };
    const look = (id: string, host: string): ReadStep => ({
      id,
      host,
      title: say('{0}', id),
      risk: 'read',
      run: sh('true'),
    });
    const start = world.time.ms;
    assert.equal((await run([look('a', 'cp2')], { connect })).outcome, 'unknown');
    assert.equal(world.time.ms, start);
    silentUntil = 0;
    const steps = [look('a', 'cp2'), look('b', 'cp1'), look('c', 'cp2')];
    const result = await run(steps, {
      connect,
      onEvent: (event) => {
        if (event.kind === 'step-ended' && event.step.id === 'b') silentUntil = world.time.ms + 100_000;
      },
    });
    assert.deepEqual(result, { outcome: 'done' });
    assert.ok(world.time.ms >= start + 100_000);
  });

  test('the quorum is guarded before a step, and does not hold up what is done already', async () => {
    const members = async () => ({ voters: 3, healthy: ['cp1', 'cp2'] });
    const step = touch('a', { quorum: { stops: ['cp1'] } });
    const result = await run([step], { members });
    assert.equal(result.outcome, 'failed');
    assert.match(render(result.reason?.message ?? say('{0}', '')), /only 1 of 3 etcd members would stay healthy/);
    assert.equal(text('cp1', '/var/lib/a'), undefined);
    world.machine('cp1').files.place('/var/lib/a', '');
    assert.deepEqual(await run([step], { members }), { outcome: 'done' });
  });

  test('cancelling takes effect between steps and while waiting; a change that has begun is let finish', async () => {
    const abort = new AbortController();
    const more = through((words) => {
      if (words.includes(': >"$1"')) abort.abort();
      return undefined;
    });
    const result = await run([touch('a'), touch('b')], more, abort.signal);
    assert.equal(result.outcome, 'cancelled');
    assert.equal(result.stoppedAt?.id, 'b');
    assert.equal(text('cp1', '/var/lib/a'), '');
    assert.equal(text('cp1', '/var/lib/b'), undefined);
    assert.equal(record().steps.get('a'), 'done');

    const waiting = new AbortController();
    const wait: Step = {
      id: 'wait',
      host: 'cp1',
      title: say('{0}', 'wait'),
      risk: 'read',
      waitFor: { ...isThere('cp1', '/never'), withinSec: 600 },
    };
    let slept = 0;
    const sleep = async () => {
      if (++slept === 3) waiting.abort();
    };
    assert.equal((await run([wait], { sleep }, waiting.signal)).outcome, 'cancelled');
  });

  test('a door is tried until it opens, and not for ever', async () => {
    const door: Step = {
      id: 'door',
      host: 'cp1',
      title: say('{0}', 'door'),
      risk: 'read',
      waitFor: { reach: { host: '10.0.0.100', port: 6443 }, withinSec: 30 },
    };
    const asked: unknown[] = [];
    const start = world.time.ms;
    const opensAfter = (ms: number) => async (host: string, port: number) => {
      asked.push([host, port]);
      return world.time.ms >= start + ms;
    };
    assert.deepEqual(await run([door], { reach: opensAfter(20_000) }), { outcome: 'done' });
    assert.ok(world.time.ms >= start + 20_000 && asked.length > 3);
    assert.deepEqual(asked[0], ['10.0.0.100', 6443]);
    const shut = await run([door], { reach: async () => false });
    assert.equal(shut.outcome, 'failed');
    assert.ok(world.time.ms < start + 120_000);
    const abort = new AbortController();
    const cancelled = {
      reach: async () => {
        abort.abort();
        return false;
      },
    };
    assert.equal((await run([door], cancelled, abort.signal)).outcome, 'cancelled');
  });

  test('what a wait or a change was refused for is told in the words of the host', async () => {
    const probe = (script: string) => ({ ...isThere('cp1', ''), command: sh(script), withinSec: 2 });
    const waits: Step = {
      id: 'waits',
      host: 'cp1',
      title: say('{0}', 'waits'),
      risk: 'read',
      waitFor: probe('ls /absent'),
    };
    const reasonOf = async (step: Step) => {
      const { outcome, reason } = await run([step]);
      assert.equal(outcome, 'failed');
      return reason === undefined ? '' : render(reason.message);
    };
    assert.match(await reasonOf(waits), /^it was waited 2 s for, .* the last answer was: ls: .*absent/);
    const changes = change('changes', ': >"$1"', '/tmp/done', { done: probe('echo "etcd is not healthy"; exit 1') });
    assert.match(await reasonOf(changes), /^the command ended with 0, .*: etcd is not healthy$/);
    const floods = { ...waits, waitFor: probe('printf %0900d 0; exit 1') };
    assert.ok((await reasonOf(floods)).length < 500);
  });

  test('a question: no, silence and cancelling all count as no', async () => {
    const ask: Step = {
      id: 'ask',
      host: 'cp1',
      title: say('{0}', 'ask'),
      risk: 'read',
      confirm: { question: say('{0}', '?'), withinSec: 60 },
      onFailure: { undoTo: 'a' },
    };
    const never = () => new Promise<boolean>(() => {});
    assert.equal((await run([touch('a'), ask], { confirm: async () => false })).outcome, 'undone');
    assert.equal((await run([touch('a'), ask], { confirm: never })).outcome, 'undone');
    const abort = new AbortController();
    const sleep = (_ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const confirm = () => {
      setImmediate(() => abort.abort());
      return never();
    };
    assert.equal((await run([touch('a'), ask], { confirm, sleep }, abort.signal)).outcome, 'undone');
    assert.equal(text('cp1', '/var/lib/a'), undefined);
  });

  test('a question whose yes was acted on is not put again when the run is resumed', async () => {
    let asked = 0;
    const confirm = async () => {
      asked++;
      return true;
    };
    const ask: Step = {
      id: 'ask',
      host: 'cp1',
      title: say('{0}', 'ask'),
      risk: 'read',
      confirm: { question: say('{0}', '?'), withinSec: 60 },
      done: isThere('cp1', '/var/lib/kept'),
    };
    const died = through((words) => {
      if (words.includes('/var/lib/last')) throw new TypeError('the editor died');
      return undefined;
    });
    const steps = [touch('a'), ask, touch('kept'), touch('last')];
    await assert.rejects(run(steps, { ...died, confirm }), TypeError);
    assert.equal(asked, 1);
    const again = (plan: readonly Step[]) =>
      execute({ ...base, steps: plan }, deps({ confirm }), new AbortController().signal, { resume: record() });
    assert.equal((await again(steps)).outcome, 'done');
    assert.equal(asked, 1);
    await world.run('cp1', ['rm', '/var/lib/kept']);
    assert.equal((await again(steps)).outcome, 'done');
    assert.equal(asked, 2);
  });

  test('a fault of the host is a failure, and anything else ends the journal before it is thrown', async () => {
    const refused = through(() => Promise.reject(new HostError('cp1', say('{0}', 'no such disk'))));
    assert.equal((await run([touch('a')], refused)).outcome, 'failed');
    lines = [];
    const bug = through(() => Promise.reject(new TypeError('x is not a function')));
    await assert.rejects(run([touch('a')], bug), TypeError);
    assert.equal(record().outcome, 'unknown');
    assert.match(render(record().reason?.message ?? say('{0}', '')), /x is not a function/);
  });
});
