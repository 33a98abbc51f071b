import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { HostNode } from '../../src/ops/host';
import { uploadFile } from '../../src/run/files';
import { Hosts } from '../../src/run/hosts';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import { parseKnownHosts } from '../../src/run/ssh/known-hosts';
import { HostError } from '../../src/run/transport';
import { droppingProxy } from '../support/dropping-proxy';
import { failureOf, nobody, targetOf, trusting } from '../support/ssh-client';
import { me, type Sshd, sshdMissing, startSshd } from '../support/sshd';
import '../support/end-after-failure';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const isRoot = process.getuid?.() === 0;

describe('connections that are shared', { skip: sshdMissing }, () => {
  let sshd: Sshd;
  let folder: string;
  before(async () => {
    sshd = await startSshd();
    folder = join(sshd.folder, 'ssh');
    mkdirSync(folder);
    writeFileSync(join(folder, 'id_ed25519'), readFileSync(sshd.clientKey));
  });
  after(() => sshd.stop());

  const node = (name = 'box', port = sshd.port): HostNode => ({
    name,
    address: '127.0.0.1',
    roles: ['server'],
    ssh: { port, user: me },
  });
  const hostsFor = (knownHosts = sshd.knownHosts()) =>
    new Hosts({
      files: { folder },
      secrets: nobody,
      ownKeys: () => parseKnownHosts(knownHosts, 'own'),
      accept: async () => false,
    });
  const echo = { argv: ['echo', 'here'], root: false, timeoutSec: 10 };

  test('nor is one that was closed a moment ago', async () => {
    const hosts = hostsFor();
    const closed = await hosts.connect(node());
    closed.close();
    assert.equal(closed.isAlive, false);
    assert.equal((await failureOf(closed.exec(echo))).failure, 'lost');
    assert.equal((await (await hosts.connect(node())).exec(echo)).stdout, 'here\n');
    hosts.close();
  });

  test('a connection that died is not handed out again', async () => {
    const own = await startSshd();
    writeFileSync(join(own.folder, 'authorized_keys'), readFileSync(`${sshd.clientKey}.pub`));
    const hosts = hostsFor(own.knownHosts());
    const first = await hosts.connect(node('own', own.port));
    assert.equal(first, await hosts.connect(node('own', own.port)), 'one connection for all');
    // The process that serves this connection ends, as when a firewall or a reboot drops it; the server itself stays.
    const waiting = failureOf(first.exec({ argv: ['sleep', '60'], root: false, timeoutSec: 60 }));
    await pause(300);
    execFileSync('pkill', ['-KILL', '-P', String(own.pid)]);
    assert.equal((await waiting).failure, 'lost');
    const second = await hosts.connect(node('own', own.port));
    assert.notEqual(second, first);
    assert.equal((await second.exec(echo)).stdout, 'here\n');
    hosts.close();
    await own.stop();
  });

  test('those who ask at the same time wait for the same connection; one who leaves does not take it from the others', async () => {
    const hosts = hostsFor();
    const leaving = new AbortController();
    const left = failureOf(hosts.connect(node(), leaving.signal));
    const others = [hosts.connect(node()), hosts.connect(node())];
    leaving.abort();
    assert.equal((await left).failure, 'cancelled');
    const [a, b] = await Promise.all(others);
    assert.equal(a, b);
    assert.equal((await a?.exec(echo))?.stdout, 'here\n');
    hosts.close();
  });

  test('fifty hosts at once: all answer, and one that is silent holds nobody up', async () => {
    const many = await startSshd(['MaxStartups 200', 'SetEnv SHLVL=2']);
    writeFileSync(join(many.folder, 'authorized_keys'), readFileSync(`${sshd.clientKey}.pub`));
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const hosts = hostsFor(many.knownHosts());
    const leave = new AbortController();
    const waiting = failureOf(hosts.status(node('silent', port), leave.signal));
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const line = await hosts.connect(node(`n${i}`, many.port));
        return (await line.exec({ argv: ['echo', String(i)], root: false, timeoutSec: 60 })).stdout.trim();
      }),
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
    leave.abort();
    assert.equal((await waiting).failure, 'cancelled');
    hosts.close();
    silent.close();
    await many.stop();
  });

  test('a host that could not be reached is tried again the next time', async () => {
    const hosts = hostsFor('');
    assert.equal((await failureOf(hosts.connect(node()))).failure, 'host-key-unknown');
    hosts.close();
    const own = await startSshd();
    writeFileSync(join(own.folder, 'authorized_keys'), readFileSync(`${sshd.clientKey}.pub`));
    const later = hostsFor(own.knownHosts());
    own.pauseListening();
    const slow = failureOf(later.connect(node('own', own.port), AbortSignal.timeout(300)));
    assert.equal((await slow).failure, 'cancelled');
    own.resumeListening();
    assert.equal((await (await later.connect(node('own', own.port))).exec(echo)).stdout, 'here\n');
    later.close();
    await own.stop();
  });
});

