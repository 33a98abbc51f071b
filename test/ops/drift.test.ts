import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { InventoryCluster } from '../../src/model/inventory/inventory';
import { parseConfig, readConfigCommand } from '../../src/ops/commands/config-file';
import { configTargets } from '../../src/ops/config-target';
import { driftOf, withoutForeignSecrets } from '../../src/ops/drift';

const cluster: InventoryCluster = {
  name: 'prod',
  distribution: 'k3s',
  versions: {},
  nodes: ['lb1', 'lb2', 'cp1'].map((name) => ({ name, address: name, roles: ['loadbalancer'], ssh: {} })),
  configs: [
    { file: 'lb/haproxy.cfg', on: ['lb1', 'lb2', 'gone'] },
    { file: 'notes.txt', on: ['lb1'] },
    { file: 'check.sh', on: ['lb1'], path: '/etc/keepalived/check.sh' },
    { file: 'evil', on: ['lb1'], path: '/etc/../root/.ssh/authorized_keys' },
    { file: 'k3s/cp1.yaml', on: ['cp1'] },
  ],
};

test('a file belongs where its product looks, or where the inventory says, and nowhere else', () => {
  const kinds = { 'lb/haproxy.cfg': 'haproxy', 'k3s/cp1.yaml': 'k3s' } as const;
  const targets = configTargets(cluster, (file) => kinds[file as keyof typeof kinds]);
  assert.deepEqual(
    targets.map(({ host, path }) => `${host}:${path}`),
    [
      'lb1:/etc/haproxy/haproxy.cfg',
      'lb2:/etc/haproxy/haproxy.cfg',
      'lb1:/etc/keepalived/check.sh',
      'cp1:/etc/rancher/k3s/config.yaml',
    ],
  );
});

describe('the files of a host, read by a real shell', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "haven's files-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const read = (...names: string[]) => {
    const questions = { files: names.map((name) => join(folder, name)), doors: ['127.0.0.1:9'], units: [] };
    const [program = '', ...args] = readConfigCommand(questions).argv.map(String);
    return parseConfig(execFileSync(program, args, { encoding: 'utf8' }));
  };

  test('content of any kind arrives, with mode and hash', () => {
    const text = 'global\n\tlog /dev/log local0 # "é" 한국어\n=== file fake\n';
    writeFileSync(join(folder, 'a b.cfg'), text, { mode: 0o640 });
    writeFileSync(join(folder, 'empty'), '');
    const found = read('a b.cfg', 'empty', 'missing');
    const first = found.files[0];
    assert.equal(first?.path, join(folder, 'a b.cfg'));
    assert.equal(first?.text, text);
    assert.equal(first?.mode, '640');
    assert.equal(first?.bytes, Buffer.byteLength(text));
    assert.equal(first?.sha256, createHash('sha256').update(text).digest('hex'));
    assert.equal(found.files[1]?.text, '');
    assert.deepEqual(found.absent, [join(folder, 'missing')]);
    assert.equal(found.doors.get('127.0.0.1:9'), '000');
    assert.ok(found.programs.includes('curl'));
  });

  test('against the repository and among the nodes', () => {
    writeFileSync(join(folder, 'haproxy.cfg'), 'global\n');
    const here = read('haproxy.cfg');
    writeFileSync(join(folder, 'haproxy.cfg'), 'global\n  daemon\n');
    const there = read('haproxy.cfg');
    const path = join(folder, 'haproxy.cfg');
    const target = (host: string) => ({ host, kind: 'haproxy' as const, path, file: 'haproxy.cfg' });
    const targets = ['lb1', 'lb2', 'lb3'].map(target);
    const drift = driftOf(
      targets,
      new Map([
        ['lb1', here],
        ['lb2', there],
      ]),
      () => 'global\n',
    );
    assert.deepEqual(
      drift.map((each) => [each.target.host, each.state, each.othersDiffer]),
      [
        ['lb1', 'same', ['lb2']],
        ['lb2', 'differs', ['lb1']],
        ['lb3', 'not-seen', []],
      ],
    );
    rmSync(path);
    assert.equal(driftOf(targets.slice(0, 1), new Map([['lb1', read('haproxy.cfg')]]), () => 'x')[0]?.state, 'missing');
  });
});

test('a secret that only the node knows is not shown', () => {
  const node = 'token: "K10abc::server:hidden"\nagent-token: same\n  auth_pass s3cret # x\n  stats auth admin:pw\n';
  assert.equal(
    withoutForeignSecrets(node, 'agent-token: same\n'),
    'token: •••\nagent-token: same\n  auth_pass ••• # x\n  stats auth admin:•••\n',
  );
  assert.equal(
    withoutForeignSecrets('datastore-endpoint: mysql://kine:pw@tcp(h)/k', ''),
    'datastore-endpoint: mysql://kine:•••@tcp(h)/k',
  );
});
