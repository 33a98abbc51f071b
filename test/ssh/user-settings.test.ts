import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Secret } from '../../src/base/secret';
import type { HostNode } from '../../src/ops/host';
import { Hosts } from '../../src/run/hosts';
import type { SecretSource } from '../../src/run/ssh/target';
import { failureOf, nobody } from '../support/ssh-client';
import { freePort, makeKey, me, type Sshd, sshdMissing, startSshd } from '../support/sshd';
import { makeSystemUser, type SystemUser, systemUserMissing } from '../support/system-user';
import '../support/end-after-failure';

/** A `.ssh` folder of a person who wants to reach these servers. */
class Person {
  readonly folder: string;
  agentSocket: string | undefined;
  secrets: SecretSource = nobody;

  constructor(
    readonly sshd: Sshd,
    readonly others: readonly Sshd[] = [],
  ) {
    this.folder = join(sshd.folder, `ssh-${Math.random().toString(36).slice(2)}`);
    mkdirSync(this.folder);
    writeFileSync(join(this.folder, 'id_ed25519'), readFileSync(sshd.clientKey), { mode: 0o600 });
    writeFileSync(join(this.folder, 'known_hosts'), [sshd, ...others].map((each) => each.knownHosts()).join(''));
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** What a command prints at the host that this configuration leads to. */
  async login(config: string, node: Partial<HostNode> = {}, argv: readonly string[] = ['id', '-un']): Promise<string> {
    this.write('config', config);
    const { folder, agentSocket, secrets } = this;
    const files = { folder, ...(agentSocket !== undefined && { agentSocket }) };
    const hosts = new Hosts({ files, secrets, ownKeys: () => [], accept: async () => false });
    try {
      const line = await hosts.connect({ name: 'cp2', address: '127.0.0.1', roles: ['server'], ssh: {}, ...node });
      return (await line.exec({ argv, root: false, timeoutSec: 10 })).stdout.trim();
    } finally {
      hosts.close();
    }
  }
}

/** An ssh-agent of its own, without keys. */
async function withAgent(
  folder: string,
  work: (socket: string, add: (...keys: string[]) => void) => Promise<void>,
): Promise<void> {
  const socket = join(folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  process.once('exit', () => agent.kill());
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  try {
    await work(socket, (...keys) => {
      for (const each of keys) execFileSync('ssh-add', ['-q', each], { env, stdio: 'ignore' });
    });
  } finally {
    agent.kill();
  }
}

describe('more of what people write into their SSH configuration, at a real sshd', { skip: sshdMissing }, () => {
  let sshd: Sshd;
  let person: Person;
  const usual = () => `Host *\n  User ${me}\n  Port ${sshd.port}\n`;
  before(async () => {
    sshd = await startSshd(['MaxAuthTries 3']);
    person = new Person(sshd);
  });
  after(() => sshd.stop());

  test('Match: host, originalhost, user, localuser and their opposites; what runs a program is passed over', async () => {
    const marker = join(sshd.folder, 'was-run');
    const config = [
      `Match exec "touch ${marker}"`,
      '  Port 1',
      'Match user somebody-else',
      '  Port 2',
      `Match !localuser ${me}`,
      '  Port 3',
      'Match !host 127.0.0.1',
      '  Port 4',
      `Match host 127.0.0.* localuser ${me}`,
      `  User ${me}`,
      `Match originalhost cp2,cp3 user ${me}`,
      `  Port ${sshd.port}`,
      'Match all',
      '  Port 5',
      '',
    ].join('\n');
    assert.equal(await person.login(config), me);
    assert.equal(existsSync(marker), false);
  });

  test('Include: wildcards in folders too, a relative path from a file that was included, no hidden file', async () => {
    person.write('conf.d/10-work/hosts', `Include more/*.conf\nHost *\n  Port 1\n`);
    person.write('conf.d/.10-work/hosts', 'Host *\n  Port 2\n');
    person.write('more/a.conf', `Host cp2\n  Port ${sshd.port}\n`);
    person.write('more/.a.conf.swp', 'Host *\n  Port 3\n');
    assert.equal(await person.login(`Include conf.d/[0-9]*/host?\nHost *\n  User ${me}\n`), me);
    assert.equal(await person.login(`Include '${person.folder}/conf.d/1*/*'\nUser ${me}\n`), me);
  });

  test('Include with ~ is read from the home of who sits here, as ssh itself reads it', async () => {
    const home = userInfo().homedir;
    const name = `.haven-include-${process.pid}`;
    writeFileSync(join(home, name), usual());
    try {
      assert.equal(await person.login(`Include ~/${name.slice(0, -1)}*\n`), me);
    } finally {
      rmSync(join(home, name));
    }
  });

  test('IdentityFile: ~ and every token that ssh knows there', async () => {
    const home = userInfo().homedir;
    const name = `.haven-key-${process.pid}`;
    const key = join(person.folder, 'id_ed25519');
    const inHome = join(home, name);
    const tokens = join(person.folder, `127.0.0.1-${me}-${sshd.port}-%-${me}`);
    renameSync(key, inHome);
    try {
      for (const path of [`~/${name}`, `%d/${name}`, `\${HOME}/${name}`])
        assert.equal(await person.login(`${usual()}  IdentityFile ${path}\n`), me, path);
      renameSync(inHome, tokens);
      assert.equal(await person.login(`${usual()}  IdentityFile "${person.folder}/%h-%r-%p-%%-%u"\n`), me);
      const none = await failureOf(person.login(`${usual()}  IdentityFile none\n`));
      assert.match(none.message, /no key was found/);
    } finally {
      renameSync(existsSync(tokens) ? tokens : inHome, key);
    }
  });

  test('UserKnownHostsFile: every file of several counts, for what it knows and for what it revokes', async () => {
    const [first, second] = [person.write('known-a', 'elsewhere ssh-ed25519 AAAA\n'), person.write('known b', '')];
    const config = `${usual()}  UserKnownHostsFile ${first} "${second}"\n`;
    assert.equal((await failureOf(person.login(config))).failure, 'host-key-unknown');
    person.write('known b', sshd.knownHosts());
    assert.equal(await person.login(config), me);
    person.write('known-a', sshd.knownHosts());
    person.write('known b', `@revoked * ${sshd.hostKey}\n`);
    assert.equal((await failureOf(person.login(config))).failure, 'host-key-revoked');
  });

  test('IdentityAgent: a path with tokens, a variable, SSH_AUTH_SOCK, and none', async () => {
    await withAgent(sshd.folder, async (socket, add) => {
      add(sshd.clientKey);
      rmSync(join(person.folder, 'id_ed25519'));
      process.env.HAVEN_TEST_AGENT = socket;
      try {
        for (const value of [`"${sshd.folder}/%%h%%"`.replace('%%h%%', 'agent'), '$HAVEN_TEST_AGENT'])
          assert.equal(await person.login(`${usual()}  IdentityAgent ${value}\n`), me, value);
        person.agentSocket = socket;
        assert.equal(await person.login(`${usual()}  IdentityAgent SSH_AUTH_SOCK\n`), me);
        const refused = await failureOf(person.login(`${usual()}  IdentityAgent none\n`));
        assert.match(refused.message, /no key was found/);
      } finally {
        delete process.env.HAVEN_TEST_AGENT;
        person.agentSocket = undefined;
        writeFileSync(join(person.folder, 'id_ed25519'), readFileSync(sshd.clientKey), { mode: 0o600 });
      }
    });
  });

  test('an agent with more keys than the host lets anybody try: the one that a file names comes first', async () => {
    await withAgent(sshd.folder, async (socket, add) => {
      const many = Array.from({ length: 5 }, (_, i) => join(sshd.folder, `many-${i}`));
      for (const each of many) makeKey(each, 'ed25519');
      add(...many, sshd.clientKey);
      person.agentSocket = socket;
      const named = person.write('named.pub', readFileSync(`${sshd.clientKey}.pub`, 'utf8'));
      assert.equal(await person.login(`${usual()}  IdentityFile ${named}\n`), me);
      assert.equal(await person.login(`${usual()}  IdentityFile ${named}\n  IdentitiesOnly yes\n`), me);
      const other = person.write('other.pub', readFileSync(`${many[0]}.pub`, 'utf8'));
      const refused = await failureOf(person.login(`${usual()}  IdentityFile ${other}\n`));
      assert.equal(refused.failure, 'authentication');
      assert.match(refused.message, /more keys than the host lets anybody try .*IdentitiesOnly/);
      person.agentSocket = undefined;
    });
  });

  test('a key that the agent has shown is not shown again from its file, nor is its passphrase asked for', async () => {
    await withAgent(sshd.folder, async (socket, add) => {
      const keys = ['twice-a', 'twice-b'].map((name) => join(sshd.folder, name));
      for (const each of keys) {
        makeKey(each, 'ed25519');
        add(each);
        execFileSync('ssh-keygen', ['-q', '-p', '-f', each, '-N', 'a passphrase']);
      }
      person.agentSocket = socket;
      person.secrets = { ...nobody, passphrase: () => Promise.reject(new Error('asked for nothing')) };
      const files = [...keys, join(person.folder, 'id_ed25519')].map((each) => `  IdentityFile ${each}\n`).join('');
      // Two refused and the third good: a host that takes three tries lets nobody in who shows one of them twice.
      assert.equal(await person.login(usual() + files), me);
      person.agentSocket = undefined;
      person.secrets = nobody;
    });
  });

  test('certificates are not offered; where nothing else opens the host that is told, and how it is opened', async () => {
    const own = await startSshd();
    const authority = join(own.folder, 'authority');
    makeKey(authority, 'ed25519');
    writeFileSync(join(own.folder, 'authorized_keys'), `cert-authority ${readFileSync(`${authority}.pub`, 'utf8')}`);
    const visitor = new Person(own);
    const key = join(visitor.folder, 'id_ed25519');
    writeFileSync(`${key}.pub`, readFileSync(`${own.clientKey}.pub`));
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'me', '-n', me, `${key}.pub`], { stdio: 'ignore' });
    const config = `User ${me}\nPort ${own.port}\n`;
    const words = /Haven does not offer certificates \(.*id_ed25519-cert\.pub\): add the plain public key/;
    assert.match((await failureOf(visitor.login(config))).message, words);
    await withAgent(own.folder, async (socket, add) => {
      add(key);
      visitor.agentSocket = socket;
      assert.match((await failureOf(visitor.login(config))).message, words);
      // The certificate in the agent does not keep the plain key out.
      writeFileSync(join(own.folder, 'authorized_keys'), readFileSync(`${own.clientKey}.pub`));
      assert.equal(await visitor.login(config), me);
    });
    const elsewhere = visitor.write('other-cert.pub', readFileSync(`${key}-cert.pub`, 'utf8'));
    writeFileSync(join(own.folder, 'authorized_keys'), '');
    visitor.agentSocket = undefined;
    const named = await failureOf(visitor.login(`${config}CertificateFile ${elsewhere}\n`));
    assert.match(named.message, /certificates \(.*other-cert\.pub\)/);
    await own.stop();
  });

  test('ProxyCommand is refused with what to write instead, unless ProxyJump or none comes first', async () => {
    const marker = join(sshd.folder, 'proxy-was-run');
    for (const [command, words] of [
      [`sh -c "touch ${marker}"`, /Haven runs no program to connect; use ProxyJump instead/],
      ['ssh -q -W %h:%p ops@bastion', /write "ProxyJump ops@bastion" instead, which does the same/],
      ['/usr/bin/ssh bastion -W [%h]:%p', /write "ProxyJump bastion" instead/],
      ['ssh -W %h:%p bastion; reboot', /use ProxyJump instead/],
    ] as const) {
      const refused = await failureOf(person.login(`${usual()}  ProxyCommand ${command}\n`));
      assert.equal(refused.failure, 'refused');
      assert.match(refused.message, words, command);
    }
    assert.equal(existsSync(marker), false);
    assert.equal(await person.login(`ProxyCommand none\nProxyJump nowhere\n${usual()}`), me);
    // That no jump host is gone through does not take a program back.
    assert.match(
      (await failureOf(person.login(`ProxyJump none\n${usual()}  ProxyCommand false\n`))).message,
      /runs no program/,
    );
    const jump = `Host cp2\n  ProxyJump ${me}@127.0.0.1:${sshd.port}\n${usual()}  ProxyCommand false\n`;
    // The jump host goes by another name, so that only it is told to run a program.
    assert.match((await failureOf(person.login(jump))).message, /ProxyCommand/);
    assert.equal(await person.login(jump.replace('Host *', 'Host cp2')), me);
  });

  test('HostKeyAlgorithms: the kinds that are asked for, in their order', async () => {
    const own = await startSshd([`HostKey ${await keyBeside(sshd.folder, 'ecdsa')}`]);
    const ecdsa = readFileSync(join(sshd.folder, 'host-ecdsa.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(join(own.folder, 'authorized_keys'), readFileSync(`${sshd.clientKey}.pub`));
    const config = (kinds: string) => `User ${me}\nPort ${own.port}\nHostKeyAlgorithms ${kinds}\n`;
    const seen = async (known: string, kinds: string) => {
      person.write('known_hosts', `[127.0.0.1]:${own.port} ${known}\n`);
      return person.login(config(kinds)).then(
        () => 'in',
        (error: { failure?: string }) => error.failure,
      );
    };
    assert.equal(await seen(ecdsa, 'ecdsa-sha2-*'), 'in');
    // The known key is of another kind than the one that may be shown.
    assert.equal(await seen(own.hostKey, 'ecdsa-sha2-nistp256'), 'host-key-changed');
    assert.equal(await seen(own.hostKey, '-ecdsa-sha2-nistp256'), 'in');
    assert.equal(await seen(ecdsa, '-ecdsa-sha2-*'), 'host-key-changed');
    assert.equal(await seen(ecdsa, '^ecdsa-sha2-nistp256'), 'in');
    assert.equal(await seen(ecdsa, '+ssh-rsa'), 'in');
    assert.equal(await seen(own.hostKey, 'ssh-ed25519-cert-v01@openssh.com'), 'in');
    person.write('known_hosts', sshd.knownHosts());
    await own.stop();
  });

  test('a host certificate is not shown to a client that does not ask for one; the plain key counts', async () => {
    const authority = join(sshd.folder, 'host-authority');
    makeKey(authority, 'ed25519');
    const key = join(sshd.folder, 'certified');
    makeKey(key, 'ed25519');
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'host', '-h', '-n', '127.0.0.1', `${key}.pub`], {
      stdio: 'ignore',
    });
    const own = await startSshd([`HostKey ${key}`, `HostCertificate ${key}-cert.pub`]);
    writeFileSync(join(own.folder, 'authorized_keys'), readFileSync(`${sshd.clientKey}.pub`));
    const plain = readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    const config = `User ${me}\nPort ${own.port}\n`;
    const marked = `@cert-authority [127.0.0.1]:${own.port} ${readFileSync(`${authority}.pub`, 'utf8')}`;
    person.write('known_hosts', marked);
    const refused = await failureOf(person.login(config));
    assert.equal(refused.failure, 'host-key-unknown');
    assert.match(refused.message, /only a certificate authority is known for the host .*known_hosts:1/);
    person.write('known_hosts', `${marked}[127.0.0.1]:${own.port} ${plain}\n`);
    assert.equal(await person.login(config), me);
    person.write('known_hosts', sshd.knownHosts());
    await own.stop();
  });

  test('IPv6: as the address of a node and of a jump host', async (t) => {
    const port = await freePort();
    const own = await startSshd([`ListenAddress [::1]:${port}`]).catch(() => undefined);
    if (own === undefined) return t.skip('no IPv6 on loopback');
    writeFileSync(join(own.folder, 'authorized_keys'), readFileSync(`${sshd.clientKey}.pub`));
    person.write('known_hosts', `[::1]:${port} ${own.hostKey}\n${sshd.knownHosts()}`);
    assert.equal(await person.login(`User ${me}\nPort ${port}\n`, { address: '::1' }), me);
    for (const jump of [`${me}@[::1]:${port}`, `ssh://${me}@[::1]:${port}`])
      assert.equal(await person.login(`Host cp2\n  ProxyJump ${jump}\n${usual()}`), me, jump);
    person.write('known_hosts', sshd.knownHosts());
    await own.stop();
  });

  test('ControlMaster, and other things that are of no use here, change nothing', async () => {
    const socket = join(person.folder, 'control');
    const marker = join(person.folder, 'a-program-ran');
    const more = [
      'ControlMaster auto',
      `ControlPath ${socket}`,
      'ControlPersist yes',
      'ForwardAgent yes',
      'LocalForward 1 localhost:2',
      'RemoteCommand echo instead',
      'RequestTTY force',
      'SendEnv LANG',
      'UpdateHostKeys yes',
      'ConnectTimeout 1m30s',
      'AddKeysToAgent yes',
      'CanonicalizeHostname always',
      'CanonicalDomains example.com',
      'PermitLocalCommand yes',
      ...['LocalCommand', 'KnownHostsCommand'].map((each) => `${each} /usr/bin/touch ${marker}`),
      'VerifyHostKeyDNS yes',
      'NoHostAuthenticationForLocalhost yes',
    ];
    assert.equal(await person.login(`${usual()}${more.map((each) => `  ${each}\n`).join('')}`), me);
    assert.equal(existsSync(socket), false);
    assert.equal(existsSync(marker), false);
    assert.equal(readFileSync(join(person.folder, 'known_hosts'), 'utf8'), sshd.knownHosts());
    // None of them makes a key known.
    person.write('known_hosts', '');
    const refused = await failureOf(person.login(`${usual()}${more.map((each) => `  ${each}\n`).join('')}`));
    assert.equal(refused.failure, 'host-key-unknown');
    person.write('known_hosts', sshd.knownHosts());
  });
});