test('who asks for a host right after another gave up does not get what was given up', {
  skip: sshdMissing,
}, async () => {
  const sshd = await startSshd();
  const hosts = new Hosts({
    files: { folder: sshd.folder },
    secrets: nobody,
    ownKeys: () => [],
    accept: async () => false,
  });
  const node: HostNode = { name: 'own', address: '127.0.0.1', roles: ['server'], ssh: { port: sshd.port, user: me } };
  const abort = new AbortController();
  const first = failureOf(hosts.connect(node, abort.signal));
  abort.abort();
  assert.equal((await first).failure, 'cancelled');
  assert.equal((await failureOf(hosts.connect(node))).failure, 'host-key-unknown');
  hosts.close();
  await sshd.stop();
});

describe('a host that bears little', { skip: sshdMissing }, () => {
  test('MaxSessions: commands wait for their turn, and none is refused', async () => {
    const sshd = await startSshd(['MaxSessions 2']);
    const line = await connectSsh(targetOf(sshd), trusting(sshd.knownHosts()), nobody);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        line.exec({ argv: ['sh', '-c', `sleep 0.1; echo ${i}`], root: false, timeoutSec: 30 }),
      ),
    );
    assert.deepEqual(
      answers.map((each) => each.stdout.trim()),
      Array.from({ length: 20 }, (_, i) => String(i)),
    );
    line.close();
    await sshd.stop();
  });

  test('one that allows no commands at all is told as what it is', async () => {
    const sshd = await startSshd(['MaxSessions 0']);
    const line = await connectSsh(targetOf(sshd), trusting(sshd.knownHosts()), nobody);
    const error = await failureOf(line.exec({ argv: ['true'], root: false, timeoutSec: 30 }));
    assert.equal(error.failure, 'refused');
    assert.match(error.message, /look at MaxSessions and ForceCommand/);
    line.close();
    await sshd.stop();
  });

  test('a flood of output ends the command, not this program', async () => {
    const sshd = await startSshd();
    const line = await connectSsh(targetOf(sshd), trusting(sshd.knownHosts()), nobody);
    const error = await failureOf(line.exec({ argv: ['cat', '/dev/zero'], root: false, timeoutSec: 60 }));
    assert.match(error.message, /more than 67108864 bytes of output/);
    assert.equal((await line.exec({ argv: ['echo', 'on'], root: false, timeoutSec: 10 })).stdout, 'on\n');
    line.close();
    await sshd.stop();
  });
});

describe('jump hosts that lead nowhere', { skip: sshdMissing }, () => {
  let jump: Sshd;
  let silent: Server;
  let port: number;
  before(async () => {
    silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    jump = await startSshd();
  });
  after(async () => {
    silent.close();
    await jump.stop();
  });
  const through = (by: Sshd, more: object = {}) =>
    targetOf(by, { jump: targetOf(by, { name: 'jump' }), connectTimeoutSec: 1, ...more });

  test('a tunnel that never opens ends with the connect timeout, and the message names the jump host', async () => {
    // A port whose queue is full neither answers nor refuses: what a firewall does that drops.
    const script =
      "const s=require('net').createServer().listen({host:'127.0.0.1',port:0,backlog:1},()=>console.log(s.address().port))";
    const full = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    process.once('exit', () => full.kill('SIGKILL'));
    const port = Number(await new Promise((resolve) => full.stdout.once('data', resolve)));
    full.kill('SIGSTOP');
    const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await pause(300);
    const start = Date.now();
    const error = await failureOf(connectSsh(through(jump, { port }), trusting(jump.knownHosts()), nobody));
    assert.equal(error.failure, 'timeout');
    assert.match(
      error.message,
      /^jump: no way through to 127\.0\.0\.1 port \d+ within 1 s; .*does it allow forwarding/,
    );
    assert.ok(Date.now() - start < 8000);
    for (const each of fillers) each.destroy();
    full.kill('SIGKILL');
  });

  test('a jump host that allows no forwarding says so', async () => {
    const strict = await startSshd(['AllowTcpForwarding no']);
    const error = await failureOf(connectSsh(through(strict, { port }), trusting(strict.knownHosts()), nobody));
    assert.equal(error.failure, 'unreachable');
    assert.match(error.message, /^jump: cannot reach 127\.0\.0\.1 port \d+ from there: .*AllowTcpForwarding/);
    await strict.stop();
  });

  test('a silent host behind a jump host times out under its own name', async () => {
    const start = Date.now();
    const error = await failureOf(connectSsh(through(jump, { port }), trusting(jump.knownHosts()), nobody));
    assert.equal(error.failure, 'timeout');
    assert.match(error.message, /^box: no SSH login/);
    assert.ok(Date.now() - start < 8000);
  });
});

