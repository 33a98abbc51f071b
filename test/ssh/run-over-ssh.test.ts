import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { render, say } from '../../src/base/message';
import type { ChangeStep, Plan, Step } from '../../src/ops/plan';
import {
  execute,
  Hosts,
  listRuns,
  openJournal,
  type RunDeps,
  type RunEvent,
  type RunRecord,
  undo,
} from '../../src/run';
import { canGoBack } from '../../src/run/executor';
import { parseKnownHosts } from '../../src/run/ssh/known-hosts';
import { type DroppingProxy, droppingProxy } from '../support/dropping-proxy';
import { nobody } from '../support/ssh-client';
import { me, type Sshd, sshdMissing, startSshd } from '../support/sshd';
import '../support/end-after-failure';

const sh = (script: string, path: string) =>
  ({ argv: ['sh', '-c', script, 'sh', path], root: false, timeoutSec: 60 }) as const;

/** Plans that run on one machine behind a real sshd, over a way that can go silent. */
describe('a run over SSH', { skip: sshdMissing }, () => {
  let sshd: Sshd;
  let proxy: DroppingProxy;
  let hosts: Hosts;
  let events: RunEvent[];
  let heard: (event: RunEvent) => void;
  let mounted: string | undefined;

  const hostsOver = ({ port }: DroppingProxy) =>
    new Hosts({
      files: { folder: join(sshd.folder, 'ssh') },
      secrets: nobody,
      ownKeys: () => parseKnownHosts(`[127.0.0.1]:${port} ${sshd.hostKey}\n`, 'own'),
      accept: async () => false,
    });

  beforeEach(async () => {
    sshd = await startSshd();
    proxy = await droppingProxy(sshd.port);
    const folder = join(sshd.folder, 'ssh');
    mkdirSync(folder);
    writeFileSync(join(folder, 'id_ed25519'), readFileSync(sshd.clientKey));
    writeFileSync(
      join(folder, 'config'),
      'Host *\n  ServerAliveInterval 2\n  ServerAliveCountMax 2\n  ConnectTimeout 8\n',
    );
    hosts = hostsOver(proxy);
    events = [];
    heard = () => {};
  });
  afterEach(async () => {
    hosts.close();
    proxy.close();
    if (mounted !== undefined) spawnSync('umount', [mounted]);
    mounted = undefined;
    await sshd.stop();
  });

  const at = (name: string) => join(sshd.folder, name);
  /** A machine that stands still for seconds loses more connections than the test cuts. */
  const reconnections = () => events.filter((each) => each.kind === 'reconnecting').length;
  const change = (id: string, script: string): ChangeStep => ({
    id,
    host: 'box',
    title: say('{0}', id),
    risk: 'change',
    run: sh(script, at(id)),
    done: { host: 'box', command: sh('test -e "$1"', at(id)), yesWhen: { code: 0 }, withinSec: 0 },
  });
  const planOf = (...steps: Step[]): Plan => ({
    operation: 'test',
    cluster: 'test',
    title: say('{0}', 'test'),
    blockers: [],
    warnings: [],
    steps,
    wayBack: [],
    destructive: false,
  });

  const depsFor = async (id: string): Promise<RunDeps> => {
    const node = { name: 'box', address: '127.0.0.1', roles: ['server' as const], ssh: { port: proxy.port, user: me } };
    return {
      connect: (_name, signal) => hosts.connect(node, signal),
      journal: await openJournal(at('runs'), id),
      now: Date.now,
      sleep: (ms, signal) => pause(ms, undefined, { signal }).catch(() => {}),
      onEvent: (event) => {
        events.push(event);
        heard(event);
      },
    };
  };
  async function run(plan: Plan, resume?: RunRecord, signal = new AbortController().signal) {
    return execute(plan, await depsFor(resume?.id ?? 'run'), signal, resume === undefined ? {} : { resume });
  }
  const record = async () => {
    const [last] = await listRuns(at('runs'));
    assert.ok(last !== undefined);
    return last;
  };
  const isThere = async (path: string) => {
    for (let i = 0; i < 1200 && !existsSync(path); i++) await pause(50);
    assert.ok(existsSync(path), path);
  };

  test('a way that goes silent in the middle of a command is found out, and the host is asked what became of it', async () => {
    const going = run(planOf(change('slow', ': >"$1.began"; sleep 2; : >"$1"'), change('next', ': >"$1"')));
    await isThere(at('slow.began'));
    proxy.drop();
    await pause(500);
    // New connections get through, as after a firewall has lost its state.
    proxy.pass();
    assert.equal((await going).outcome, 'done');
    assert.ok(reconnections() >= 1);
    assert.ok(existsSync(at('next')));
  });

  test('a way that goes silent in the middle of a file: the old one stays until the new one is whole', async () => {
    const content = randomBytes(40_000_000);
    writeFileSync(at('local'), content);
    writeFileSync(at('config'), 'the old one');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const upload: Step = {
      id: 'send',
      host: 'box',
      title: say('{0}', 'send'),
      risk: 'change',
      upload: {
        content: { file: at('local'), sha256, bytes: content.length },
        path: at('config'),
        mode: '0600',
        root: false,
      },
    };
    const bring: Step = {
      id: 'bring',
      host: 'box',
      title: say('{0}', 'bring'),
      risk: 'read',
      download: { from: { path: at('config'), root: false }, to: at('copy') },
    };
    const going = run(planOf(upload, bring));
    await isThere(at('.config.haven-draft'));
    proxy.drop();
    assert.equal(readFileSync(at('config'), 'utf8'), 'the old one');
    await pause(300);
    proxy.pass();
    let parts = 0;
    heard = (event) => {
      if (event.kind !== 'progress' || event.step.id !== 'bring' || parts++ !== 3) return;
      proxy.drop();
      setTimeout(proxy.pass, 300);
    };
    assert.equal((await going).outcome, 'done');
    assert.ok(parts > 4, `${parts}`);
    assert.ok(reconnections() >= 2);
    assert.deepEqual(readFileSync(at('config')), content);
    assert.deepEqual(readFileSync(at('copy')), content);
    assert.deepEqual(
      readdirSync(sshd.folder).filter((each) => /draft|part/.test(each)),
      [],
    );
  });

  test('a host key that changes in the middle stops the run with both fingerprints; with the right machine back it goes on', async () => {
    const other = await startSshd();
    try {
      const plan = planOf(change('first', ': >"$1.began"; sleep 1; : >"$1"'), change('second', ': >"$1"'));
      const going = run(plan);
      await isThere(at('first.began'));
      proxy.drop();
      proxy.leadTo(other.port);
      proxy.pass();
      const result = await going;
      assert.equal(result.outcome, 'unknown');
      assert.equal(result.stoppedAt?.id, 'first');
      const words = result.reason === undefined ? '' : render(result.reason.message);
      assert.match(words, /SHA256:.*SHA256:/s);
      assert.equal(result.reason?.host, 'box');
      assert.ok(!existsSync(at('second')));
      proxy.leadTo(sshd.port);
      assert.equal((await run(plan, await record())).outcome, 'done');
    } finally {
      await other.stop();
    }
  });

  test('a server of SSH that starts anew in the middle is connected to again, and the run goes on', async () => {
    const going = run(planOf(change('slow', ': >"$1.began"; sleep 3; : >"$1"'), change('next', ': >"$1"')));
    await isThere(at('slow.began'));
    await sshd.restart('same key');
    const result = await going;
    const lost = events.flatMap((each) => (each.kind === 'reconnecting' ? [each.reason] : []));
    assert.ok(lost.length > 0 && lost.every((each) => each.host === 'box'), JSON.stringify(lost));
    // The server took the command with it where it was killed before its end: then the run stops, and says at what.
    if (result.outcome !== 'done') {
      assert.equal(result.outcome, 'unknown');
      assert.equal(result.stoppedAt?.id, 'slow');
      assert.ok(result.reason !== undefined && render(result.reason.message) !== '');
      assert.equal((await run((await record()).plan, await record())).outcome, 'done');
    }
    assert.ok(existsSync(at('slow')) && existsSync(at('next')));
  });

  test('a server of SSH that starts anew with another key is refused with both fingerprints, when it is resumed too', async () => {
    const key = ['host', 'host.pub'].map((name) => [at(name), readFileSync(at(name))] as const);
    const going = run(planOf(change('first', ': >"$1.began"; sleep 1; : >"$1"'), change('second', ': >"$1"')));
    await isThere(at('first.began'));
    await sshd.restart('new key');
    const isRefused = async ({ outcome, reason }: Awaited<typeof going>) => {
      assert.notEqual(outcome, 'done');
      assert.match(reason === undefined ? '' : render(reason.message), /SHA256:.*SHA256:/s);
      assert.ok(!existsSync(at('second')));
    };
    await isRefused(await going);
    await isRefused(await run((await record()).plan, await record()));
    // Whoever mends it puts the former key back.
    for (const [path, bytes] of key) writeFileSync(path, bytes, { mode: 0o600 });
    await sshd.restart('same key');
    assert.equal((await run((await record()).plan, await record())).outcome, 'done');
    assert.ok(existsSync(at('first')) && existsSync(at('second')));
  });

  const content = randomBytes(8_000_000);
  const bringing = (to = 'copy') => {
    const download = { from: { path: at('snapshot'), root: false }, to: at(to) };
    return planOf({ id: 'bring', host: 'box', title: say('{0}', 'bring'), risk: 'read', download });
  };
  /** A download that somebody has cancelled in the middle. */
  const cancelled = async () => {
    writeFileSync(at('snapshot'), content);
    const plan = bringing();
    const over = new AbortController();
    heard = ({ kind }) => void (kind === 'progress' && over.abort());
    const { outcome, reason } = await run(plan, undefined, over.signal);
    heard = () => {};
    assert.equal(outcome, 'cancelled');
    assert.ok(!existsSync(at('copy')));
    const begun = statSync(at('copy.part'));
    assert.equal(begun.mode & 0o777, 0o600);
    assert.ok(begun.size > 0 && begun.size < content.length, `${begun.size}`);
    return { plan, begun, remedy: reason?.remedy === undefined ? '' : render(reason.remedy) };
  };

  test('a download that is cancelled in the middle leaves nothing under its name, and is gone on with where it was', async () => {
    const { plan, begun, remedy } = await cancelled();
    assert.ok(remedy.includes(`${at('copy.part')} holds the ${begun.size} bytes`), remedy);
    let first: number | undefined;
    heard = (event) => {
      if (event.kind === 'progress') first ??= event.bytes;
    };
    assert.equal((await run(plan, await record())).outcome, 'done');
    assert.ok(first !== undefined && first > begun.size, `${first}`);
    assert.deepEqual(readFileSync(at('copy')), content);
    assert.ok(!existsSync(at('copy.part')));
  });

  test('a download that was cancelled and is taken back leaves nothing here', async () => {
    await cancelled();
    const open = await record();
    assert.ok(canGoBack(open));
    const { outcome } = await undo(open, await depsFor(open.id), new AbortController().signal);
    assert.equal(outcome, 'undone');
    assert.ok(!existsSync(at('copy.part')) && !existsSync(at('copy')));
    assert.ok(!canGoBack(await record()));
  });

  test('what came of another file under that name is not gone on with: the new one comes whole, at the first try', async () => {
    await cancelled();
    const other = randomBytes(content.length);
    writeFileSync(at('snapshot'), other);
    // Not that run: a new one, after the snapshot of this name was made anew.
    const result = await execute(bringing(), await depsFor('later'), new AbortController().signal);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.ok(readFileSync(at('copy')).equals(other));
    assert.ok(!existsSync(at('copy.part')));
    // A part beside a file that is whole is of no use to anybody.
    writeFileSync(at('copy.part'), 'half');
    const again = await execute(bringing(), await depsFor('again'), new AbortController().signal);
    assert.equal(again.outcome, 'done');
    assert.ok(!existsSync(at('copy.part')));
  });

  test('a program that is cut off in the middle when the editor is killed: never half under its name, sent anew, then used', async () => {
    const program = Buffer.concat([Buffer.from('#!/bin/sh\necho whole\nexit\n'), randomBytes(8_000_000)]);
    writeFileSync(at('local'), program);
    const sha256 = createHash('sha256').update(program).digest('hex');
    const title = say('{0}', 'k3s');
    const file = { file: at('local'), sha256, bytes: program.length };
    const upload = { content: file, path: at('k3s'), mode: '0755', root: false };
    const used = change('use', '[ "$("${1%/*}/k3s")" = whole ] && : >"$1"');
    const plan = planOf({ id: 'program', host: 'box', title, risk: 'change', upload }, used);
    const sent: number[] = [];
    let killed = false;
    const over = new AbortController();
    heard = (event) => {
      if (event.kind !== 'progress' || killed) return;
      // From here on the one who began hears and says nothing more, and its journal is as it is.
      killed = true;
      renameSync(at('runs'), at('killed'));
      proxy.drop();
      over.abort();
    };
    const dead = run(plan, undefined, over.signal).catch(() => {});
    await isThere(at('killed'));
    assert.ok(!existsSync(at('k3s')) && !existsSync(at('use')));
    heard = (event) => void (event.kind === 'progress' && sent.push(event.bytes));
    proxy.close();
    hosts.close();
    await dead;
    rmSync(at('runs'), { recursive: true, force: true });
    renameSync(at('killed'), at('runs'));
    proxy = await droppingProxy(sshd.port);
    hosts = hostsOver(proxy);
    sent.length = 0;
    const broken = await record();
    assert.equal(broken.outcome, undefined);
    assert.equal((await run(broken.plan, broken)).outcome, 'done');
    assert.ok(
      sent.some((bytes) => bytes < 2_000_000),
      `it begins anew, and shows that it does: ${sent}`,
    );
    assert.ok(readFileSync(at('k3s')).equals(program));
    assert.deepEqual(
      readdirSync(sshd.folder).filter((each) => each.includes('draft')),
      [],
    );
  });

  test('a disk that is full here stops a download, says so, and what had come is gone on with', {
    skip: process.getuid?.() !== 0 && 'needs root to mount a small disk',
  }, async (t) => {
    mkdirSync(at('disk'));
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', at('disk')]).status !== 0)
      return t.skip('no mounts here');
    mounted = at('disk');
    const content = randomBytes(2_500_000);
    writeFileSync(at('snapshot'), content);
    writeFileSync(at('disk/ballast'), randomBytes(1_500_000));
    const plan = planOf({
      id: 'bring',
      host: 'box',
      title: say('{0}', 'bring'),
      risk: 'read',
      download: { from: { path: at('snapshot'), root: false }, to: at('disk/copy') },
    });
    const result = await run(plan);
    assert.equal(result.outcome, 'failed');
    const words = result.reason === undefined ? '' : render(result.reason.message);
    assert.match(words, /no space left/);
    assert.ok(words.includes(at('disk/copy')), words);
    assert.ok(!existsSync(at('disk/copy')));
    rmSync(at('disk/ballast'));
    assert.equal((await run(plan, await record())).outcome, 'done');
    assert.deepEqual(readFileSync(at('disk/copy')), content);
  });

  test('a journal that a full disk here stops is told, and the run is gone on with', async () => {
    const plan = planOf(change('first', ': >"$1.began"; sleep 1; : >"$1"'), change('second', ': >"$1"'));
    const going = run(plan);
    await isThere(at('first.began'));
    const journal = at('runs/run.jsonl');
    renameSync(journal, at('runs/saved'));
    symlinkSync('/dev/full', journal);
    await assert.rejects(going, /journal .*run\.jsonl cannot be written: ENOSPC.* resume/);
    renameSync(at('runs/saved'), journal);
    const broken = await record();
    assert.equal(broken.outcome, undefined);
    assert.ok(!existsSync(at('second')));
    assert.equal((await run(plan, broken)).outcome, 'done');
    assert.ok(existsSync(at('second')));
  });
});
