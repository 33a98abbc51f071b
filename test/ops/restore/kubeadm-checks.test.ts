import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { faultsOf } from '../../../src/ops/check-plan';
import { renderPlan } from '../../../src/ops/render-plan';
import type { KubeadmServerFacts } from '../../../src/ops/restore/kubeadm-facts';
import { kubeadmFactsCommand, parseKubeadmFacts } from '../../../src/ops/restore/kubeadm-facts';
import { kubeadmRestoreScript } from '../../../src/ops/restore/kubeadm-script';
import { planKubeadmRestore } from '../../../src/ops/restore/plan-kubeadm';
import type { RestoreSnapshot } from '../../../src/ops/restore/restore-snapshot';
import { clusterState } from '../../../src/ops/status/cluster-state';
import { type FleetNode, fleetState, wholeFleet } from '../../support/fleet';
import { matchesGolden } from '../../support/golden';
import { sharedFolder } from '../../support/shared';

const manifests = sharedFolder('facts', 'kubeadm', 'recordings', 'cluster', 'files');

const stamp = '20261121-070000';
const snapshot: RestoreSnapshot = {
  host: 'cp1',
  path: '/var/lib/haven/snapshots/haven-20261120-000000',
  bytes: 2_424_864,
  hash: 'ab'.repeat(32),
  local: { path: '/tmp/copy', sha256: 'cd'.repeat(32) },
  content: { revision: 2080, keys: 386, versions: 900, members: [], tokenHashes: [], sample: [] },
};
const hosts = ['cp1', 'cp2', 'cp3'];
const facts = (host: string, more: Partial<KubeadmServerFacts> = {}): KubeadmServerFacts => ({
  host,
  flags: new Map([
    ['name', host],
    ['initial-advertise-peer-urls', `https://10.0.0.1${hosts.indexOf(host)}:2380`],
    ['listen-client-urls', `https://127.0.0.1:2379,https://10.0.0.1${hosts.indexOf(host)}:2379`],
    ['listen-metrics-urls', 'http://127.0.0.1:2381'],
  ]),
  dataDir: '/var/lib/etcd',
  etcdServers: ['https://127.0.0.1:2379'],
  tool: 'etcdutl',
  canBump: true,
  pki: new Set(),
  missing: [],
  lacking: [],
  freeKb: 10_000_000,
  ...(host === 'cp1' ? { snapshot: { kind: 'whole', bytes: 2_424_864, hash: 'ab'.repeat(32), tokenHashes: [] } } : {}),
  ...more,
});
const plan = (
  changes: readonly Partial<KubeadmServerFacts>[] = [],
  more: Partial<RestoreSnapshot> = {},
  silent: string[] = [],
) =>
  planKubeadmRestore(
    clusterState(
      {
        name: 'busan',
        distribution: 'kubeadm',
        versions: {},
        configs: [],
        nodes: [
          ...hosts.map((name, i) => ({ name, address: `10.0.0.1${i}`, roles: ['server' as const], ssh: {} })),
          { name: 'w1', address: '10.0.0.20', roles: ['agent' as const], ssh: {} },
        ],
      },
      new Map(),
      [],
    ),
    hosts.filter((each) => !silent.includes(each)).map((host, i) => facts(host, changes[i])),
    { stamp, snapshot: { ...snapshot, ...more }, absent: [] },
  );
const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const content = (authority: string, url: string): RestoreSnapshot['content'] => ({
  ...snapshot.content,
  members: [{ name: 'cp1', peerUrls: [url] }],
  kubeadm: { authorities: pem(authority), nodes: [] },
});
const blockers = (made: ReturnType<typeof plan>) =>
  made.blockers.map(
    (each) => `${each.host ?? ''}: ${render(each.message)}; ${each.remedy === undefined ? '' : render(each.remedy)}`,
  );