describe('files that are cut off', { skip: sshdMissing }, () => {
  let sshd: Sshd;
  before(async () => {
    sshd = await startSshd();
  });
  after(() => sshd.stop());
  const through = (port: number) => {
    const known = trusting(`[127.0.0.1]:${port} ${sshd.hostKey}\n`);
    return [{ ...targetOf(sshd), port }, known, nobody] as const;
  };
  const open = () => connectSsh(...through(sshd.port));

  /** Sends half of `content`, then nothing more until the connection is gone. */
  async function* half(content: Buffer, cut: () => void, rest?: Promise<void>): AsyncIterable<Uint8Array> {
    yield content.subarray(0, content.length / 2);
    await pause(300);
    cut();
    await (rest ?? pause(100));
  }

  test('the old file stays whole whenever the connection breaks', async () => {
    const path = join(sshd.folder, 'etcd.conf');
    writeFileSync(path, 'the old one', { mode: 0o640 });
    const content = randomBytes(400_000);
    const line = await open();
    await failureOf(
      uploadFile(
        line,
        half(content, () => line.close()),
        { path, mode: '0600', root: false },
      ),
    );
    await pause(300);
    assert.equal(readFileSync(path, 'utf8'), 'the old one');
    // The next try does not stumble over what the first left behind.
    const again = await open();
    await uploadFile(again, content, { path, mode: '0600', root: false });
    assert.deepEqual(readFileSync(path), content);
    assert.deepEqual(
      readdirSync(sshd.folder).filter((each) => each.includes('haven-draft')),
      [],
    );
    again.close();
  });

  test('a connection that sshd finds to be lost only later does not take the draft of the next try away', async () => {
    const path = join(sshd.folder, 'late');
    const draft = join(sshd.folder, '.late.haven-draft');
    const content = randomBytes(400_000);
    const proxy = await droppingProxy(sshd.port);
    const [lost, next] = [await connectSsh(...through(proxy.port)), await open()];
    const forever = new Promise<void>(() => {});
    const first = failureOf(
      uploadFile(
        lost,
        half(content, () => proxy.drop(), forever),
        { path, mode: '0600', root: false },
      ),
    );
    const writers = () =>
      readdirSync('/proc').filter((each) => {
        try {
          return /^\d+$/.test(each) && readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(draft);
        } catch {
          return false;
        }
      });
    while (!existsSync(draft)) await pause(20);
    const old = writers();
    assert.ok(old.length > 0);
    const isOver = async () => {
      proxy.close();
      while (old.some((each) => writers().includes(each))) await pause(20);
    };
    async function* second(): AsyncIterable<Uint8Array> {
      yield content.subarray(0, 1000);
      while (statSync(draft, { throwIfNoEntry: false })?.size !== 1000) await pause(20);
      await isOver();
      yield content.subarray(1000);
    }
    try {
      await uploadFile(next, second(), { path, mode: '0600', root: false });
      assert.deepEqual(readFileSync(path), content);
    } finally {
      lost.close();
      next.close();
      proxy.close();
    }
    await first;
  });

  test('what arrives short or changed does not get its name', async () => {
    const path = join(sshd.folder, 'short');
    const line = await open();
    const cheating = {
      ...line,
      host: line.host,
      exec: (request: Parameters<typeof line.exec>[0], signal?: AbortSignal) =>
        line.exec(request.stdin === undefined ? request : { ...request, stdin: drop(request.stdin) }, signal),
      stream: line.stream.bind(line),
      close: () => {},
    };
    async function* drop(stdin: NonNullable<Parameters<typeof line.exec>[0]['stdin']>): AsyncIterable<Uint8Array> {
      assert.ok(typeof stdin !== 'string' && !(stdin instanceof Uint8Array));
      for await (const chunk of stdin) yield chunk.subarray(0, chunk.length - 1);
    }
    const content = randomBytes(10_000);
    await assert.rejects(uploadFile(cheating, content, { path, mode: '0600', root: false }), (error: unknown) => {
      assert.ok(error instanceof HostError);
      assert.match(error.message, /9999 of 10000 bytes/);
      return true;
    });
    assert.ok(!existsSync(path));
    line.close();
  });

  test('owner and mode: an existing file hands its owner on', { skip: !isRoot && 'needs root' }, async () => {
    const path = join(sshd.folder, 'owned');
    writeFileSync(path, 'old');
    chownSync(path, 65534, 65534);
    chmodSync(path, 0o600);
    const line = await open();
    await uploadFile(line, 'new', { path, mode: '0644', root: false });
    const { uid, gid, mode } = statSync(path);
    assert.deepEqual([uid, gid, mode & 0o7777], [65534, 65534, 0o644]);
    assert.equal(readFileSync(path, 'utf8'), 'new');
    line.close();
  });

  test('a full disk leaves the old file', { skip: !isRoot && 'needs root' }, async (t) => {
    const mount = join(sshd.folder, 'small');
    mkdirSync(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      return t.skip('no file system can be mounted here');
    }
    try {
      const path = join(mount, 'file');
      writeFileSync(path, 'old');
      const line = await open();
      await assert.rejects(
        uploadFile(line, randomBytes(1_000_000), { path, mode: '0600', root: false }),
        /cannot write|bytes of/,
      );
      assert.equal(readFileSync(path, 'utf8'), 'old');
      line.close();
    } finally {
      execFileSync('umount', ['-l', mount]);
      rmSync(mount, { recursive: true, force: true });
    }
  });
});
