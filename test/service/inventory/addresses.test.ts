import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';

/** What is said of a node with this address. */
function told(address: string): readonly string[] {
  const workspace = new Workspace();
  const node = `      - { name: cp1, address: "${address}", roles: [server] }`;
  workspace.open('haven.yaml', `clusters:\n  - name: lab\n    distribution: k3s\n    nodes:\n${node}\n`);
  return workspace.diagnose('haven.yaml').map(({ rule, severity }) => `${severity} ${rule}`);
}

test('the address of a node is an address or a host name, without anything around it', () => {
  for (const address of ['10.0.0.11', 'fd00::11', 'cp1', 'cp1.example.com', '10-0-0-11.example.com', '2001:db8::1:22'])
    assert.deepEqual(told(address), [], address);
  for (const address of ['10.0.0.300', '10.0.0', '10.0.0.11:22', 'cp1:22', '10.0.0.11/24', 'root@cp1', 'cp 1'])
    assert.deepEqual(told(address), ['error inventory/bad-value'], address);
});
