import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Secret } from '../../src/base/secret';
import { downloadFile, uploadFile } from '../../src/run/files';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import type { SecretSource } from '../../src/run/ssh/target';
import { failureOf, nobody, targetOf, trusting } from '../support/ssh-client';
import { type Sshd, sshdMissing, startSshd } from '../support/sshd';
import { makeSystemUser, type SystemUser, systemUserMissing } from '../support/system-user';
import '../support/end-after-failure';

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
    sudoPassword: async (_host, _user, { again, rejected }) => {
      // The one before is the one that was wrong.
      assert.equal(rejected?.reveal(), again ? (answers[log.length - 1] ?? user.password) : undefined);
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
    // One answer of the person is one try there: the host may lock the user out after some.
    assert.match(String(error.cause), /\b1 incorrect password attempt\b/);
    wrong.close();
    user.allowSudo('ALL=(ALL) /usr/bin/true');
    const barred = await connect(asking([user.password]));
    assert.match((await failureOf(barred.exec(cat))).message, /look at sudo -l on the host/);
    barred.close();
  });

  test('a lecture is no word of the command', async () => {
    user.allowSudo(`ALL=(ALL) ALL\nDefaults:${user.name} lecture=always`);
    const line = await connect(asking([user.password]));
    for (let i = 0; i < 2; i++)
      assert.deepEqual(await line.exec(cat), { code: 0, stdout: '0\nfrom here\n', stderr: '' });
    line.close();
  });

  test('a prompt of its own, and a password or badpass_message in other words', async () => {
    const own = `Defaults:${user.name} passprompt="암호: ", passprompt_override, badpass_message="아니오"`;
    user.allowSudo(`ALL=(ALL) ALL\n${own}`);
    const log: boolean[] = [];
    const line = await connect(asking(['wrong', user.password], log));
    assert.deepEqual(await line.exec(cat), { code: 0, stdout: '0\nfrom here\n', stderr: '' });
    assert.deepEqual(log, [false, true]);
    line.close();
  });

  test('one that wants a terminal is told as that, and nobody is asked for a password', async () => {
    for (const rule of ['ALL=(ALL) NOPASSWD: ALL', 'ALL=(ALL) ALL']) {
      user.allowSudo(`${rule}\nDefaults:${user.name} requiretty`);
      const log: boolean[] = [];
      const line = await connect(asking([user.password], log));
      assert.match((await failureOf(line.exec(cat))).message, /at a terminal only; remove requiretty/);
      assert.deepEqual(log, []);
      line.close();
    }
  });

  test('a password that has expired is told by sudo and by sshd, and no new one is made', async () => {
    const account = readFileSync('/etc/shadow', 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`${user.name}:`));
    user.allowSudo('ALL=(ALL) ALL');
    const strict = await startSshd(['UsePAM yes']);
    chmodSync(strict.folder, 0o755);
    execFileSync('chage', ['-d', '0', user.name]);
    const words = /the password of haven-t\d+ has expired; log in to the host/;
    try {
      const line = await connect(asking([user.password]));
      assert.match((await failureOf(line.exec(cat))).message, words);
      line.close();
      const target = targetOf(strict, { user: user.name });
      const refused = await connectSsh(target, trusting(strict.knownHosts()), nobody);
      await assert.rejects(refused.exec({ argv: ['true'], root: false, timeoutSec: 20 }), words);
      refused.close();
      assert.ok(readFileSync('/etc/shadow', 'utf8').includes(account?.split(':')[1] ?? '?'));
    } finally {
      execFileSync('chage', ['-d', '20000', user.name]);
      await strict.stop();
    }
  });

  test('a sudo that asks for more than a password is told in its own words, and gets none', async () => {
    // As PAM modules do that ask for a code: sudo shows their prompt in the place of ours.
    const bin = join(sshd.folder, 'bin');
    const asked = join(sshd.folder, 'was-given');
    mkdirSync(bin);
    writeFileSync(asked, '');
    chmodSync(asked, 0o666);
    const script = `[ "$2" != true ] || exit 0\nprintf 'Verification code: ' >&2\ncat >'${asked}'\n`;
    writeFileSync(join(bin, 'sudo'), `#!/bin/sh\n${script}`, { mode: 0o755 });
    const other = await startSshd([`SetEnv PATH=${bin}:/usr/bin:/bin`]);
    chmodSync(other.folder, 0o755);
    const target = targetOf(other, { user: user.name });
    const line = await connectSsh(target, trusting(other.knownHosts()), asking([user.password]));
    try {
      const error = await failureOf(line.exec({ ...cat, timeoutSec: 3 }));
      assert.match(error.message, /sudo did not let the command begin .*Verification code:; it asks for more/);
      assert.equal(readFileSync(asked, 'utf8'), '');
    } finally {
      line.close();
      await other.stop();
    }
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
