import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { drillCommand, parseDrill } from '../../src/ops/restore/drill';
import { reach } from '../../src/run/reach';
import { type LocalSnapshot, readLocalSnapshot } from '../../src/run/read-snapshot';
import { DrillWeather } from '../support/drill-weather';
import { etcdMissing, KubeadmHosts } from '../support/kubeadm-hosts';

describe('a drill with a real etcd', { skip: etcdMissing }, () => {
  let folder: string;
  let snapshot: LocalSnapshot;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-drill-test-'));
    const world = await KubeadmHosts.make();
    try {
      for (let i = 0; i < 30; i++) world.etcdctl('cp1', 'put', `/registry/c${i}`, String(i));
      world.etcdctl('cp1', 'del', '/registry/c3');
      world.etcdctl('cp1', 'put', '/registry/c4', 'again');
      world.etcdctl('cp1', 'snapshot', 'save', join(folder, 'snapshot.db'));
    } finally {
      world.close();
    }
    snapshot = await readLocalSnapshot(join(folder, 'snapshot.db'), 'here');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const drill = (path: string, content = snapshot.content, path0 = process.env.PATH) => {
    const [program = '', ...args] = drillCommand(path, content, false).argv.map(String);
    const scratch = mkdtempSync(join(folder, 'scratch-'));
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { PATH: path0, TMPDIR: scratch } });
    assert.deepEqual(readdirSync(scratch), [], 'nothing is left');
    return { report: parseDrill(stdout, content), stderr };
  };

  test('restores, starts, and finds the revision, the keys and the sample of the file', () => {
    const { report, stderr } = drill(snapshot.path);
    assert.equal(report.kind, 'started', JSON.stringify(report) + stderr);
    assert.ok(report.kind === 'started');
    assert.equal(report.matches, true, JSON.stringify(report));
    assert.equal(report.keys, '29');
    assert.deepEqual(report.sample, [snapshot.content.sample.length, snapshot.content.sample.length]);
    assert.match(report.etcd, /^3\.\d+\.\d+$/);
  });

  test('where TMPDIR is not there, it is restored in /var/tmp', () => {
    const before = readdirSync('/var/tmp');
    const [program = '', ...args] = drillCommand(snapshot.path, snapshot.content, false).argv.map(String);
    const env = { PATH: process.env.PATH, TMPDIR: join(folder, 'nowhere') };
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
    const report = parseDrill(stdout, snapshot.content);
    assert.ok(report.kind === 'started' && report.matches, stdout + stderr);
    const own = (each: string) => each.startsWith('haven-drill-') && !before.includes(each);
    assert.deepEqual(readdirSync('/var/tmp').filter(own), []);
  });

  test('where nothing may be executed below /tmp, /var/tmp, /run and /dev/shm, it is restored all the same', {
    skip: spawnSync('unshare', ['-m', 'true']).status === 0 ? false : 'no mounts of its own can be made here',
  }, () => {
    const scratch = mkdtempSync(join(folder, 'scratch-'));
    const probe = join(folder, 'probe');
    writeFileSync(probe, '#!/bin/sh\n', { mode: 0o755 });
    const mounts =
      'for d in /tmp /var/tmp /run /dev/shm "${1%/*}"; do mount --bind "$d" "$d" && mount -o remount,bind,noexec "$d" || exit; done';
    const script = `${mounts}; ! "$1" 2>/dev/null || exit; shift; exec "$@"`;
    const words = drillCommand(snapshot.path, snapshot.content, false).argv.map(String);
    const env = { PATH: process.env.PATH, TMPDIR: scratch };
    const argv = ['-m', 'sh', '-c', script, 'sh', probe, ...words];
    const { stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8', env });
    const report = parseDrill(stdout, snapshot.content);
    assert.ok(report.kind === 'started' && report.matches, stdout + stderr);
    assert.deepEqual(readdirSync(scratch), []);
  });

  /** A drill that has begun to run its etcd, and what of it runs. */
  const begun = async (scratch: string) => {
    const [program = '', ...args] = drillCommand(snapshot.path, snapshot.content, false).argv.map(String);
    // It asks its etcd in vain, and so does not come to its end.
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, 'curl'), '#!/bin/sh\nexit 7\n', { mode: 0o755 });
    const PATH = `${bin}:${process.env.PATH}`;
    const child = spawn(program, args, { env: { PATH, TMPDIR: scratch }, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const wordsOf = (pid: string) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    };
    // What restores the snapshot before names the folder, too.
    const isEtcd = (words: string) =>
      words.includes(`--data-dir\0${scratch}`) && words.includes('--listen-client-urls');
    const running = () => readdirSync('/proc').filter((each) => /^\d+$/.test(each) && isEtcd(wordsOf(each)));
    process.once('exit', () => {
      for (const each of running()) process.kill(Number(each), 'SIGKILL');
    });
    const serves = async () => {
      const port = /--listen-client-urls\0https:\/\/127\.0\.0\.1:(\d+)/.exec(wordsOf(running()[0] ?? ''))?.[1];
      return port !== undefined && reach('127.0.0.1', Number(port), 1000, new AbortController().signal);
    };
    while (!(await serves())) {
      assert.equal(child.exitCode, null, 'it has ended before');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { child, ended, running };
  };

  test('ended in the middle, it takes its folder and its etcd along', async () => {
    const scratch = mkdtempSync(join(folder, 'scratch-'));
    // Somebody else's, as on a node of a cluster.
    const urls = ['--listen-client-urls', '--advertise-client-urls', '--listen-peer-urls'].flatMap((flag) => [
      flag,
      'http://127.0.0.1:0',
    ]);
    const other = spawn('etcd', ['--data-dir', join(folder, 'other'), ...urls], { stdio: 'ignore' });
    process.once('exit', () => other.kill('SIGKILL'));
    try {
      const { child, ended, running } = await begun(scratch);
      child.kill('SIGTERM');
      await ended;
      assert.deepEqual(readdirSync(scratch), []);
      assert.deepEqual(running(), []);
      assert.deepEqual([other.exitCode, other.signalCode], [null, null], 'another etcd goes on');
    } finally {
      other.kill('SIGKILL');
    }
  });

  test('killed, it leaves both to the next one, which takes them away, and nothing that is not its own', async () => {
    const scratch = mkdtempSync(join(folder, 'scratch-'));
    const { child, ended, running } = await begun(scratch);
    child.kill('SIGKILL');
    await ended;
    assert.equal(readdirSync(scratch).length, 1);
    const reused = join(scratch, `haven-drill-${process.pid}-abcdef`);
    const others = ['haven-drill-test-abcdef', 'haven-drill-abcdef'].map((each) => join(scratch, each));
    // A process of each number runs; one of them is a drill by what it was started with.
    const waiting = spawn('sh', ['-c', 'read -r _', 'haven-drill-'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const live = join(scratch, `haven-drill-${waiting.pid}-abcdef`);
    for (const each of [reused, live, ...others]) mkdirSync(each);
    const [program = '', ...args] = drillCommand(snapshot.path, snapshot.content, false).argv.map(String);
    const { stdout } = spawnSync(program, args, { encoding: 'utf8', env: { PATH: process.env.PATH, TMPDIR: scratch } });
    waiting.stdin.end('\n');
    assert.equal(parseDrill(stdout, snapshot.content).kind, 'started', stdout);
    assert.deepEqual(running(), []);
    assert.deepEqual(
      readdirSync(scratch).sort(),
      [live, ...others].map((each) => each.slice(scratch.length + 1)).sort(),
    );
  });

  test('says that it is not the same when the file holds something else', () => {
    const { report } = drill(snapshot.path, { ...snapshot.content, keys: 31 });
    assert.equal(report.kind === 'started' && report.matches, false);
    const [first, ...rest] = snapshot.content.sample;
    assert.ok(first !== undefined);
    const sample = [{ ...first, revision: first.revision + 1 }, ...rest];
    const other = drill(snapshot.path, { ...snapshot.content, sample }).report;
    assert.equal(other.kind === 'started' && other.matches, false);
  });

  test('an etcd that dies while it is asked is no snapshot that holds something else', async () => {
    const weather = await DrillWeather.make();
    try {
      // What it said first has been read by then, so it had a leader.
      for (const at of [3, 5]) {
        const scratch = mkdtempSync(join(folder, 'scratch-'));
        const broken = { program: 'sed', at, fault: 'etcd dies' } as const;
        const { report, left } = await weather.drill(scratch, weather.snapshot.content, broken);
        assert.match(report.kind === 'failed' ? report.why : JSON.stringify(report), /^etcd has stopped answering/);
        assert.deepEqual(left, []);
      }
    } finally {
      weather.remove();
    }
  });

  test('refuses a damaged file and says what is missing on a machine', () => {
    const bytes = readFileSync(snapshot.path);
    bytes[9000] = (bytes[9000] ?? 0) ^ 1;
    writeFileSync(join(folder, 'damaged.db'), bytes);
    const damaged = drill(join(folder, 'damaged.db')).report;
    assert.match(damaged.kind === 'failed' ? damaged.why : '', /not whole/);
    // Everything but etcd.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const name of readdirSync('/usr/bin'))
      if (!name.startsWith('etcd')) symlinkSync(`/usr/bin/${name}`, join(bin, name));
    const bare = drill(snapshot.path, snapshot.content, bin).report;
    // A container of etcd that runs here lends its program; that is meant so, and is no fault of this test.
    if (bare.kind === 'started') assert.ok(bare.matches);
    else assert.equal(bare.why, 'there is no etcd on this machine');
  });
});
