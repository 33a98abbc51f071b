import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Secret } from '../../src/base/secret';
import { downloadFile, uploadFile } from '../../src/run/files';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import type { HostKeyPolicy } from '../../src/run/ssh/host-key-policy';
import { fingerprint } from '../../src/run/ssh/known-hosts';
import type { SshTransport } from '../../src/run/ssh/ssh-transport';
import type { SshTarget } from '../../src/run/ssh/target';
import fc from '../support/fast-check';
import { failureOf, nobody, targetOf, trusting } from '../support/ssh-client';
import { makeKey, type Sshd, sshdMissing, startSshd } from '../support/sshd';
import '../support/end-after-failure';

describe('a real sshd', { skip: sshdMissing }, () => {
  let sshd: Sshd;
  let transport: SshTransport;
  before(async () => {
    sshd = await startSshd();
    transport = await connectSsh(targetOf(sshd), trusting(sshd.knownHosts()), nobody);
  });
  after(async () => {
    transport.close();
    await sshd.stop();
  });
  const exec = (argv: string[], stdin?: string | Uint8Array) =>
    transport.exec({ argv, root: false, timeoutSec: 10, ...(stdin !== undefined && { stdin }) });

  test('runs commands with their exit code and both streams', async () => {
    assert.deepEqual(await exec(['sh', '-c', 'echo out; echo err >&2; exit 3']), {
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    assert.equal((await exec(['cat'], 'from here')).stdout, 'from here');
  });

  test('programs are asked in English, whatever language the machine speaks, and bytes that are no text do no harm', async () => {
    const korean = ['env', 'LANG=ko_KR.UTF-8', 'LC_MESSAGES=ko_KR.UTF-8', 'ls', '/nowhere'];
    assert.match((await exec(korean)).stderr, /No such file or directory/);
    assert.equal((await exec(['sh', '-c', 'printf %s "$LC_ALL"'])).stdout, 'C');
    const { code, stdout } = await exec(['printf', 'a\\377\\376b\\0c']);
    assert.deepEqual([code, stdout], [0, 'a\ufffd\ufffdb\0c']);
  });

  test('hostile words arrive as text', async () => {
    const nasty = fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        '$(touch /tmp/haven-owned)',
        '`id`',
        '\n',
        '-rf',
        '\\',
        '*',
        '~',
        '!',
        ';',
        '|',
        '&&',
        'a=b',
        '',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', '')),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(nasty, { maxLength: 4 }).map((parts) => parts.join('')),
          { maxLength: 4 },
        ),
        async (words) => {
          const clean = words.map((word) => Buffer.from(word, 'utf8').toString('utf8'));
          const { stdout } = await exec(['printf', '%s\\0', ...clean, 'end']);
          assert.deepEqual(stdout.split('\0').slice(0, -1), [...clean, 'end']);
        },
      ),
      { numRuns: 25 },
    );
    assert.ok(!existsSync('/tmp/haven-owned'));
  });

  test('a file that comes in pieces leaves no listener behind for each of them', async () => {
    const piece = randomBytes(2 * 1024 * 1024);
    const pieces = async function* () {
      for (let i = 0; i < 14; i++) yield piece;
    };
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const path = join(sshd.folder, 'in-pieces');
    await uploadFile(transport, pieces(), { path, mode: '0600', root: false });
    process.off('warning', note);
    assert.equal(statSync(path).size, 14 * piece.length);
    assert.deepEqual(warnings, []);
  });

  test('files go up with their mode, at once or not at all, and come down whole', async () => {
    const content = randomBytes(3_000_000);
    const path = join(sshd.folder, "it's here");
    await uploadFile(transport, content, { path, mode: '0640', root: false });
    assert.deepEqual(readFileSync(path), content);
    assert.equal(statSync(path).mode & 0o777, 0o640);
    const [to, half] = [join(sshd.folder, 'down', 'file'), content.subarray(0, 1_000_000)];
    mkdirSync(join(sshd.folder, 'down'));
    writeFileSync(`${to}.part`, half);
    const seen: number[] = [];
    await downloadFile(transport, { path, root: false }, to, (bytes) => seen.push(bytes));
    assert.deepEqual(readFileSync(to), content);
    assert.equal(statSync(to).mode & 0o077, 0);
    assert.ok((seen[0] ?? 0) > half.length, 'what was there already was not gone on with');
    await assert.rejects(
      uploadFile(transport, content, { path: '/no/such/folder/file', mode: '0600', root: false }),
      /box: cannot write/,
    );
    await assert.rejects(
      downloadFile(transport, { path: '/no/such/file', root: false }, to, () => {}),
      /box: there is no file \/no\/such\/file/,
    );
  });

  test('the file that is replaced is kept once, and a link is not written through', async () => {
    const [path, keep] = [join(sshd.folder, 'haproxy.cfg'), join(sshd.folder, 'kept', 'haproxy.cfg')];
    writeFileSync(path, 'first');
    for (const text of ['second', 'third'])
      await uploadFile(transport, text, { path, mode: '0644', root: false, keep });
    assert.equal(readFileSync(path, 'utf8'), 'third');
    assert.equal(readFileSync(keep, 'utf8'), 'first');
    symlinkSync(path, join(sshd.folder, 'link'));
    await assert.rejects(
      uploadFile(transport, 'x', { path: join(sshd.folder, 'link'), mode: '0600', root: false }),
      /is a folder or a link/,
    );
  });

  test('a command that does not end is given up, and the connection goes on', async () => {
    const error = await failureOf(transport.exec({ argv: ['sleep', '60'], root: false, timeoutSec: 0.3 }));
    assert.equal(error.failure, 'timeout');
    assert.match(error.message, /^box: sleep 60 did not end within 0.3 s/);
    assert.equal((await exec(['echo', 'alive'])).stdout, 'alive\n');
  });

  test('cancel ends the wait', async () => {
    const controller = new AbortController();
    const waiting = failureOf(
      transport.exec({ argv: ['sleep', '60'], root: false, timeoutSec: 60 }, controller.signal),
    );
    setTimeout(() => controller.abort(), 50);
    assert.equal((await waiting).failure, 'cancelled');
  });

  test('what was given up does not go on running on the host', async () => {
    const pid = join(sshd.folder, 'its-pid');
    // sshd signals it when the channel is closed, which does not move it, and not its child.
    const argv = ['sh', '-c', `trap '' PIPE HUP TERM; echo $$ >"$1.new"; mv "$1.new" "$1"; sleep 300`, 'sh', pid];
    const controller = new AbortController();
    const waiting = failureOf(transport.exec({ argv, root: false, timeoutSec: 300 }, controller.signal));
    while (!existsSync(pid)) await pause(20);
    controller.abort();
    await waiting;
    const process = `/proc/${readFileSync(pid, 'utf8').trim()}`;
    const start = Date.now();
    while (existsSync(process) && Date.now() - start < 120_000) await pause(50);
    assert.ok(!existsSync(process), 'the command went on after it was cancelled');
  });

  test('a server that dies in the middle of a command leaves the outcome unknown', async () => {
    const other = await startSshd();
    const line = await connectSsh(targetOf(other), trusting(other.knownHosts()), nobody);
    const waiting = failureOf(line.exec({ argv: ['sleep', '60'], root: false, timeoutSec: 60 }));
    setTimeout(() => other.kill(), 200);
    assert.equal((await waiting).failure, 'lost');
    assert.equal((await failureOf(line.exec({ argv: ['true'], root: false, timeoutSec: 5 }))).failure, 'lost');
    await other.stop();
  });

  test('a changed key is refused with both fingerprints and the line to look at', async () => {
    const other = join(sshd.folder, 'other');
    makeKey(other, 'ed25519');
    const key = readFileSync(`${other}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    const error = await failureOf(connectSsh(targetOf(sshd), trusting(`[127.0.0.1]:${sshd.port} ${key}\n`), nobody));
    assert.equal(error.failure, 'host-key-changed');
    for (const each of [key, sshd.hostKey]) {
      assert.ok(error.message.includes(fingerprint(Buffer.from(each.split(' ')[1] ?? '', 'base64'))), error.message);
    }
    assert.match(error.message, /known_hosts:1/);
  });

  test('a revoked key is refused even where it is also known', async () => {
    const text = `${sshd.knownHosts()}@revoked * ${sshd.hostKey}\n`;
    assert.equal((await failureOf(connectSsh(targetOf(sshd), trusting(text), nobody))).failure, 'host-key-revoked');
  });

  test('an unknown key is asked about, before anybody logs in', async () => {
    const asked: string[] = [];
    const policy = (answer: boolean): HostKeyPolicy => ({
      known: () => [],
      accept: async (key) => {
        asked.push(`${key.host}:${key.port} ${key.keyType} ${key.fingerprint}`);
        return answer;
      },
    });
    const error = await failureOf(connectSsh(targetOf(sshd, { privateKeys: [] }), policy(false), nobody));
    assert.equal(error.failure, 'host-key-unknown');
    const line = await connectSsh(targetOf(sshd), policy(true), nobody);
    assert.equal(
      (await failureOf(connectSsh(targetOf(sshd, { refuseUnknownKeys: true }), policy(true), nobody))).failure,
      'host-key-unknown',
    );
    line.close();
    const wanted = fingerprint(Buffer.from(sshd.hostKey.split(' ')[1] ?? '', 'base64'));
    assert.deepEqual(asked, Array(2).fill(`127.0.0.1:${sshd.port} ssh-ed25519 ${wanted}`));
  });

  test('no key, no login: the message says what was tried', async () => {
    const error = await failureOf(connectSsh(targetOf(sshd, { privateKeys: [] }), trusting(sshd.knownHosts()), nobody));
    assert.equal(error.failure, 'authentication');
    assert.match(error.message, /could not log in \(no key was found\)/);
  });

  for (const type of ['ed25519', 'ecdsa', 'rsa']) {
    test(`an encrypted ${type} key works with its passphrase`, async () => {
      const path = join(sshd.folder, `locked-${type}`);
      makeKey(path, type, 'correct horse');
      writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${path}.pub`), { flag: 'a' });
      const target = targetOf(sshd, { privateKeys: [{ path, content: readFileSync(path) }] });
      const line = await connectSsh(target, trusting(sshd.knownHosts()), {
        ...nobody,
        passphrase: async () => new Secret('correct horse'),
      });
      assert.equal((await line.exec({ argv: ['echo', type], root: false, timeoutSec: 5 })).stdout, `${type}\n`);
      line.close();
      const wrong = { ...nobody, passphrase: async () => new Secret('wrong') };
      assert.equal((await failureOf(connectSsh(target, trusting(sshd.knownHosts()), wrong))).failure, 'authentication');
    });
  }

  test('two jump hosts, each verified under its own name', async () => {
    const [first, second] = [await startSshd(), await startSshd()];
    const lock = (jump: Sshd, next?: SshTarget): SshTarget =>
      targetOf(jump, { name: `jump ${jump.port}`, ...(next && { jump: next }) });
    const known = [sshd, first, second].map((each) => each.knownHosts());
    const target = targetOf(sshd, { jump: lock(second, lock(first)) });
    const line = await connectSsh(target, trusting(known.join('')), nobody);
    assert.equal((await line.exec({ argv: ['echo', 'through'], root: false, timeoutSec: 5 })).stdout, 'through\n');
    line.close();
    const error = await failureOf(connectSsh(target, trusting([known[0], known[2]].join('')), nobody));
    assert.equal(error.failure, 'host-key-unknown');
    assert.match(error.message, new RegExp(`^jump ${first.port}: `));
    await Promise.all([first.stop(), second.stop()]);
  });

  test('a port where nobody listens, and one where nobody speaks SSH', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const slow = await failureOf(connectSsh(targetOf(sshd, { port, connectTimeoutSec: 0.5 }), trusting(''), nobody));
    assert.equal(slow.failure, 'timeout');
    await new Promise((resolve) => silent.close(resolve));
    const closed = await failureOf(connectSsh(targetOf(sshd, { port }), trusting(''), nobody));
    assert.equal(closed.failure, 'unreachable');
  });
});