describe('hosts that want more than one proof', { skip: sshdMissing || systemUserMissing }, () => {
  let user: SystemUser;
  let sshd: Sshd;
  before(async () => {
    user = makeSystemUser();
    sshd = await openSshd(['PasswordAuthentication yes', 'AuthenticationMethods password,publickey']);
  });
  after(async () => {
    user.remove();
    await sshd.stop();
  });

  /** A server whose files every user of the machine may read, as sshd reads them in the name of the user. */
  const openSshd = async (lines: readonly string[]): Promise<Sshd> => {
    const sshd = await startSshd(lines);
    chmodSync(sshd.folder, 0o755);
    return sshd;
  };
  const answering = (log: string[], answers: readonly string[] = []): SecretSource => ({
    ...nobody,
    password: async () => {
      log.push('password');
      return new Secret(user.password);
    },
    answer: async (_host, prompt) => {
      log.push(prompt);
      return new Secret(answers[log.length - 1] ?? user.password);
    },
  });

  test('a password and then a key, as AuthenticationMethods asks in this order', async () => {
    const person = new Person(sshd);
    const log: string[] = [];
    person.secrets = answering(log);
    assert.equal(await person.login(`User ${user.name}\nPort ${sshd.port}\n`), user.name);
    assert.deepEqual(log, ['password']);
  });

  test('two rounds of questions of the host, in its own words; a wrong answer is asked for again', async () => {
    const service = `haven-pam-${process.pid}`;
    const path = join('/etc/pam.d', service);
    const welcome = join(sshd.folder, 'welcome');
    writeFileSync(welcome, 'Second \u001b[31mfactor\u001b[0m of the day');
    // The name under which sshd is started is the name of its rules for PAM.
    const rules = [
      `auth optional pam_echo.so file=${welcome}`,
      'auth required pam_unix.so',
      'account required pam_permit.so',
    ];
    writeFileSync(path, `${rules.join('\n')}\n`);
    const program = join('/tmp', service);
    rmSync(program, { force: true });
    symlinkSync('/usr/sbin/sshd', program);
    try {
      const twice = 'AuthenticationMethods keyboard-interactive:pam,keyboard-interactive:pam';
      const own = await startSshd(['KbdInteractiveAuthentication yes', 'UsePAM yes', twice], 'ed25519', program);
      chmodSync(own.folder, 0o755);
      const person = new Person(own);
      const log: string[] = [];
      person.secrets = answering(log, ['wrong', user.password, 'wrong']);
      const config = `User ${user.name}\nPort ${own.port}\n`;
      assert.equal(await person.login(config), user.name);
      assert.equal(log.length, 4, log.join(' | '));
      for (const each of log) assert.match(each, /Password:$/);
      assert.match(log[0] ?? '', /^Second +\[31mfactor +\[0m of the day/, 'nothing in it moves a cursor');
      const asked: string[] = [];
      person.secrets = {
        ...nobody,
        answer: async (_host, prompt) => {
          asked.push(prompt);
          return undefined;
        },
      };
      assert.equal((await failureOf(person.login(config))).failure, 'authentication');
      assert.equal(asked.length, 1, 'who is not there is not asked again');
      await own.stop();
    } finally {
      rmSync(path);
      rmSync(program);
    }
  });

  test('two jump hosts, each with a user of its own', async () => {
    // Each lets one user in and leads to the next one alone.
    const last = await openSshd([]);
    const second = await openSshd([`AllowUsers ${me}`, `PermitOpen 127.0.0.1:${last.port}`]);
    const first = await openSshd([`AllowUsers ${user.name}`, `PermitOpen 127.0.0.1:${second.port}`]);
    const person = new Person(first, [second, last]);
    for (const each of [second, last])
      writeFileSync(join(each.folder, 'authorized_keys'), readFileSync(`${first.clientKey}.pub`));
    const jumps = `${user.name}@127.0.0.1:${first.port},${me}@127.0.0.1:${second.port}`;
    const config = `Host cp2\n  ProxyJump ${jumps}\n  User ${user.name}\n  Port ${last.port}\n`;
    const from = await person.login(config, {}, ['sh', '-c', 'id -un; echo "$SSH_CONNECTION"']);
    assert.match(from, new RegExp(`^${user.name}\n127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${last.port}$`));
    for (const each of [first, second, last]) await each.stop();
  });
});

async function keyBeside(folder: string, type: string): Promise<string> {
  const path = join(folder, `host-${type}`);
  makeKey(path, type);
  return path;
}
