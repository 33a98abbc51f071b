import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Secret } from '../../src/base/secret';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import type { HostKeyPolicy } from '../../src/run/ssh/host-key-policy';
import { parseKnownHosts } from '../../src/run/ssh/known-hosts';
import type { SecretSource } from '../../src/run/ssh/target';
import { failureOf, nobody, targetOf, trusting } from '../support/ssh-client';
import { makeKey, type Sshd, sshdMissing, startSshd } from '../support/sshd';
import { makeSystemUser, type SystemUser, systemUserMissing } from '../support/system-user';
import '../support/end-after-failure';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('logging in to a real sshd', { skip: sshdMissing }, () => {
  let sshd: Sshd;
  before(async () => {
    sshd = await startSshd();
  });
  after(() => sshd.stop());

  test('the time a person takes to compare a fingerprint does not count', async () => {
    const policy: HostKeyPolicy = {
      known: () => [],
      accept: async () => {
        await pause(6500);
        return true;
      },
    };
    const line = await connectSsh(targetOf(sshd, { connectTimeoutSec: 5 }), policy, nobody);
    line.close();
  });

  test('a host that hangs up while a person thinks is called again with the answer', async () => {
    const hasty = await startSshd(['LoginGraceTime 2']);
    const own: string[] = [];
    let asked = 0;
    const policy: HostKeyPolicy = {
      known: () => parseKnownHosts(own.join(''), 'own'),
      accept: async () => {
        asked++;
        await pause(6000);
        own.push(hasty.knownHosts());
        return true;
      },
    };
    try {
      const line = await connectSsh(targetOf(hasty), policy, nobody);
      assert.equal((await line.exec({ argv: ['echo', 'in'], root: false, timeoutSec: 30 })).stdout, 'in\n');
      assert.equal(asked, 1);
      line.close();
    } finally {
      await hasty.stop();
    }
  });

  test('a socket of an agent that is gone is passed over', async () => {
    const agentSocket = join(sshd.folder, 'nobody-there');
    const line = await connectSsh(targetOf(sshd, { agentSocket }), trusting(sshd.knownHosts()), nobody);
    line.close();
  });

  test('an agent that never answers is passed over', async () => {
    const agentSocket = join(sshd.folder, 'mute');
    const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(agentSocket);
    const line = await connectSsh(targetOf(sshd, { agentSocket }), trusting(sshd.knownHosts()), nobody);
    line.close();
    server.close();
  });

  test('a running agent logs in; of its keys only the named ones are offered where that is asked for', async () => {
    const agentSocket = join(sshd.folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', agentSocket], { stdio: 'ignore' });
    process.once('exit', () => agent.kill());
    while (!existsSync(agentSocket)) await pause(20);
    const [good, bad] = [join(sshd.folder, 'agent-good'), join(sshd.folder, 'agent-bad')];
    makeKey(good, 'ed25519');
    makeKey(bad, 'ecdsa');
    writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${good}.pub`), { flag: 'a' });
    const env = { ...process.env, SSH_AUTH_SOCK: agentSocket };
    for (const key of [bad, good]) execFileSync('ssh-add', ['-q', key], { env, stdio: 'ignore' });
    const policy = trusting(sshd.knownHosts());
    const line = await connectSsh(targetOf(sshd, { agentSocket, privateKeys: [] }), policy, nobody);
    line.close();
    // The private half of the good key lies in the agent only.
    rmSync(good);
    const named = (path: string) => [
      { path, content: readFileSync(`${path}.pub`), publicLine: readFileSync(`${path}.pub`, 'utf8') },
    ];
    const only = { agentSocket, onlyNamedKeys: true };
    const second = await connectSsh(targetOf(sshd, { ...only, privateKeys: named(good) }), policy, nobody);
    second.close();
    const other = await failureOf(connectSsh(targetOf(sshd, { ...only, privateKeys: named(bad) }), policy, nobody));
    assert.equal(other.failure, 'authentication');
    agent.kill();
  });

  test('a wrong passphrase is asked for again, saying so', async () => {
    const path = join(sshd.folder, 'locked');
    makeKey(path, 'ed25519', 'correct horse');
    writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${path}.pub`), { flag: 'a' });
    const asked: unknown[] = [];
    const secrets: SecretSource = {
      ...nobody,
      passphrase: async (_path, { again, rejected }) => {
        asked.push(again, rejected?.reveal());
        return new Secret(again ? 'correct horse' : 'stored and outdated');
      },
    };
    const target = targetOf(sshd, { privateKeys: [{ path, content: readFileSync(path) }] });
    (await connectSsh(target, trusting(sshd.knownHosts()), secrets)).close();
    assert.deepEqual(asked, [false, undefined, true, 'stored and outdated']);
  });

  for (const type of ['rsa', 'ecdsa'])
    for (const form of ['PEM', 'PKCS8'])
      for (const passphrase of ['', 'correct horse'])
        test(`a key of type ${type} in the form ${form}${passphrase && ', locked'}`, async () => {
          const path = join(sshd.folder, `${type}-${form}-${passphrase.length}`);
          makeKey(path, type, passphrase);
          const change = ['-q', '-p', '-m', form, '-f', path, '-P', passphrase, '-N', passphrase];
          execFileSync('ssh-keygen', change, { stdio: 'ignore' });
          assert.doesNotMatch(readFileSync(path, 'utf8'), /OPENSSH/);
          writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${path}.pub`), { flag: 'a' });
          const asked: boolean[] = [];
          const secrets: SecretSource = {
            ...nobody,
            passphrase: async (_path, { again }) => {
              asked.push(again);
              return new Secret(again ? passphrase : 'wrong');
            },
          };
          const target = targetOf(sshd, { privateKeys: [{ path, content: readFileSync(path) }] });
          (await connectSsh(target, trusting(sshd.knownHosts()), secrets)).close();
          assert.deepEqual(asked, passphrase === '' ? [] : [false, true]);
        });

  test('nobody is asked for a password that the host does not take', async () => {
    const secrets: SecretSource = {
      ...nobody,
      password: () => Promise.reject(new Error('asked for nothing')),
    };
    const error = await failureOf(
      connectSsh(targetOf(sshd, { privateKeys: [] }), trusting(sshd.knownHosts()), secrets),
    );
    assert.match(error.message, /no key was found/);
  });

  for (const type of ['ecdsa', 'rsa']) {
    test(`a host with a key of type ${type}, known and unknown`, async () => {
      const other = await startSshd([], type);
      (await connectSsh(targetOf(other), trusting(other.knownHosts()), nobody)).close();
      assert.equal((await failureOf(connectSsh(targetOf(other), trusting(''), nobody))).failure, 'host-key-unknown');
      await other.stop();
    });
  }

  test('negation, wildcards, hashes and authorities decide at a real host as in the file', async () => {
    const name = `[127.0.0.1]:${sshd.port}`;
    const judge = async (lines: string) => {
      const outcome = await connectSsh(targetOf(sshd), trusting(lines), nobody).then(
        (line) => {
          line.close();
          return 'in';
        },
        (error: { failure?: string }) => error.failure,
      );
      return outcome;
    };
    assert.equal(await judge(`[127.0.0.*]:* ${sshd.hostKey}\n`), 'in');
    assert.equal(await judge(`[127.0.0.*]:*,!${name} ${sshd.hostKey}\n`), 'host-key-unknown');
    assert.equal(await judge(`@cert-authority [127.0.0.1]:* ${sshd.hostKey}\n`), 'host-key-unknown');
    assert.equal(await judge(`${name} ${sshd.hostKey}\n@revoked [127.0.0.1]:* ${sshd.hostKey}\n`), 'host-key-revoked');
    const file = join(sshd.folder, 'hashed');
    writeFileSync(file, sshd.knownHosts());
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    assert.match(readFileSync(file, 'utf8'), /^\|1\|/);
    assert.equal(await judge(readFileSync(file, 'utf8')), 'in');
  });

  test('an alias is what the key is known by', async () => {
    const target = targetOf(sshd, { hostKeyName: 'the-box' });
    (await connectSsh(target, trusting(`the-box ${sshd.hostKey}\n`), nobody)).close();
    const error = await failureOf(connectSsh(target, trusting(sshd.knownHosts()), nobody));
    assert.equal(error.failure, 'host-key-unknown');
  });
});

describe('a user with a password', { skip: sshdMissing || systemUserMissing }, () => {
  let user: SystemUser;
  before(() => {
    user = makeSystemUser();
  });
  after(() => user.remove());

  const secretsFor = (log: string[]): SecretSource => ({
    ...nobody,
    password: async (host, name, { again, rejected }) => {
      log.push(`${name}@${host}${again ? ` again, not ${rejected?.reveal()}` : ''}`);
      return new Secret(again ? user.password : 'stored and outdated');
    },
    answer: async (_host, prompt) => {
      log.push(prompt.trim());
      return new Secret(user.password);
    },
  });

  test('a password that is wrong is asked for again, saying so', async () => {
    const sshd = await startSshd(['PasswordAuthentication yes']);
    const log: string[] = [];
    const target = targetOf(sshd, { user: user.name, privateKeys: [] });
    const line = await connectSsh(target, trusting(sshd.knownHosts()), secretsFor(log));
    assert.equal((await line.exec({ argv: ['id', '-un'], root: false, timeoutSec: 30 })).stdout, `${user.name}\n`);
    assert.deepEqual(log, [`${user.name}@box`, `${user.name}@box again, not stored and outdated`]);
    line.close();
    await sshd.stop();
  });

  test('the questions of the host itself are put (keyboard-interactive)', async () => {
    const sshd = await startSshd(['KbdInteractiveAuthentication yes', 'UsePAM yes']);
    const log: string[] = [];
    const target = targetOf(sshd, { user: user.name, privateKeys: [] });
    const line = await connectSsh(target, trusting(sshd.knownHosts()), secretsFor(log));
    assert.equal((await line.exec({ argv: ['id', '-un'], root: false, timeoutSec: 30 })).stdout, `${user.name}\n`);
    assert.match(log.join(), /^(\(.*\) )?Password:$/);
    line.close();
    await sshd.stop();
  });
});
