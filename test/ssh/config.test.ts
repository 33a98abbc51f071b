import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { say } from '../../src/base/message';
import { Secret } from '../../src/base/secret';
import type { HostNode } from '../../src/ops/host';
import type { Plan } from '../../src/ops/plan';
import { execute } from '../../src/run/executor';
import { Hosts } from '../../src/run/hosts';
import type { RunEvent } from '../../src/run/run-deps';
import { settingsFor } from '../../src/run/ssh/config';
import { type KnownHost, parseKnownHosts } from '../../src/run/ssh/known-hosts';
import fc from '../support/fast-check';
import { failureOf, nobody } from '../support/ssh-client';
import { me, type Sshd, sshdMissing, startSshd } from '../support/sshd';
import '../support/end-after-failure';

describe("the user's configuration, at a real sshd", { skip: sshdMissing }, () => {
  let sshd: Sshd;
  let folder: string;
  let asked: number;
  before(async () => {
    sshd = await startSshd();
    folder = join(sshd.folder, 'ssh');
    mkdirSync(folder);
    writeFileSync(join(folder, 'id_ed25519'), readFileSync(sshd.clientKey), { mode: 0o600 });
  });
  after(() => sshd.stop());

  const hostsWith = (config: string, knownHosts: string, own: readonly KnownHost[] = []): Hosts => {
    writeFileSync(join(folder, 'config'), config);
    writeFileSync(join(folder, 'known_hosts'), knownHosts);
    asked = 0;
    return new Hosts({
      files: { folder },
      secrets: nobody,
      ownKeys: () => own,
      accept: async () => {
        asked++;
        return false;
      },
    });
  };
  const cp2: HostNode = { name: 'cp2', address: '127.0.0.1', roles: ['server'], ssh: {} };
  const login = async (hosts: Hosts): Promise<string> => {
    try {
      const line = await hosts.connect(cp2);
      return (await line.exec({ argv: ['id', '-un'], root: false, timeoutSec: 10 })).stdout.trim();
    } finally {
      hosts.close();
    }
  };

  test('what a host is told by its own name counts, not what everybody is told', async () => {
    const config = `Host cp2\n  User ${me}\n  Port ${sshd.port}\nHost *\n  User nobody-of-that-name\n  Port 1\n  IdentityFile /no/such/key\n  IdentityFile ${join(folder, 'id_ed25519')}\n`;
    assert.equal(await login(hostsWith(config, sshd.knownHosts())), me);
  });

  test('StrictHostKeyChecking: yes refuses without a question, and nothing makes it weaker than a question', async () => {
    const config = (value: string) => `Host *\n  User ${me}\n  Port ${sshd.port}\n  StrictHostKeyChecking ${value}\n`;
    for (const [value, questions] of [
      ['yes', 0],
      ['true', 0],
      ['no', 1],
      ['off', 1],
      ['accept-new', 1],
      ['ask', 1],
    ] as const) {
      const hosts = hostsWith(config(value), '');
      assert.equal((await failureOf(hosts.connect(cp2))).failure, 'host-key-unknown', value);
      assert.equal(asked, questions, value);
      hosts.close();
    }
  });

  test('a HostKeyAlias is looked up plain, also on another port', async () => {
    const config = `Host *\n  User ${me}\n  Port ${sshd.port}\n  HostKeyAlias the-box\n`;
    assert.equal(await login(hostsWith(config, `the-box ${sshd.hostKey}\n`)), me);
    const hosts = hostsWith(config, `[the-box]:${sshd.port} ${sshd.hostKey}\n`);
    assert.equal((await failureOf(hosts.connect(cp2))).failure, 'host-key-unknown');
    hosts.close();
  });

  test('UserKnownHostsFile is read, and so is what was accepted in Haven', async () => {
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, sshd.knownHosts());
    const config = `Host *\n  User ${me}\n  Port ${sshd.port}\n`;
    assert.equal(await login(hostsWith(`${config}  UserKnownHostsFile ${elsewhere}\n`, '')), me);
    assert.equal(await login(hostsWith(config, '', parseKnownHosts(sshd.knownHosts(), 'own'))), me);
  });

  test('each setting is what ssh itself makes of the file', () => {
    const config = [
      'Host cp1 cp2',
      '  HostName 10.0.0.%h',
      '  Port 2222',
      'Host !cp3 cp*',
      '  User "first"',
      '  HostKeyAlias=alias',
      'Match host 10.0.0.*',
      '  ConnectTimeout 7',
      'Host *.example.com ?p3',
      '  Port = 2022',
      '  User second # not this',
      '  ProxyJump jump.example.com',
      'Host *',
      '  User last',
      '  StrictHostKeyChecking accept-new',
      '  ConnectTimeout 9',
      '  ServerAliveInterval 15',
      '  ServerAliveCountMax 2',
      '  IdentitiesOnly yes',
      '',
    ].join('\n');
    const path = join(folder, 'compare');
    writeFileSync(path, config);
    for (const name of ['cp1', 'cp2', 'cp3', 'cp10', 'x.example.com', 'example.com', 'CP1']) {
      const told = new Map(
        execFileSync('ssh', ['-G', '-F', path, name], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        })
          .split('\n')
          .map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1).join(' ')]),
      );
      const ours = settingsFor(name, config);
      assert.deepEqual(
        {
          user: ours.user,
          port: String(ours.port ?? 22),
          hostname: ours.hostName ?? name.toLowerCase(),
          proxyjump: ours.proxyJump,
          hostkeyalias: ours.hostKeyAlias,
          identitiesonly: ours.identitiesOnly === true ? 'yes' : 'no',
          connecttimeout: String(ours.connectTimeoutSec),
          serveraliveinterval: String(ours.serverAliveIntervalSec),
          serveralivecountmax: String(ours.serverAliveCountMax),
        },
        {
          user: told.get('user'),
          port: told.get('port'),
          hostname: told.get('hostname'),
          proxyjump: told.get('proxyjump'),
          hostkeyalias: told.get('hostkeyalias'),
          identitiesonly: told.get('identitiesonly'),
          connecttimeout: told.get('connecttimeout'),
          serveraliveinterval: told.get('serveraliveinterval'),
          serveralivecountmax: told.get('serveralivecountmax'),
        },
        name,
      );
    }
  });

  test('random files are what ssh itself makes of them', () => {
    const one = (...values: readonly string[]) => fc.constantFrom(...values);
    const values = {
      Host: one('cp1', 'cp*', '!cp1 *', '* !cp2', '10.0.0.?', '*.lab', 'cp1 cp2', '"cp1"', 'CP*', 'cp1,cp2'),
      User: one('kim', '"lee"', 'a@b', 'kim # not this'),
      Port: one('22', '"2222"', '65535 # x y'),
      HostName: one('%h.example.com', '192.0.2.1', '"cp2"', 'real'),
      ProxyJump: one('bastion', 'none', 'a,b', 'u@h:22', 'NONE'),
      ProxyCommand: one('none', 'nc %h %p'),
      StrictHostKeyChecking: one('yes', 'no', 'ask', 'accept-new', 'off', 'true', 'false', 'YES'),
      IdentitiesOnly: one('yes', 'no', 'true', 'YES', 'false'),
      ConnectTimeout: one('5', '1m30s', '1h'),
      ServerAliveInterval: one('5', '1m', '0'),
      HostKeyAlias: one('alias', '"other"'),
      RevokedHostKeys: one('/a', 'none'),
    };
    const criterion = one(
      ...[
        'all',
        'host cp*',
        'host cp1,cp2',
        '!host cp1',
        'originalhost a.lab',
        'user kim',
        'user root',
        '!all',
        'host=cp1',
      ],
      ...['originalhost cp1 !user kim', 'final', 'canonical', '!final host cp1', 'final user kim', 'exec false'],
    );
    const setting = fc
      .constantFrom(...(Object.keys(values) as (keyof typeof values)[]))
      .chain((key) => fc.tuple(one(' ', '=', ' = ', '\t'), values[key]).map(([by, value]) => `${key}${by}${value}`));
    const line = fc.oneof(
      { weight: 6, arbitrary: setting },
      { weight: 2, arbitrary: criterion.map((each) => `Match ${each}`) },
    );
    const path = join(folder, 'random');
    fc.assert(
      fc.property(
        one('cp1', 'cp2', 'CP1', 'a.lab', '10.0.0.1', '::1'),
        fc.array(line, { minLength: 3, maxLength: 12 }),
        (name, lines) => {
          const config = `${lines.join('\n')}\n`;
          writeFileSync(path, config);
          const said = execFileSync('ssh', ['-G', '-F', path, name], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore'],
          });
          const told = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(said)?.[1];
          const ours = settingsFor(name, config);
          const strict = ours.strictHostKeyChecking ?? 'ask';
          const yes: Readonly<Record<string, string>> = { true: 'yes', false: 'no' };
          const wanted = told('stricthostkeychecking') ?? '';
          const unless = (text: string | undefined, nothing: string) => (text === nothing ? undefined : text);
          assert.deepEqual(
            {
              user: ours.user ?? me,
              port: String(ours.port ?? 22),
              hostname: (ours.hostName ?? name).toLowerCase(),
              jump: ours.proxyJump,
              command: ours.proxyCommand,
              strict: strict.replace(/^(?:off|false)$/, 'no'),
              only: ours.identitiesOnly === true ? 'yes' : 'no',
              timeout: String(ours.connectTimeoutSec ?? 'none'),
              alive: String(ours.serverAliveIntervalSec ?? 0),
              alias: ours.hostKeyAlias,
              revoked: ours.revokedHostKeys,
            },
            {
              user: told('user'),
              port: told('port'),
              hostname: told('hostname'),
              jump: unless(told('proxyjump'), 'none'),
              command: unless(told('proxycommand'), 'none'),
              strict: yes[wanted] ?? wanted,
              only: told('identitiesonly'),
              timeout: told('connecttimeout'),
              alive: told('serveraliveinterval'),
              alias: told('hostkeyalias'),
              revoked: unless(told('revokedhostkeys'), 'none'),
            },
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('RevokedHostKeys: a key on its list is refused though it is known; a list that nobody can read trusts no host', async () => {
    const list = join(folder, 'revoked');
    const config = `Host *\n  User ${me}\n  Port ${sshd.port}\n  RevokedHostKeys ${list}\n`;
    const failure = async () => {
      const hosts = hostsWith(config, sshd.knownHosts());
      const error = await failureOf(hosts.connect(cp2));
      hosts.close();
      return `${error.failure} ${error.message}`;
    };
    assert.match(await failure(), /^refused .*revoked, which cannot be read as a list/);
    writeFileSync(list, `# of last year\n${readFileSync(`${sshd.clientKey}.pub`, 'utf8')}`);
    assert.equal(await login(hostsWith(config, sshd.knownHosts())), me);
    writeFileSync(list, `# of last year\n${sshd.hostKey} comment\n`);
    assert.match(await failure(), /^host-key-revoked .*which .*revoked:2 revokes/);
    execFileSync('ssh-keygen', ['-q', '-k', '-f', list, join(sshd.folder, 'host.pub')], { stdio: 'ignore' });
    assert.match(await failure(), /^refused /);
  });

  test('a secret arrives on standard input, stands in no argument on the host, and is taken out of what is printed', async () => {
    const hosts = hostsWith(`Host *\n  User ${me}\n  Port ${sshd.port}\n`, sshd.knownHosts());
    const secret = 'correct horse battery staple';
    const script =
      'read -r line; tr "\\0" " " </proc/$PPID/cmdline; cat /proc/*/cmdline 2>/dev/null | tr "\\0" " " | grep -c "hors[e] battery"; echo "got $line"';
    const plan: Plan = {
      operation: 'test',
      cluster: 'test',
      title: say('{0}', 'test'),
      blockers: [],
      warnings: [],
      wayBack: [],
      destructive: false,
      steps: [
        {
          id: 'use',
          host: 'cp2',
          title: say('{0}', 'use'),
          risk: 'read',
          run: { argv: ['sh', '-c', script], root: false, timeoutSec: 20, secretStdin: 'key' },
        },
      ],
    };
    const lines: string[] = [];
    const events: RunEvent[] = [];
    const result = await execute(
      plan,
      {
        connect: () => hosts.connect(cp2),
        journal: { id: 'x', write: async (entry) => void lines.push(JSON.stringify(entry)) },
        now: Date.now,
        sleep: async () => {},
        onEvent: (event) => void events.push(event),
        secrets: new Map([['key', new Secret(secret)]]),
      },
      new AbortController().signal,
    );
    hosts.close();
    assert.deepEqual(result, { outcome: 'done' });
    const output = events.flatMap((each) => (each.kind === 'output' ? [each.result.stdout] : [])).join('');
    // What looks for the words does not hold them itself, in brackets as they stand there.
    assert.match(output, /(?<!\d)0\ngot •••\n$/);
    assert.ok(!JSON.stringify([lines, events.map((each) => ({ ...each }))]).includes(secret));
  });
});
