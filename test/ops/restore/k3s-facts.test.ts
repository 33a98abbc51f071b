import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { tokenOpens } from '../../../src/ops/commands/k3s-token';
import { k3sFactsCommand, parseK3sFacts } from '../../../src/ops/restore/k3s-facts';

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex').slice(0, 12);

/** What `systemctl show` says of a unit, in the form that systemd 252 prints it in. */
const shown = (root: string, words: string, environment: string, files: readonly string[]) => `#!/bin/sh
case $* in
*ExecStart*) echo 'ExecStart={ path=/usr/local/bin/k3s ; argv[]=/usr/local/bin/k3s server ${words} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }';;
*EnvironmentFiles*) ${files.length === 0 ? ':' : `printf '%s\\n' ${files.map((each) => `'EnvironmentFiles=${root}${each} (ignore_errors=yes)'`).join(' ')}`};;
*Environment*) echo 'Environment=${environment}';;
*LoadState*) echo LoadState=loaded;;
esac
`;

describe('what a server of k3s says before a restore, in a real shell', () => {
  let root: string;
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'haven-facts-'));
    put('/etc/rancher/k3s/config.yaml', 'node-ip: 10.0.0.1\n');
    put('/bin/k3s', '#!/bin/sh\necho k3s version v1.34.1+k3s1\n');
    chmodSync(join(root, 'bin/k3s'), 0o755);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const run = ({ argv }: { readonly argv: readonly unknown[] }) => {
    const [, , script = '', ...rest] = argv.map(String);
    const here = script.replace(/(?<=[\s=:"'(])\/(etc|var|proc)\//g, `${root}/$1/`);
    return spawnSync('sh', ['-c', here, ...rest], {
      env: { PATH: `${join(root, 'bin')}:${process.env.PATH}` },
      encoding: 'utf8',
    });
  };
  const unit = (words: string, environment = '', files: readonly string[] = []) => {
    put('/bin/systemctl', shown(root, words, environment, files));
    chmodSync(join(root, 'bin/systemctl'), 0o755);
  };
  const facts = () => {
    const { stdout, stderr } = run(k3sFactsCommand(undefined));
    const found = parseK3sFacts('cp1', stdout);
    assert.ok(found !== undefined, stderr);
    return { ...found, stdout };
  };

  test('a database on a disk of its own is seen, and one that is shown elsewhere too is not taken for it', () => {
    unit('');
    const data = `${root}/var/lib/rancher/k3s/server/db`;
    const mount = (from: string, at: string) => `36 25 98:0 ${from} ${at} rw,noatime shared:1 - ext4 /dev/vdb rw\n`;
    put('/proc/self/mountinfo', mount(data, '/mnt/shown') + mount('/', `${data}/snapshots`));
    assert.deepEqual(facts().mounts, []);
    put('/proc/self/mountinfo', mount('/', '/') + mount('/', `${data}/etcd`));
    assert.deepEqual(facts().mounts, [`${data}/etcd`]);
  });

  test('the environment of a drop-in and of any file that the unit names is seen by its names', () => {
    unit('', 'K3S_DATA_DIR=/data/k3s "NOTE=two words"', ['/etc/default/k3s', '/etc/own/k3s.env']);
    put('/etc/own/k3s.env', "K3S_NODE_NAME='one'\n# K3S_URL=x\n");
    const { unitEnvironment } = facts();
    for (const name of ['K3S_DATA_DIR', 'NOTE', 'K3S_NODE_NAME']) assert.ok(unitEnvironment.has(name), name);
    assert.ok(!unitEnvironment.has('K3S_URL'));
  });

  test('where systemd names no file, those of the installer are read', () => {
    unit('');
    put('/etc/systemd/system/k3s.service.env', 'K3S_URL=https://10.0.0.1:6443\n');
    assert.deepEqual([...facts().unitEnvironment], ['K3S_URL']);
  });

  test('a token in the environment is used where neither the unit nor its files have one, and goes before that of the data', () => {
    unit('', '', ['/etc/systemd/system/k3s.service.env']);
    put('/etc/systemd/system/k3s.service.env', "K3S_TOKEN='fromtheunit'\n");
    put('/var/lib/rancher/k3s/server/token', 'K10ab::server:fromthedata\n');
    assert.equal(facts().tokenHash, hashOf('fromtheunit'));
    put('/etc/rancher/k3s/config.yaml', 'token: fromthefile\n');
    const { tokenHash, stdout } = facts();
    assert.equal(tokenHash, hashOf('fromthefile'));
    assert.doesNotMatch(stdout, /fromthe/);
  });

  test('a token on the command line of the unit is masked, also behind its short name', () => {
    for (const words of ['-t secretsecret', '--token secretsecret', '--node-ip 10.0.0.1 -t=secretsecret']) {
      unit(words);
      const { stdout, unitArguments } = facts();
      assert.doesNotMatch(stdout, /secretsecret/);
      assert.ok(
        unitArguments.some((each) => /^-(?:t|-token)=masked$/.test(each)),
        unitArguments.join(' '),
      );
    }
  });

  test('a token that opens the snapshot is told from one that does not', () => {
    unit('');
    put('/etc/rancher/k3s/config.yaml', 'token: right\n');
    assert.equal(run(tokenOpens([hashOf('other'), hashOf('right')])).status, 0);
    const { status, stderr } = run(tokenOpens([hashOf('other')]));
    assert.equal(status, 1);
    assert.match(
      stderr,
      new RegExp(`begins with ${hashOf('right')}, and that of the snapshot with ${hashOf('other')}`),
    );
  });
});
