import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Secret } from '../../src/base/secret';
import { downloadFile, uploadFile } from '../../src/run/files';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import type { SecretSource } from '../../src/run/ssh/target';
import { failureOf, nobody, targetOf, trusting } from '../support/ssh-client';
import { type Sshd, sshdMissing, startSshd } from '../support/sshd';
import { makeSystemUser, type SystemUser, systemUserMissing } from '../support/system-user';

describe('becoming root through sudo', { skip: sshdMissing || systemUserMissing }, () => {
  let sshd: Sshd;
  let user: SystemUser;
  before(async () => {
    sshd = await startSshd();
    user = makeSystemUser();
    chmodSync(sshd.folder, 0o755);
    chmodSync(join(sshd.folder, 'authorized_keys'), 0o644);
  });
  after(async () => {
    user.remove();
    await sshd.stop();
  });

  const asking = (answers: readonly string[], log: boolean[] = []): SecretSource => ({
    ...nobody,
    sudoPassword: async (_host, _user, { again }) => {
      const answer = answers[log.push(again) - 1];
      return answer === undefined ? undefined : new Secret(answer);
    },
  });
  const connect = (secrets: SecretSource) =>
    connectSsh(targetOf(sshd, { user: user.name }), trusting(sshd.knownHosts()), secrets);
  const cat = { argv: ['sh', '-c', 'id -u; cat'], root: true, timeoutSec: 20, stdin: 'from here\n' };

  test('without a password', async () => {
    user.allowSudo('ALL=(ALL) NOPASSWD: ALL');
    const line = await connect(nobody);
    assert.deepEqual(await line.exec(cat), { code: 0, stdout: '0\nfrom here\n', stderr: '' });
    line.close();
  });

  test('with a password, asked for once and again when it is wrong', async () => {
    user.allowSudo('ALL=(ALL) ALL');
    const log: boolean[] = [];
    const line = await connect(asking(['wrong', user.password], log));
    assert.deepEqual(await line.exec(cat), { code: 0, stdout: '0\nfrom here\n', stderr: '' });
    assert.deepEqual(await line.exec(cat), { code: 0, stdout: '0\nfrom here\n', stderr: '' });
    assert.deepEqual(log, [false, true]);
    line.close();
  });

  test('the password never reaches a command, also where sudo does not ask for it', async () => {
    // sudo asks for most commands, and not for cat: a client that writes the password first would hand it to cat.
    user.allowSudo('ALL=(ALL) ALL');
    const line = await connect(asking([user.password]));
    await line.exec(cat);
    user.allowSudo('ALL=(ALL) NOPASSWD: ALL');
    assert.deepEqual(await line.exec(cat), { code: 0, stdout: '0\nfrom here\n', stderr: '' });
    line.close();
  });

  test('sudo that is quiet for one command and asks for the next', async () => {
    user.allowSudo('ALL=(ALL) ALL, NOPASSWD: /usr/bin/true, NOPASSWD: /bin/true');
    const line = await connect(asking([user.password]));
    assert.deepEqual(await line.exec(cat), { code: 0, stdout: '0\nfrom here\n', stderr: '' });
    line.close();
  });

  test('sudo that begins to ask in the middle of a run: the password is asked for, and a file arrives whole', async () => {
    user.allowSudo('ALL=(ALL) NOPASSWD: ALL');
    const log: boolean[] = [];
    const line = await connect(asking([user.password], log));
    assert.equal((await line.exec(cat)).code, 0);
    user.allowSudo('ALL=(ALL) ALL');
    const content = randomBytes(300_000);
    async function* pieces() {
      for (let at = 0; at < content.length; at += 50_000) yield content.subarray(at, at + 50_000);
    }
    const path = join(sshd.folder, 'asked-in-the-middle');
    // Two that are refused together ask once.
    await Promise.all([uploadFile(line, pieces(), { path, mode: '0600', root: true }), line.exec(cat)]);
    assert.deepEqual(readFileSync(path), content);
    assert.deepEqual(log, [false]);
    line.close();
  });

  test('the password of the user is changed in the middle of a run: the new one is asked for', async () => {
    user.allowSudo('ALL=(ALL) ALL');
    const log: boolean[] = [];
    const line = await connect(asking([user.password, 'another one'], log));
    assert.equal((await line.exec(cat)).code, 0);
    execFileSync('chpasswd', { input: `${user.name}:another one\n` });
    try {
      assert.deepEqual(await line.exec(cat), { code: 0, stdout: '0\nfrom here\n', stderr: '' });
      assert.deepEqual(log, [false, true]);
    } finally {
      execFileSync('chpasswd', { input: `${user.name}:${user.password}\n` });
      line.close();
    }
  });

  test('programs in /usr/local/bin are found where the secure_path of sudo leaves that out', async () => {
    const program = `haven-test-${process.pid}`;
    const path = `/usr/local/bin/${program}`;
    writeFileSync(path, '#!/bin/sh\necho found\n', { mode: 0o755 });
    try {
      for (const [rule, secrets] of [
        ['ALL=(ALL) NOPASSWD: ALL', nobody],
        ['ALL=(ALL) ALL', asking([user.password])],
      ] as const) {
        user.allowSudo(`${rule}\nDefaults:${user.name} secure_path="/usr/sbin:/usr/bin:/sbin:/bin"`);
        const line = await connect(secrets);
        const result = await line.exec({ argv: [program], root: true, timeoutSec: 20 });
        assert.deepEqual(result, { code: 0, stdout: 'found\n', stderr: '' });
        line.close();
      }
    } finally {
      rmSync(path);
    }
  });

  test('a user who may no longer become root: that is no answer of the command', async () => {
    user.allowSudo('ALL=(ALL) NOPASSWD: ALL');
    const quiet = await connect(nobody);
    assert.equal((await quiet.exec(cat)).code, 0);
    user.allowSudo('ALL=(ALL) ALL');
    const asked = await connect(asking([user.password]));
    assert.equal((await asked.exec(cat)).code, 0);
    user.allowSudo('ALL=(ALL) NOPASSWD: /usr/bin/true');
    // `false` ends with 1, as a sudo that refuses does.
    const no = { argv: ['false'], root: true, timeoutSec: 20 };
    for (const line of [quiet, asked]) {
      const error = await failureOf(line.exec(no));
      assert.equal(error.failure, 'authentication');
      assert.match(error.message, /^box: sudo (?:asks .* for a password|does not take the password)/);
      line.close();
    }
  });

  test('standard error, exit code, files and large input go through a sudo with password', async () => {
    user.allowSudo('ALL=(ALL) ALL');
    const line = await connect(asking([user.password]));
    const argv = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
    assert.deepEqual(await line.exec({ argv, root: true, timeoutSec: 20 }), {
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    const content = randomBytes(2_000_000);
    const path = join(sshd.folder, 'root-only');
    await uploadFile(line, content, { path, mode: '0600', root: true });
    assert.deepEqual(readFileSync(path), content);
    assert.equal(statSync(path).uid, 0);
    const to = join(sshd.folder, 'copy');
    await downloadFile(line, { path, root: true }, to, () => {});
    assert.deepEqual(readFileSync(to), content);
    line.close();
  });

  test('no password, a wrong one, and a user who may not', async () => {
    user.allowSudo('ALL=(ALL) ALL');
    const none = await connect(nobody);
    assert.match((await failureOf(none.exec(cat))).message, /asks .* for a password, and none was given/);
    none.close();
    const wrong = await connect(asking(['a', 'b', 'c', 'd']));
    const error = await failureOf(wrong.exec(cat));
    assert.equal(error.failure, 'authentication');
    assert.match(error.message, /does not take the password/);
    wrong.close();
    user.allowSudo('ALL=(ALL) /usr/bin/true');
    const barred = await connect(asking([user.password]));
    assert.match((await failureOf(barred.exec(cat))).message, /look at sudo -l on the host/);
    barred.close();
  });

  test('cancelling ends what runs as root', async () => {
    user.allowSudo('ALL=(ALL) NOPASSWD: ALL');
    const line = await connect(nobody);
    const marker = join(sshd.folder, 'root-still-here');
    writeFileSync(join(sshd.folder, 'slow'), `sleep 1; : >"${marker}"\n`);
    const controller = new AbortController();
    const waiting = failureOf(
      line.exec({ argv: ['sh', join(sshd.folder, 'slow')], root: true, timeoutSec: 60 }, controller.signal),
    );
    setTimeout(() => controller.abort(), 300);
    const start = Date.now();
    await waiting;
    assert.ok(Date.now() - start < 5000);
    await new Promise((resolve) => setTimeout(resolve, 1800));
    assert.ok(!existsSync(marker), 'it went on as root');
    line.close();
  });
});
