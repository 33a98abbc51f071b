import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BoltError } from '../../../src/ops/snapshot-file/bolt';
import { databaseBytes, readSnapshot } from '../../../src/ops/snapshot-file/etcd-snapshot';
import { configMapEntry, kubeadmKeys } from '../../../src/ops/snapshot-file/kubeadm-objects';
import { EtcdStore, withTrailer } from '../../../src/run/practice/etcd/store';

const sourceOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: (at: number, length: number) => bytes.subarray(at, at + length),
});

const has = (program: string) => spawnSync(program, ['version'], { encoding: 'utf8' }).error === undefined;
const etcdctl = (args: readonly string[]) =>
  spawnSync('etcdctl', args, { encoding: 'utf8', env: { ...process.env, ETCDCTL_API: '3' } });

function example(): EtcdStore {
  const store = new EtcdStore();
  store.members = [{ id: 7n, name: 'cp1-11111111', peerUrl: 'https://192.0.2.11:2380', learner: false }];
  for (let i = 0; i < 300; i++) store.put(`/registry/configmaps/default/c${i}`, 'x'.repeat(i * 3));
  store.put('/bootstrap/5e36583502a8', 'sealed');
  for (let i = 0; i < 40; i++) store.delete(`/registry/configmaps/default/c${i}`);
  store.put('/registry/configmaps/default/c50', 'changed');
  return store;
}

/** A ConfigMap as kube-apiserver stores it: a message within a message behind four bytes. */
function inProtobuf(data: Readonly<Record<string, string>>): Buffer {
  const length = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...length(value >> 7)]);
  const field = (number: number, ...parts: readonly (Buffer | string)[]) => {
    const body = Buffer.concat(parts.map((each) => Buffer.from(each)));
    return Buffer.concat([Buffer.from([number * 8 + 2, ...length(body.length)]), body]);
  };
  const entries = Object.entries(data).map(([key, value]) => field(2, field(1, key), field(2, value)));
  const map = Buffer.concat([field(1, field(1, 'kubeadm-config'), field(3, 'kube-system')), ...entries]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, field(1, 'v1'), field(2, 'ConfigMap')), field(2, map)]);
}

describe('what kubeadm keeps of a cluster in its own objects', () => {
  const long = `apiVersion: kubeadm.k8s.io/v1beta4\n# ${'가'.repeat(200)}\nkind: ClusterConfiguration\n`;

  test('is read from protobuf and from JSON', () => {
    const data = { other: 'x'.repeat(10), ClusterConfiguration: long };
    assert.equal(configMapEntry(inProtobuf(data), 'ClusterConfiguration'), long);
    assert.equal(configMapEntry(Buffer.from(JSON.stringify({ data })), 'ClusterConfiguration'), long);
    assert.equal(configMapEntry(inProtobuf(data), 'kubelet'), undefined);
  });

  test('is not made up where it is encrypted, cut off or no object at all', () => {
    const cut = inProtobuf({ ClusterConfiguration: long });
    assert.equal(
      configMapEntry(cut.subarray(0, cut.indexOf('ClusterConfiguration') + 20), 'ClusterConfiguration'),
      undefined,
    );
    for (const text of ['k8s:enc:aescbc:v1:key1:\u0001', '{', '', '{"data":{"ClusterConfiguration":1}}'])
      assert.equal(configMapEntry(Buffer.from(text), 'ClusterConfiguration'), undefined, text);
    assert.equal(configMapEntry(undefined, 'ClusterConfiguration'), undefined);
  });

  test('comes with the snapshot, as it was written last, with the names of the Nodes', () => {
    const store = new EtcdStore();
    assert.equal(readSnapshot(sourceOf(withTrailer(store.toBytes()))).kubeadm, undefined);
    for (const text of ['kubernetesVersion: v1.34.0\n', 'kubernetesVersion: v1.34.1\n'])
      store.put(kubeadmKeys.cluster, JSON.stringify({ data: { ClusterConfiguration: text } }));
    store.put('/registry/minions/cp1', '{}');
    store.put('/registry/minions/gone', '{}');
    store.delete('/registry/minions/gone');
    const authority = '-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n';
    const kubeconfig = `clusters:\n- cluster:\n    certificate-authority-data: ${Buffer.from(authority).toString('base64')}\n`;
    store.put(kubeadmKeys.info, JSON.stringify({ data: { kubeconfig } }));
    assert.deepEqual(readSnapshot(sourceOf(withTrailer(store.toBytes()))).kubeadm, {
      clusterConfiguration: 'kubernetesVersion: v1.34.1\n',
      authorities: authority,
      nodes: ['cp1'],
    });
  });
});

