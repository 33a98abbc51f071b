import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { userTarget } from '../../src/run/ssh/user-target';
import { TransportError } from '../../src/run/transport';

describe('how a node is reached', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-ssh-'));
    writeFileSync(join(folder, 'id_ed25519'), 'a key');
    writeFileSync(join(folder, 'other'), 'another key');
    writeFileSync(
      join(folder, 'config'),
      `Include ${join(folder, 'extra*')}
Host 10.0.0.1
  Port 2222
  User kim
Host cp2
  HostName 10.0.0.22
  IdentityFile ${join(folder, 'other')}
  ProxyJump lee@bastion:2200
Host bad
  ProxyCommand sh -c 'touch /tmp/pwned'
`,
    );
    writeFileSync(join(folder, 'extra.conf'), 'Host 10.0.0.3\n  User included\n');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const target = async (name: string, address: string, ssh = {}) =>
    userTarget({ name, address, ssh }, { folder, systemFolder: join(folder, 'etc') });

  test('the inventory decides over the configuration, which decides over the default', async () => {
    assert.deepEqual(await target('cp1', '10.0.0.1', { user: 'ops' }), {
      name: 'cp1',
      address: '10.0.0.1',
      port: 2222,
      user: 'ops',
      knownHosts: [],
      privateKeys: [{ path: join(folder, 'id_ed25519'), content: Buffer.from('a key') }],
      connectTimeoutSec: 10,
    });
  });

  test('a node is found in the configuration under its name too, with its key and its jump host', async () => {
    const found = await target('cp2', '192.0.2.2');
    assert.equal(found.address, '10.0.0.22');
    assert.deepEqual(
      found.privateKeys.map((each) => each.path),
      [join(folder, 'other')],
    );
    assert.deepEqual([found.jump?.address, found.jump?.port, found.jump?.user], ['bastion', 2200, 'lee']);
  });

  test('files that are included count', async () => {
    assert.equal((await target('cp3', '10.0.0.3')).user, 'included');
  });

  test('what is known of a host comes from the files of the user and of the machine', async () => {
    mkdirSync(join(folder, 'etc'), { recursive: true });
    const key = `ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519key').toString('base64')}`;
    writeFileSync(join(folder, 'known_hosts'), `10.0.0.1 ${key}\n`);
    writeFileSync(join(folder, 'etc', 'ssh_known_hosts'), `10.0.0.* ${key}\n`);
    writeFileSync(join(folder, 'etc', 'ssh_config'), 'Host *\n  Port 2022\n  User machine\n');
    const found = await target('cp1', '10.0.0.1');
    assert.deepEqual(
      found.knownHosts?.map((each) => each.path),
      [join(folder, 'known_hosts'), join(folder, 'etc', 'ssh_known_hosts')],
    );
    assert.deepEqual([found.port, found.user], [2222, 'kim']);
    assert.deepEqual([(await target('x', '192.0.2.7')).port], [2022]);
    rmSync(join(folder, 'etc'), { recursive: true });
    rmSync(join(folder, 'known_hosts'));
  });

  test('IdentitiesOnly keeps the agent for the keys that are named, also by their public half alone', async () => {
    const config = readFileSync(join(folder, 'config'));
    writeFileSync(join(folder, 'work.pub'), 'ssh-ed25519 AAAA work\n');
    writeFileSync(join(folder, 'config'), `Host *\n  IdentitiesOnly yes\n  IdentityFile ${join(folder, 'work')}\n`);
    const found = await userTarget(
      { name: 'a', address: 'a', ssh: {} },
      { folder, agentSocket: '/run/agent', systemFolder: join(folder, 'etc') },
    );
    assert.equal(found.agentSocket, '/run/agent');
    assert.equal(found.onlyNamedKeys, true);
    assert.equal(found.privateKeys[0]?.publicLine, 'ssh-ed25519 AAAA work\n');
    writeFileSync(join(folder, 'config'), config);
  });

  test('only StrictHostKeyChecking yes changes anything: it forbids the question', async () => {
    const config = readFileSync(join(folder, 'config'));
    for (const [value, refuses] of [
      ['yes', true],
      ['no', undefined],
      ['accept-new', undefined],
      ['ask', undefined],
    ] as const) {
      writeFileSync(join(folder, 'config'), `StrictHostKeyChecking ${value}\n`);
      assert.equal((await target('a', 'a')).refuseUnknownKeys, refuses, value);
    }
    writeFileSync(join(folder, 'config'), config);
  });

  test('a configuration that wants a program run is refused', async () => {
    await assert.rejects(target('bad', '192.0.2.9'), (error) => {
      return error instanceof TransportError && error.failure === 'refused' && /ProxyJump/.test(error.message);
    });
  });

  test('jump hosts that lead to each other end', async () => {
    writeFileSync(join(folder, 'config'), 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n');
    await assert.rejects(target('a', 'a'), /more than 4 jump hosts/);
  });
});
