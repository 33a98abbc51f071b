import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostNode } from '../../src/ops/host';
import { Hosts } from '../../src/run/hosts';
import { parseKnownHosts } from '../../src/run/ssh/known-hosts';
import { failureOf, nobody } from '../support/ssh-client';
import { me, type Sshd, sshdMissing, startSshd } from '../support/sshd';
import '../support/end-after-failure';

describe('hosts behind one jump host', { skip: sshdMissing }, () => {
  let jump: Sshd;
  let inner: Sshd;
  let hosts: Hosts;
  let own: string;
  let asked: string[];
  beforeEach(async () => {
    // With what sshd itself bears: beyond ten logins under way it drops some (MaxStartups).
    jump = await startSshd();
    inner = await startSshd(['MaxStartups 200']);
    writeFileSync(join(inner.folder, 'authorized_keys'), readFileSync(`${jump.clientKey}.pub`));
    const folder = join(jump.folder, 'ssh');
    mkdirSync(folder);
    writeFileSync(join(folder, 'id_ed25519'), readFileSync(jump.clientKey));
    // A busy machine takes its time for so many logins.
    writeFileSync(join(folder, 'config'), 'Host *\n  ConnectTimeout 120\n');
    own = inner.knownHosts();
    asked = [];
    hosts = new Hosts({
      files: { folder },
      secrets: nobody,
      ownKeys: () => parseKnownHosts(own, 'own'),
      accept: async ({ pattern, keyType, key }) => {
        asked.push(pattern);
        own += `${pattern} ${keyType} ${key.toString('base64')}\n`;
        return true;
      },
    });
  });
  afterEach(async () => {
    hosts.close();
    await Promise.all([jump.stop(), inner.stop()]);
  });

  const node = (name: string): HostNode => ({
    name,
    address: '127.0.0.1',
    roles: ['server'],
    ssh: { port: inner.port, user: me, jump: `${me}@127.0.0.1:${jump.port}` },
  });
  const echo = async (name: string) => {
    const line = await hosts.connect(node(name));
    return (await line.exec({ argv: ['echo', name], root: false, timeoutSec: 120 })).stdout.trim();
  };
  /** The connections that a server has; each has a process. */
  const served = ({ pid }: Sshd) =>
    spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout.split('\n').length - 1;

  test('many at once share one connection to it, and its key is asked about once', async () => {
    const names = Array.from({ length: 24 }, (_, i) => `n${i}`);
    assert.deepEqual(await Promise.all(names.map(echo)), names);
    assert.equal(served(jump), 1);
    assert.deepEqual(asked, [`[127.0.0.1]:${jump.port}`]);
  });

  test('one that leaves does not take it from the others; with the last one it is closed', async () => {
    const [first, second] = await Promise.all(['a', 'b'].map((name) => hosts.connect(node(name))));
    first?.close();
    first?.close();
    assert.equal(await echo('b'), 'b');
    assert.equal(served(jump), 1);
    second?.close();
    while (served(jump) > 0) await pause(20);
    assert.equal(await echo('b'), 'b');
  });

  test('one that is cancelled while the jump host is still connected to leaves it to the others', async () => {
    const leaving = new AbortController();
    const left = failureOf(hosts.connect(node('a'), leaving.signal));
    const other = echo('b');
    leaving.abort();
    assert.equal((await left).failure, 'cancelled');
    assert.equal(await other, 'b');
  });

  test('it dies in the middle of a command: nobody knows what became of it, and the next command goes another way', async () => {
    const lines = await Promise.all(['a', 'b'].map((name) => hosts.connect(node(name))));
    const marker = join(inner.folder, 'begun');
    const argv = ['sh', '-c', ': >"$1"; sleep 60', 'sh', marker];
    const waiting = lines.map((line) => failureOf(line.exec({ argv, root: false, timeoutSec: 60 })));
    while (spawnSync('test', ['-e', marker]).status !== 0) await pause(20);
    // The server stays; the process that serves the connection is gone, as when a firewall drops it.
    execFileSync('pkill', ['-KILL', '-P', String(jump.pid)]);
    for (const each of await Promise.all(waiting)) assert.equal(each.failure, 'lost');
    assert.deepEqual(await Promise.all(['a', 'b'].map(echo)), ['a', 'b']);
    assert.equal(served(jump), 1);
  });

  test('it is away and comes back: all are told, and the next try goes through', async () => {
    jump.kill();
    for (const each of await Promise.all(['a', 'b'].map((name) => failureOf(hosts.connect(node(name))))))
      assert.match(each.message, /^127\.0\.0\.1: cannot connect to 127\.0\.0\.1 port/);
    await jump.restart('same key');
    assert.equal(await echo('a'), 'a');
  });
});