describe('what a snapshot holds', () => {
  test('is read from the file: revision, live keys, members, the tokens it was sealed with', () => {
    const content = readSnapshot(sourceOf(withTrailer(example().toBytes())));
    assert.equal(content.revision, 343);
    assert.equal(content.keys, 261);
    assert.deepEqual(content.tokenHashes, ['5e36583502a8']);
    assert.deepEqual(content.members, [{ name: 'cp1-11111111', peerUrls: ['https://192.0.2.11:2380'] }]);
    assert.equal(content.sample.length, 8);
  });

  test('damage is said, whatever is damaged, and never goes on for ever', () => {
    const whole = example().toBytes();
    assert.throws(() => readSnapshot(sourceOf(new Uint8Array(0))), BoltError);
    assert.throws(() => readSnapshot(sourceOf(Buffer.from('not a database'.repeat(1000)))), BoltError);
    assert.throws(() => readSnapshot(sourceOf(whole.subarray(0, whole.length / 2))), BoltError);
    // Any single page overwritten is refused or read to its end; nothing else may happen.
    for (let page = 0; page < whole.length / 4096; page++) {
      const bytes = Buffer.from(whole);
      bytes.fill(0xa5, page * 4096, (page + 1) * 4096);
      try {
        readSnapshot(sourceOf(bytes));
      } catch (error) {
        assert.ok(error instanceof BoltError || error instanceof RangeError, String(error));
      }
    }
  });

  test('only a size of whole pieces and a trailer is that of a saved snapshot', () => {
    assert.equal(databaseBytes(1114144), 1114112);
    for (const size of [0, 32, 1114112, 1114143]) assert.equal(databaseBytes(size), undefined);
  });

  test('a practice snapshot is one to the real etcdctl too', { skip: has('etcdctl') ? false : 'no etcdctl' }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'haven-snapshot-'));
    try {
      const path = join(folder, 'practice.db');
      writeFileSync(path, withTrailer(example().toBytes()));
      const status = etcdctl(['snapshot', 'status', path, '-w', 'json']);
      assert.equal(status.status, 0, status.stderr);
      assert.equal((JSON.parse(status.stdout) as { revision: number }).revision, 343);
      const restored = etcdctl(['snapshot', 'restore', path, '--data-dir', join(folder, 'data')]);
      assert.equal(restored.status, 0, restored.stderr);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const missing = has('etcd') && has('etcdctl') ? false : 'no etcd on this machine';
  test('a snapshot of a real etcd says what that etcd said', { skip: missing, timeout: 30_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'haven-etcd-'));
    const port = 20_000 + (process.pid % 20_000);
    const url = `http://127.0.0.1:${port}`;
    const peer = `http://127.0.0.1:${port + 20_000}`;
    const etcd = spawn(
      'etcd',
      // biome-ignore format: one flag and its value a line
      [
        '--name', 'one', '--data-dir', join(folder, 'data'), '--listen-client-urls', url, '--advertise-client-urls', url,
        '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `one=${peer}`,
      ],
      { stdio: 'ignore' },
    );
    try {
      const ask = (...args: readonly string[]) => etcdctl(['--endpoints', url, '--command-timeout=5s', ...args]);
      while (ask('endpoint', 'health').status !== 0) await new Promise((resolve) => setTimeout(resolve, 100));
      for (let i = 0; i < 30; i++) ask('put', `/registry/k${i}`, 'v'.repeat(i * 50));
      ask('put', '/registry/k3', 'again');
      ask('del', '/registry/k7');
      const path = join(folder, 'real.db');
      assert.equal(ask('snapshot', 'save', path).status, 0);
      const bytes = readFileSync(path);
      const database = databaseBytes(bytes.length);
      assert.ok(database !== undefined);
      const hash = createHash('sha256').update(bytes.subarray(0, database)).digest();
      assert.ok(hash.equals(bytes.subarray(database)));
      const content = readSnapshot(sourceOf(bytes));
      const status = JSON.parse(etcdctl(['snapshot', 'status', path, '-w', 'json']).stdout) as { revision: number };
      assert.equal(content.revision, status.revision);
      assert.equal(content.keys, 29);
      assert.equal(content.members[0]?.name, 'one');
    } finally {
      etcd.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
