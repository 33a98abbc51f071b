import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { faultsOf, secretsOf } from '../../../src/ops/check-plan';
import { renderPlan } from '../../../src/ops/render-plan';
import type { K3sServerFacts } from '../../../src/ops/restore/k3s-facts';
import { planK3sRestore } from '../../../src/ops/restore/plan-k3s';
import type { RestoreSnapshot } from '../../../src/ops/restore/restore-snapshot';
import { type ClusterState, clusterState } from '../../../src/ops/status/cluster-state';
import { fleetState, wholeFleet } from '../../support/fleet';
import { matchesGolden } from '../../support/golden';

const snapshot: RestoreSnapshot = {
  host: 'cp1',
  path: '/var/lib/rancher/k3s/server/db/snapshots/daily-cp1-1795217796',
  bytes: 2_351_136,
  hash: 'ab'.repeat(32),
  local: { path: '/tmp/copy', sha256: 'cd'.repeat(32) },
  content: {
    revision: 2080,
    keys: 386,
    versions: 900,
    members: [],
    tokenHashes: ['0123456789ab'],
    storageVersion: '3.6.0',
    sample: [],
  },
};

const facts = (host: string, more: Partial<K3sServerFacts> = {}): K3sServerFacts => ({
  host,
  version: 'v1.34.1+k3s1',
  dataDir: '/var/lib/rancher/k3s',
  keys: new Set(['token']),
  server: host === 'cp1' ? '' : 'https://10.0.0.100:6443',
  unit: 'loaded',
  unitArguments: [],
  unitEnvironment: new Set(),
  tokenHash: '0123456789ab',
  hasDatabase: true,
  hasResetFlag: false,
  oldDatabases: [],
  mounts: [],
  databaseKb: 3000,
  freeKb: 10_000_000,
  nodeName: host,
  hostName: host,
  hasNodePassword: true,
  ...(host === 'cp1' ? { snapshot: { kind: 'whole', bytes: 2_351_136, hash: 'ab'.repeat(32), tokenHashes: [] } } : {}),
  ...more,
});

const state = (): ClusterState =>
  clusterState(
    {
      name: 'seoul',
      distribution: 'k3s',
      versions: {},
      configs: [],
      nodes: ['cp1', 'cp2', 'cp3'].map((name, i) => ({ name, address: `10.0.0.1${i}`, roles: ['server'], ssh: {} })),
    },
    new Map(),
    ['10.0.0.100'],
  );

const plan = (
  changes: readonly Partial<K3sServerFacts>[] = [],
  more: Partial<RestoreSnapshot> = {},
  absent: string[] = [],
) =>
  planK3sRestore(
    state(),
    ['cp1', 'cp2', 'cp3'].filter((each) => !absent.includes(each)).map((host, i) => facts(host, changes[i])),
    { stamp: '20261121-070000', snapshot: { ...snapshot, ...more }, absent: [] },
  );
const blockers = (made: ReturnType<typeof plan>) =>
  made.blockers.map(
    (each) => `${each.host ?? ''}: ${render(each.message)}; ${each.remedy === undefined ? '' : render(each.remedy)}`,
  );

