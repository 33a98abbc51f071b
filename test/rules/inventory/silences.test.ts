import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workspaceOf } from '../../support/clusters';

/** What is said of an inventory with one configuration, and of the files beside it. */
function told(config: string, beside: Readonly<Record<string, string>> = {}, endpoint = 'lb.example.com:6443') {
  const text = `clusters:
  - name: a
    endpoint: ${endpoint}
    nodes: [{ name: lb1, address: 10.0.0.8, roles: [loadbalancer] }]
    configs:
      - { file: lb/haproxy.cfg, on: [lb1] }
      - ${config}
`;
  return workspaceOf(new Map(Object.entries({ 'haven.yaml': text, ...beside })))
    .diagnose('haven.yaml')
    .flatMap(({ rule, severity }) => (rule.startsWith('inventory/') ? [`${severity} ${rule}`] : []));
}

const balancer = { 'lb/haproxy.cfg': 'defaults\n  mode tcp\n' };

test('a file that an inventory names is missed where its others are there, and not by its place on the machine', () => {
  const other = '{ file: lb/haproxi.cfg, on: [lb1] }';
  assert.deepEqual(told(other, balancer), ['warning inventory/file-not-found']);
  assert.deepEqual(told(other), [], 'an inventory that was opened alone');
  assert.deepEqual(told('{ file: /etc/haproxy/haproxy.cfg, on: [lb1] }', balancer), []);
});

test('a file that names one node twice most likely means another', () => {
  assert.deepEqual(told('{ file: lb/k.conf, on: [lb1, lb1] }'), ['warning inventory/duplicate-node']);
});

test('an endpoint is a host and a port, and no URL', () => {
  const fine = '{ file: lb/k.conf, on: [lb1] }';
  for (const endpoint of ['lb.example.com', '10.0.0.100:8443'])
    assert.deepEqual(told(fine, {}, endpoint), [], endpoint);
  for (const endpoint of ['https://lb.example.com:6443', 'lb.example.com:0', 'lb.example.com:70000'])
    assert.deepEqual(told(fine, {}, endpoint), ['error inventory/bad-value'], endpoint);
});

test('a list of roles, or of nodes of a file, that is empty says as little as none', () => {
  assert.deepEqual(told('{ file: lb/k.conf, on: [] }'), ['error inventory/missing-key']);
  const inventory = 'clusters:\n  - name: a\n    nodes: [{ name: cp1, address: 10.0.0.1, roles: [] }]\n';
  assert.deepEqual(
    workspaceOf(new Map([['haven.yaml', inventory]]))
      .diagnose('haven.yaml')
      .map((each) => each.rule),
    ['inventory/missing-key'],
  );
});

test('a second document is said not to be read, an empty one and marks around the first are not', () => {
  const clusters = 'clusters:\n  - name: a\n    nodes: [{ name: cp1, address: 10.0.0.1, roles: [server] }]\n';
  const linesOf = (text: string) =>
    workspaceOf(new Map([['haven.yaml', text]]))
      .diagnose('haven.yaml')
      .map(({ rule, severity, span }) => `${text.slice(0, span.start).split('\n').length} ${severity} ${rule}`);
  assert.deepEqual(linesOf(`${clusters}---\n# test\n${clusters}`), ['6 warning inventory/second-document']);
  assert.deepEqual(linesOf(`${clusters}---\n- a\n---\n${clusters}`), [
    '5 warning inventory/second-document',
    '7 warning inventory/second-document',
  ]);
  for (const text of [`# a\n---\n${clusters}`, `${clusters}---\n`, `${clusters}...\n---\n# nothing\n`])
    assert.deepEqual(linesOf(text), [], text);
});

test('members of etcd are not counted where a node has a role that nobody knows', () => {
  const inventory = (roles: readonly string[]) =>
    `clusters:\n  - name: a\n    nodes:\n${roles
      .map((role, index) => `      - { name: n${index}, address: 10.0.0.${index + 1}, roles: [${role}] }\n`)
      .join('')}`;
  const rulesOf = (...roles: readonly string[]) =>
    workspaceOf(new Map([['haven.yaml', inventory(roles)]]))
      .diagnose('haven.yaml')
      .map((each) => each.rule);
  assert.deepEqual(rulesOf('server', 'server', 'agent'), ['inventory/even-servers']);
  assert.deepEqual(rulesOf('server', 'server', 'servr'), ['inventory/bad-value']);
  assert.deepEqual(rulesOf('server', 'server', ''), ['inventory/missing-key']);
  assert.deepEqual(rulesOf('server', 'server', 'server', 'etcdd'), ['inventory/bad-value']);
});