describe('what stands against a restore of a kubeadm cluster', () => {
  test('nothing, where all is as it should be; it reads as it will run', () => {
    const made = plan();
    assert.deepEqual(blockers(made), []);
    assert.deepEqual(faultsOf(made), []);
    matchesGolden('restore-kubeadm.md', renderPlan(made, render));
  });

  const refused: readonly (readonly [string, ReturnType<typeof plan>, RegExp])[] = [
    [
      'etcd on other hosts',
      plan([{ flags: new Map(), etcdServers: ['https://10.0.0.30:2379'] }]),
      /^cp1: its etcd is outside: https:\/\/10.0.0.30:2379; restore it there/,
    ],
    ['a manifest that is not there', plan([{}, { flags: new Map() }]), /^cp2: its etcd.yaml does not say name/],
    ['no program', plan([{}, { tool: undefined }]), /^cp2: there is no etcdutl/],
    ['no crictl', plan([{ missing: ['crictl'] }]), /^cp1: crictl is not installed/],
    ['a full disk', plan([{}, {}, { freeKb: 5000 }]), /^cp3: 5000 KiB are free/],
    ['a silent node', plan([], {}, ['cp3']), /^cp3: it does not answer, so nobody can prove that its etcd is stopped/],
    [
      'a data directory that is no path',
      plan([{}, { dataDir: '/data/$(id)' }]),
      /^cp2: its data directory is .*does not touch/,
    ],
    ['a damaged snapshot', plan([{ snapshot: { kind: 'damaged', why: 'size' } }]), /is not whole: size/],
    [
      'a snapshot of k3s',
      plan([], { content: { ...snapshot.content, tokenHashes: ['0123456789ab'] } }),
      /the snapshot is one of k3s/,
    ],
    [
      'a log of etcd that lies elsewhere',
      plan([{}, { flags: new Map([...facts('cp2').flags, ['wal-dir', '/srv/wal']]) }]),
      /^cp2: its data directory is \/var\/lib\/etcd, \/srv\/wal, which Haven does not touch/,
    ],
    [
      'data in a folder below the one that is mounted',
      plan([{ flags: new Map([...facts('cp1').flags, ['data-dir', '/var/lib/etcd/data']]) }]),
      /^cp1: its data directory is \/var\/lib\/etcd, \/var\/lib\/etcd\/data, which Haven does not touch/,
    ],
    [
      'a snapshot of another cluster with the same names',
      plan([{ authority: pem('ours') }], { content: content('theirs', 'https://192.0.2.1:2380') }),
      /^cp1: the authority in \/etc\/kubernetes\/pki\/ca.crt is not the one .*; choose a snapshot of this cluster/,
    ],
  ];
  test('an authority that was replaced since the snapshot is told of, and one of several is enough', () => {
    const warnings = (authority: string, of: string, url: string) =>
      plan([{ authority }], { content: content(of, url) }).warnings.filter((each) =>
        /authority/.test(render(each.message)),
      );
    const home = 'https://10.0.0.10:2380';
    assert.equal(warnings(pem('ours'), 'older', home).length, 1);
    assert.equal(warnings(`${pem('newer')}${pem('ours')}`, 'ours', home).length, 0);
    assert.equal(warnings(pem('ours'), 'ours', 'https://192.0.2.1:2380').length, 0, 'readdressed since');
    assert.equal(warnings('', 'theirs', 'https://192.0.2.1:2380').length, 0, 'unknown');
  });

  for (const [name, made, pattern] of refused) {
    test(name, () => {
      assert.ok(
        blockers(made).some((each) => pattern.test(each)),
        blockers(made).join('\n'),
      );
      assert.equal(made.steps.length, 0);
    });
  }

  test('every member is given the same list and a token of the run, all are stopped before data change places, and all have them before one starts', () => {
    const { steps } = plan();
    const ids = steps.map((step) => step.id);
    const prepared = steps.filter((step) => step.id.startsWith('prepare@'));
    const words = prepared.map((step) => ('run' in step ? step.run.argv.slice(2) : []));
    const list = 'cp1=https://10.0.0.10:2380,cp2=https://10.0.0.11:2380,cp3=https://10.0.0.12:2380';
    assert.deepEqual(
      words,
      hosts.map(() => ['prepare', list, 'bump']),
    );
    assert.match(kubeadmRestoreScript({ stamp, dataDir: '/var/lib/etcd' }), /--initial-cluster-token "haven-\$S"/);
    const last = (name: string) => Math.max(...hosts.map((host) => ids.indexOf(`${name}@${host}`)));
    const first = (name: string) => Math.min(...hosts.map((host) => ids.indexOf(`${name}@${host}`)));
    assert.ok(last('prepare') < first('stop'));
    assert.ok(last('stopped') < first('swap'));
    assert.ok(last('swap') < first('etcd'));
    assert.ok(ids.indexOf('compare@cp1') < first('start'));
  });

  test('where the revision cannot be raised on every member it is raised on none, and kubelets are restarted', () => {
    const { steps, warnings } = plan([{}, { canBump: false }]);
    assert.ok(steps.every((step) => !('run' in step) || !step.run.argv.includes('bump')));
    assert.deepEqual(
      steps.filter((step) => step.id.startsWith('kubelet-')).map((step) => step.host),
      ['cp1', 'cp2', 'cp3', 'w1'],
    );
    assert.ok(warnings.some((each) => /cannot raise the revision/.test(render(each.message))));
  });

  test('is said: the cluster works, and what was written since will be gone', () => {
    const of = (nodes: readonly FleetNode[]) =>
      planKubeadmRestore(
        fleetState(nodes, 'kubeadm'),
        hosts.map((host) => facts(host)),
        { stamp, snapshot, absent: [] },
      ).warnings.some((each) => /the cluster works: everything written since/.test(render(each.message)));
    assert.equal(of(wholeFleet), true);
    assert.equal(of(wholeFleet.map((each) => ({ ...each, etcd: 'sick' as const }))), false);
  });

  test('reads the facts that a node prints', () => {
    const found = parseKubeadmFacts(
      'cp2',
      '\n=== flags\nname cp2\nlisten-client-urls https://127.0.0.1:2379\n\n=== data-dir\n/var/lib/etcd\n\n=== etcd-servers\nhttps://127.0.0.1:2379\n\n=== tool\ncontainer\n\n=== bump\nyes\n\n=== missing\n\n=== free\n1234\n\n=== snapshot\n\n=== end\n',
    );
    assert.equal(found?.flags.get('name'), 'cp2');
    assert.equal(found?.tool, 'container');
    assert.equal(found?.canBump, true);
    assert.equal(found?.freeKb, 1234);
    assert.equal(parseKubeadmFacts('cp2', 'sh: not found'), undefined);
  });

  test('finds name, addresses and data directory in the manifests that kubeadm writes', {
    skip: manifests === undefined && 'there are no recordings beside the checkout',
  }, () => {
    const text = readFileSync(join(manifests ?? '', 'manifests-cp2.txt'), 'utf8');
    const folder = mkdtempSync(join(tmpdir(), 'haven-manifests-'));
    for (const name of ['etcd', 'kube-apiserver']) {
      const [, body = ''] = text.split(`=== /etc/kubernetes/manifests/${name}.yaml\n`);
      writeFileSync(join(folder, `${name}.yaml`), body.split('\n===')[0] ?? '');
    }
    const [program, ...words] = kubeadmFactsCommand(undefined).argv.map((word) =>
      String(word).replaceAll('/etc/kubernetes/manifests', folder),
    );
    const found = parseKubeadmFacts('cp2', execFileSync(program ?? '', words, { encoding: 'utf8' }));
    rmSync(folder, { recursive: true });
    assert.equal(found?.flags.get('name'), 'cp2');
    assert.equal(found?.flags.get('initial-advertise-peer-urls'), 'https://10.77.0.12:2380');
    assert.equal(found?.dataDir, '/var/lib/etcd');
    assert.deepEqual(found?.etcdServers, ['https://127.0.0.1:2379']);
  });

  test('its script is one that shells read', () => {
    for (const shell of ['dash', 'bash'])
      execFileSync(shell, ['-n'], { input: kubeadmRestoreScript({ stamp, dataDir: '/var/lib/etcd' }) });
  });
});