describe('what stands against a restore of k3s', () => {
  test('nothing, where all is as it should be', () => {
    const made = plan();
    assert.deepEqual(blockers(made), []);
    assert.deepEqual(faultsOf(made), []);
    assert.deepEqual(secretsOf(made), []);
    assert.equal(made.destructive, true);
  });

  test('reads as it will run', () => {
    matchesGolden('restore-k3s.md', renderPlan(plan(), render));
  });

  const refused: readonly (readonly [string, ReturnType<typeof plan>, RegExp])[] = [
    [
      'an external datastore',
      plan([{}, { keys: new Set(['datastore-endpoint']) }]),
      /^cp2: its datastore is outside.*its own tools/,
    ],
    ['one given by the unit', plan([{ unitArguments: ['--datastore-endpoint=masked'] }]), /its datastore is outside/],
    [
      'one given by its environment',
      plan([{ unitEnvironment: new Set(['K3S_DATASTORE_ENDPOINT']) }]),
      /its datastore is outside/,
    ],
    [
      'another token',
      plan([{ tokenHash: 'ffffffffffff' }]),
      /^cp1: its token is not the one.*put the token of that time/,
    ],
    [
      'another token than the one that was noted',
      plan([{ tokenHash: 'ffffffffffff', notedTokenHash: '0123456789ab' }]),
      /^cp1: its token is not the one.*whose SHA-256 begins with 0123456789ab/,
    ],
    ['no token', plan([{ tokenHash: '' }]), /^cp1: there is no token/],
    ['a full disk', plan([{ freeKb: 5000 }]), /^cp1: 5000 KiB are free, and the restore needs 6889/],
    [
      'a database on a disk of its own, which would come back over the new one at the next boot',
      plan([{}, { mounts: ['/var/lib/rancher/k3s/server/db/etcd'] }]),
      /^cp2: \/var\/lib\/rancher\/k3s\/server\/db\/etcd is a disk of its own/,
    ],
    ['a silent server', plan([], {}, ['cp3']), /^cp3: it does not answer/],
    [
      'a damaged snapshot',
      plan([{ snapshot: { kind: 'damaged', why: 'hash' } }]),
      /is not whole: hash; choose another/,
    ],
    [
      'a reset that stands in the file',
      plan([{}, {}, { keys: new Set(['cluster-reset']) }]),
      /^cp3: "cluster-reset" stands/,
    ],
    ['two servers that begin clusters', plan([{}, { server: '' }]), /^cp2: its config.yaml has no "server"/],
    [
      'a peer that joins one behind it',
      plan([{}, { server: 'https://10.0.0.12:6443' }, { server: 'https://10.0.0.11:6443' }]),
      /^cp2: it joins by https:\/\/10.0.0.12:6443, which is not up/,
    ],
    ['an installation under another name', plan([{ unit: 'not-found' }]), /^cp1: there is no unit named k3s/],
    ['an older etcd', plan([{ version: 'v1.33.4+k3s1' }]), /the snapshot is of etcd 3.6/],
    [
      'secrets on the command line',
      plan([{ unitArguments: ['--etcd-s3-secret-key=masked'] }]),
      /cannot be repeated here: --etcd-s3-secret-key=masked/,
    ],
    [
      'a data directory in the environment of the unit',
      plan([{ unitEnvironment: new Set(['K3S_TOKEN', 'K3S_DATA_DIR']) }]),
      /cannot be repeated here: K3S_DATA_DIR; move them/,
    ],
    ['settings in another file', plan([{ unitArguments: ['--config', '/etc/k3s.yaml'] }]), /repeated here: --config;/],
    ['a data directory by its short name', plan([{ unitArguments: ['-d', '/data'] }]), /repeated here: -d;/],
    ['a token by its short name', plan([{ unitArguments: ['-t=masked'] }]), /repeated here: -t=masked;/],
    [
      'another token on a server that joins',
      plan([{}, { tokenHash: 'ffffffffffff' }]),
      /^cp2: its token is not the one/,
    ],
    ['no token on a server that joins', plan([{}, {}, { tokenHash: '' }]), /^cp3: there is no token/],
    ['a data directory that is no path', plan([{ dataDir: '/data/$(id)' }]), /which Haven does not touch/],
  ];
  for (const [name, made, pattern] of refused) {
    test(name, () => {
      assert.ok(
        blockers(made).some((each) => pattern.test(each)),
        blockers(made).join('\n'),
      );
      assert.equal(made.steps.length, 0);
    });
  }

  test('a server that was said to be off and answers is refused: with its data it would go on with the old cluster', () => {
    const all = ['cp1', 'cp2', 'cp3'].map((host) => facts(host));
    const made = planK3sRestore(state(), all, { stamp: '20261121-070000', snapshot, absent: ['cp3'] });
    assert.deepEqual(blockers(made), ['cp3: it was said to be switched off, and it answers; ']);
    assert.deepEqual(made.steps, []);
  });

  const said = (made: ReturnType<typeof plan>) =>
    made.warnings.map((each) => `${render(each.message)}; ${each.remedy === undefined ? '' : render(each.remedy)}`);
  const member = { name: 'cp1-11111111', peerUrls: ['https://10.9.9.9:2380'] };
  const warned: readonly (readonly [string, ReturnType<typeof plan>, RegExp])[] = [
    ['no keys in it', plan([], { content: { ...snapshot.content, keys: 0 } }), /the snapshot holds no keys/],
    [
      'servers at other addresses',
      plan([], { content: { ...snapshot.content, members: [member] } }),
      /is of servers at other addresses: 10\.9\.9\.9; let tls-san, DNS, load balancers/,
    ],
    [
      'a note of another token than the one that opens it',
      plan([{ notedTokenHash: 'ffffffffffff' }]),
      /the token noted beside the snapshot is not the one of now.*make sure that this is the snapshot/,
    ],
    [
      'what earlier restores have left',
      plan([{ oldDatabases: ['/db/etcd-old-1'] }]),
      /have left \/db\/etcd-old-1; remove/,
    ],
  ];
  for (const [name, made, pattern] of warned) {
    test(`is said: ${name}`, () => {
      assert.deepEqual(blockers(made), []);
      assert.match(said(made).join('\n'), pattern);
      assert.doesNotMatch(said(plan()).join('\n'), pattern);
    });
  }

  test('is said: the cluster works, and what was written since will be gone', () => {
    const of = (made: ClusterState) =>
      said(
        planK3sRestore(
          made,
          ['cp1', 'cp2', 'cp3'].map((host) => facts(host)),
          {
            stamp: '20261121-070000',
            snapshot,
            absent: [],
          },
        ),
      ).join('\n');
    assert.match(of(fleetState()), /the cluster works: everything written since the snapshot will be gone/);
    assert.doesNotMatch(
      of(fleetState(wholeFleet.map((each) => ({ ...each, etcd: 'sick' as const })))),
      /the cluster works/,
    );
  });

  test('of a zip in S3 that some releases do not find it is said, of others not', () => {
    const of = (version: string, object: string) => {
      const all = ['cp1', 'cp2', 'cp3'].map((host) =>
        facts(host, { version, keys: new Set(['token', 'etcd-s3-bucket']) }),
      );
      return said(planK3sRestore(state(), all, { stamp: '20261121-070000', snapshot: { object }, absent: [] })).join(
        '\n',
      );
    };
    const lost = /may not find a zipped snapshot.*download the snapshot and restore the file/;
    for (const version of ['v1.35.3+k3s1', 'v1.36.0+k3s1']) assert.match(of(version, 'daily.zip'), lost, version);
    for (const version of ['v1.34.9+k3s1', 'v1.35.2+k3s1'])
      assert.doesNotMatch(of(version, 'daily.zip'), lost, version);
    assert.doesNotMatch(of('v1.36.0+k3s1', 'daily'), lost);
  });

  test('settings of S3 from here that name no bucket, or something else, are refused', () => {
    const of = (keys: readonly string[]) => {
      const settings = { localPath: '/w/s3.yaml', sha256: 'ab'.repeat(32), bytes: 7, keys };
      const all = ['cp1', 'cp2', 'cp3'].map((host) => facts(host));
      const object = { object: 'daily', settings };
      return blockers(planK3sRestore(state(), all, { stamp: '20261121-070000', snapshot: object, absent: [] }));
    };
    assert.match(of(['etcd-s3-endpoint']).join(), /s3\.yaml names no bucket; write etcd-s3-bucket/);
    assert.match(of(['etcd-s3-bucket', 'token']).join(), /s3\.yaml has "token", which is no setting of S3; write/);
    assert.deepEqual(of(['etcd-s3-bucket', 'etcd-s3-endpoint']), []);
  });

  test('the server that begins clusters is the first, wherever the snapshot lies', () => {
    const made = plan([{ server: 'https://10.0.0.100:6443' }, { server: '' }]);
    assert.deepEqual(blockers(made), []);
    assert.ok(made.steps.some((step) => step.id === 'reset@cp2'));
    const upload = made.steps.find((step) => step.id === 'upload-snapshot@cp2');
    assert.ok(upload !== undefined && 'upload' in upload);
    assert.ok(!made.steps.some((step) => step.id === 'copy@cp2'));
  });

  test('a machine without a database is told to have no way back, and nothing is said of a reset that might not work there', () => {
    const { warnings, undo } = plan([{ hasDatabase: false }]);
    const own = warnings.filter((each) => each.host === 'cp1');
    assert.deepEqual(
      own.map((each) => [render(each.message), each.remedy]),
      [['it has no database now, so there is nothing to go back to', undefined]],
    );
    assert.equal(undo, undefined);
  });

  test('peers come after the server they join', () => {
    const made = plan([{}, { server: 'https://10.0.0.12:6443' }]);
    const order = made.steps.map((step) => step.id).filter((id) => id.startsWith('start@'));
    assert.deepEqual(order, ['start@cp1', 'start@cp3', 'start@cp2']);
  });

  test('settings of the unit are repeated, what joins and what is secret is not', () => {
    const made = plan([
      { unitArguments: ['--node-ip', '10.0.0.10', '--server=https://x:6443', '--token=masked', '--cluster-init'] },
    ]);
    assert.deepEqual(blockers(made), []);
    const reset = made.steps.find((step) => step.id === 'reset@cp1');
    assert.ok(reset !== undefined && 'run' in reset);
    assert.deepEqual(reset.run.argv.slice(2), ['reset', '1800', '--node-ip', '10.0.0.10']);
  });

  test('all servers are held before one is reset, and all old databases are aside before one starts', () => {
    const ids = plan().steps.map((step) => step.id);
    const at = (id: string) => ids.indexOf(id);
    for (const host of ['cp1', 'cp2', 'cp3'])
      assert.ok(at(`hold@${host}`) >= 0 && at(`held@${host}`) < at('reset@cp1'));
    for (const host of ['cp2', 'cp3']) assert.ok(at(`aside@${host}`) >= 0 && at(`aside@${host}`) < at('reset@cp1'));
    assert.ok(at('copy@cp1') < at('hold@cp1'));
    assert.ok(at('verify@cp1') < at('start@cp2'));
  });
});
