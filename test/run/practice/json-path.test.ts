import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonPath } from '../../../src/run/practice/programs/json-path';

const node = {
  metadata: { name: 'cp1', labels: { 'node-role.kubernetes.io/etcd': 'true' } },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'EtcdIsVoter', status: 'False' },
    ],
  },
};

test('templates read fields, indices, all items and those that fit', () => {
  assert.equal(jsonPath('{.metadata.name}', node), 'cp1');
  assert.equal(jsonPath('{.metadata.labels.node-role\\.kubernetes\\.io/etcd}', node), 'true');
  assert.equal(jsonPath('{.status.conditions[*].type}', node), 'Ready EtcdIsVoter');
  assert.equal(jsonPath('{.status.conditions[1].type}', node), 'EtcdIsVoter');
  assert.equal(jsonPath('{.status.conditions[?(@.type=="Ready")].status}', node), 'True');
  assert.equal(jsonPath('{.status.conditions[?(@.type=="MemoryPressure")].status}', node), '');
});

test('a range repeats its text for each item', () => {
  const list = { items: [node, { metadata: { name: 'cp2' } }] };
  assert.equal(jsonPath('{range .items[*]}{.metadata.name}{"\\t"}{end}', list), 'cp1\tcp2\t');
  assert.equal(jsonPath('{range .items[*]}{.metadata.name}{"\\n"}{end}', { items: [] }), '');
});
