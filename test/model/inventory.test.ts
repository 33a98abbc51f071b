import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseInventory } from '../../src/model/inventory/parse-inventory';

test('the example inventory is read in full', () => {
  const [cluster] = parseInventory(readFileSync('examples/haven.yaml', 'utf8')).clusters;
  assert.equal(cluster?.name, 'prod');
  assert.equal(cluster?.endpoint, 'lb.example.com:6443');
  assert.deepEqual(cluster?.nodes[3], {
    name: 'lb1',
    address: '192.168.1.8',
    roles: ['loadbalancer'],
    ssh: { user: 'ops' },
  });
  assert.deepEqual(cluster?.configs[0], { file: 'lb/haproxy.cfg', on: ['lb1', 'lb2'] });
});

test('a node overrides the SSH settings of its cluster', () => {
  const text = `clusters:
  - name: a
    ssh: { user: ops, jump: bastion }
    nodes: [{ name: n1, address: 10.0.0.1, roles: [server], ssh: { port: 2222, user: root } }]
`;
  assert.deepEqual(parseInventory(text).clusters[0]?.nodes[0]?.ssh, { user: 'root', jump: 'bastion', port: 2222 });
});

test('every prefix of an inventory is read without an exception', () => {
  const text = readFileSync('examples/haven.yaml', 'utf8');
  for (let end = 0; end <= text.length; end += 7) parseInventory(text.slice(0, end));
});
