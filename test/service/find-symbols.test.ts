import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSymbols, Workspace } from '../../src/service';

test('symbols of all files are found by letters in their order', () => {
  const workspace = new Workspace();
  workspace.open('lb/haproxy.cfg', 'backend api\n    server cp1 10.0.0.1:6443 check\n');
  workspace.open('lb/keepalived.conf', 'vrrp_instance API {\n    state BACKUP\n}\n');
  const names = (query: string) =>
    findSymbols(workspace, query).map(({ path, symbol, container }) => [path, symbol.name, container]);
  assert.deepEqual(names('Ai'), [
    ['lb/haproxy.cfg', 'api', undefined],
    ['lb/keepalived.conf', 'API', undefined],
  ]);
  assert.deepEqual(names('c1'), [['lb/haproxy.cfg', 'cp1', 'api']]);
  assert.deepEqual(names('1c'), []);
  assert.equal(names('').length, 3);
});
