import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { Workspace } from '../../../src/service';
import type { AnyLanguage } from '../../../src/service/language';
import { languageOf } from '../../../src/service/registry';

const inventory = languageOf('inventory') as AnyLanguage;

test('the outline has the nodes of a cluster and its files', () => {
  const text = `clusters:
  - name: prod
    nodes: [{ name: lb1, address: 192.0.2.5, roles: [loadbalancer] }]
    configs: [{ file: lb/haproxy.cfg, on: [lb1] }]
`;
  const [cluster] = inventory.symbols?.(inventory.analyse({ path: 'haven.yaml', text, versions: {} })) ?? [];
  assert.deepEqual(
    cluster?.children.map(({ name, detail }) => `${name}: ${detail}`),
    ['lb1: 192.0.2.5 loadbalancer', 'lb/haproxy.cfg: lb1'],
  );
});

test('damage is told in words of its own, and nothing behind it is guessed at', () => {
  const workspace = new Workspace();
  const nodes = '    nodes:\n      - { name: a, address: 192.0.2.11, roles: [servr] }\n';
  workspace.open('haven.yaml', `clusters:\n  - name: prod\n    distribution: k3d\n    ssh: { user: ops\n${nodes}`);
  const told = workspace.diagnose('haven.yaml').map(({ rule, message }) => `${rule} ${render(message)}`);
  assert.equal(told.length, 2, told.join('\n'));
  assert.ok(told.some((each) => /^inventory\/syntax a bracket is missing/.test(each)));
  assert.ok(told.some((each) => /"k3d"/.test(each)));
});

test('a line that says which YAML it is does not keep an inventory from being read', () => {
  const workspace = new Workspace();
  const nodes = '    nodes:\n      - { name: a, address: 192.0.2.11, roles: [servr] }\n';
  for (const version of ['1.1', '1.2']) {
    workspace.open('haven.yaml', `%YAML ${version}\n---\nclusters:\n  - name: prod\n${nodes}`);
    assert.deepEqual(
      workspace.diagnose('haven.yaml').map(({ rule, span }) => `${rule} ${span.start}`),
      [`inventory/bad-value ${`%YAML ${version}\n---\nclusters:\n  - name: prod\n${nodes}`.indexOf('servr')}`],
      version,
    );
  }
});
