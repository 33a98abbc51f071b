import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datastores, etcdMembers } from '../../../src/model/cluster/datastore';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

function modelOf(cluster: string, path: string, change: (text: string) => string) {
  const files = new Map(clusterFixtures().get(cluster));
  files.set(path, change(files.get(path) ?? ''));
  const [model] = workspaceOf(files).clusterModels();
  assert.ok(model !== undefined);
  return model;
}

test('the place of a database is shown without its password, wherever that stands', () => {
  const endpoint = 'postgres://k3s:hunter2@10.0.0.30:5432/k3s?sslmode=verify-full&password=hunter3';
  const model = modelOf('k3s-mysql', 'k3s/cp1.yaml', (text) => {
    assert.match(text, /^datastore-endpoint: /m);
    return text.replace(/^datastore-endpoint: .*$/m, `datastore-endpoint: ${endpoint}`);
  });
  const shown = datastores(model).map((each) => each.value);
  assert.ok(shown.includes('postgres://k3s:•••@10.0.0.30:5432/k3s'), shown.join());
});

test('a server that runs no etcd is no member of it', () => {
  const members = (more: string) =>
    etcdMembers(modelOf('k3s-embedded', 'k3s/cp3.yaml', (text) => text + more)).map((each) => each.name);
  assert.deepEqual(members(''), ['cp1', 'cp2', 'cp3']);
  assert.deepEqual(members('disable-etcd: true\n'), ['cp1', 'cp2']);
});
