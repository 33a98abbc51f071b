import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { Workspace } from '../../../src/service';

const inventory = (roles: readonly string[]) =>
  `clusters:\r\n  - name: prod\r\n    nodes:\r\n${roles
    .map((role, index) => `      - { name: n${index}, address: 192.0.2.${index + 1}, roles: [${role}] }\r\n`)
    .join('')}    configs:\r\n      - { file: server.yaml, on: [n0], path: /etc/rancher/k3s/config.yaml }\r\n`;

function hintsOf(text: string, server = 'cluster-init: true\n'): readonly string[] {
  const workspace = new Workspace();
  workspace.open('haven.yaml', text);
  if (server !== '') workspace.open('server.yaml', server);
  const hints = workspace.hintsIn('haven.yaml', { start: 0, end: text.length });
  for (const { offset } of hints) assert.match(text.slice(0, offset), /nodes:$/);
  return hints.map(({ label, tooltip }) => `${render(label)}|${tooltip === undefined ? '' : render(tooltip)}`);
}

test('the list of nodes says how many servers etcd can lose', () => {
  assert.deepEqual(hintsOf(inventory(['server', 'server', 'server', 'agent', 'loadbalancer'])), [
    'quorum 2 of 3, 1 may fail|etcd answers while 2 of these members live: n0, n1, n2',
  ]);
  assert.match(hintsOf(inventory(['server', 'server', 'server', 'server']))[0] ?? '', /^quorum 3 of 4, 1 may fail/);
  assert.match(hintsOf(inventory(['server', 'etcd', 'etcd', 'etcd']))[0] ?? '', /live: n1, n2, n3$/);
});

test('nothing is counted where etcd is elsewhere, where there may be none, and where a role is not known', () => {
  const three = inventory(['server', 'server', 'server']);
  const mysql = 'datastore-endpoint: "mysql://k3s:x@tcp(192.0.2.9:3306)/k3s"\n';
  assert.equal(hintsOf(three).length, 1);
  assert.deepEqual(hintsOf(three, mysql), []);
  assert.deepEqual(hintsOf(three, ''), []);
  assert.equal(hintsOf(inventory(['server', 'etcd', 'etcd', 'etcd']), '').length, 1);
  assert.deepEqual(hintsOf(inventory(['server'])), []);
  assert.deepEqual(hintsOf(inventory(['server', 'server', 'servr'])), []);
});

test('hints are those of the lines that were asked about', () => {
  const workspace = new Workspace();
  workspace.open('haven.yaml', inventory(['server', 'etcd', 'etcd', 'etcd']));
  assert.deepEqual(workspace.hintsIn('haven.yaml', { start: 0, end: 5 }), []);
  assert.deepEqual(workspace.hintsIn('nothing.yaml', { start: 0, end: 5 }), []);
});
