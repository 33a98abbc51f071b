import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { statusCommand } from '../../src/ops/status/node-status';
import { downloadFile, uploadFile } from '../../src/run/files';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import type { SshTransport } from '../../src/run/ssh/ssh-transport';
import { HostError } from '../../src/run/transport';
import { nobody, targetOf, trusting } from '../support/ssh-client';
import { type Sshd, sshdMissing, startSshd } from '../support/sshd';
import { makeSystemUser, systemUserMissing } from '../support/system-user';
import '../support/end-after-failure';

/** HAVEN_SHELLS names more of them, apart by colons. */
const shells = ['dash', 'bash', 'zsh', 'fish', 'tcsh', 'ksh', 'mksh', 'busybox']
  .map((name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim())
  .concat((process.env.HAVEN_SHELLS ?? '').split(':'))
  // busybox is a shell only under another name.
  .filter((path) => path !== '' && !path.endsWith('/busybox'));

describe('whatever the login shell of the user is', { skip: sshdMissing || systemUserMissing }, () => {
  let sshd: Sshd;
  let home: string;
  before(async () => {
    sshd = await startSshd();
    home = mkdtempSync(join(tmpdir(), 'haven-home-'));
    chmodSync(home, 0o777);
    chmodSync(sshd.folder, 0o755);
    chmodSync(join(sshd.folder, 'authorized_keys'), 0o644);
  });
  after(async () => {
    rmSync(home, { recursive: true });
    await sshd.stop();
  });

  async function as(shell: string, work: (line: SshTransport) => Promise<void>): Promise<void> {
    const user = makeSystemUser(shell, home);
    try {
      user.allowSudo('ALL=(ALL) NOPASSWD: ALL');
      const line = await connectSsh(targetOf(sshd, { user: user.name }), trusting(sshd.knownHosts()), nobody);
      await work(line).finally(() => line.close());
    } finally {
      user.remove();
    }
  }

  const words = [
    'a!b',
    "it's",
    '$HOME `id`',
    'back\\slash\\\\',
    'two\nlines\n',
    '한글',
    '\t',
    '*',
    '~',
    '',
    '-n',
    '{a,b}',
    '%s',
  ];
  const script = `printf '%s|' "$@" | sed 's/\\(t\\)/\\1!/'\nid -u; cat; exit 7`;

  for (const shell of shells) {
    test(`${shell}: words, scripts, input, exit code, files, as the user and as root`, async () => {
      await as(shell, async (line) => {
        for (const root of [false, true]) {
          const argv: [string, ...string[]] = ['sh', '-c', script, 'sh', ...words];
          const { code, stdout, stderr } = await line.exec({ argv, root, timeoutSec: 20, stdin: 'from here\n' });
          const { stdout: uid = '' } = spawnSync('sh', ['-c', script, 'sh', ...words], {
            input: 'from here\n',
            encoding: 'utf8',
          });
          const expected = root ? uid : uid.replace('|0\n', `|${stdout.split('|').at(-1)?.split('\n')[0]}\n`);
          assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: expected, stderr: '' });
        }
        const path = join(home, 'sent');
        await uploadFile(line, 'content\n', { path, mode: '0640', root: true });
        assert.equal(readFileSync(path, 'utf8'), 'content\n');
        const to = join(home, 'fetched');
        await downloadFile(line, { path, root: true }, to, () => {});
        assert.equal(readFileSync(to, 'utf8'), 'content\n');
        for (const each of [path, to]) rmSync(each);
        const { argv } = statusCommand([]);
        const status = await line.exec({ argv: argv.map(String) as [string, ...string[]], root: true, timeoutSec: 30 });
        assert.match(status.stdout, /^=== /m);
      });
    });
  }

  test('what a profile prints is no answer of a command, and none of its words is in a file', async (context) => {
    const bash = shells.find((each) => each.endsWith('/bash'));
    if (bash === undefined) return context.skip('bash is not installed');
    const noise = `echo 'Last login: today'; printf '\\033[31mheld\\033[0m\\ntaken\\n'; echo 'stty: no tty' >&2; umask 077\n`;
    writeFileSync(join(home, '.bashrc'), noise);
    writeFileSync(join(home, '.zshenv'), noise);
    await as(bash, async (line) => {
      const heard = spawnSync('bash', ['-c', `. ${join(home, '.bashrc')}`], { encoding: 'utf8' });
      assert.match(heard.stdout, /Last login/);
      for (const root of [false, true])
        assert.deepEqual(await line.exec({ argv: ['echo', 'own'], root, timeoutSec: 20 }), {
          code: 0,
          stdout: 'own\n',
          stderr: '',
        });
      const path = join(home, 'quiet');
      await uploadFile(line, 'content\n', { path, mode: '0644', root: true });
      const to = join(home, 'fetched');
      await downloadFile(line, { path, root: true }, to, () => {});
      assert.equal(readFileSync(to, 'utf8'), 'content\n');
    });
    rmSync(join(home, '.bashrc'));
  });

  test('a user without a shell is told so, in the words of what is there instead', async () => {
    const nologin = ['/usr/sbin/nologin', '/sbin/nologin'].find((path) => existsSync(path)) ?? '/bin/false';
    await as(nologin, async (line) => {
      const asked = line.exec({ argv: ['true'], root: false, timeoutSec: 20 });
      await assert.rejects(asked, (error: unknown) => {
        assert.ok(error instanceof HostError, String(error));
        assert.match(String(error), /runs no command/);
        return true;
      });
    });
  });
});
