import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { knownNodes } from '../../../src/model/cluster/known-nodes';
import { machineNamedIn } from '../../../src/model/cluster/node-name';
import { workspaceOf } from '../../support/clusters';
import { filesBelow } from '../../support/files';

test('a machine is told from the name of a file or of a folder above it', () => {
  assert.equal(machineNamedIn('a/keepalived-lb1.conf'), 'lb1');
  assert.equal(machineNamedIn('k3s/cp2.yaml'), 'cp2');
  assert.equal(machineNamedIn('lb2/etc/haproxy/haproxy.cfg'), 'lb2');
  assert.equal(machineNamedIn('hosts/master-01/kubeadm-config.yaml'), 'master-01');
  assert.equal(machineNamedIn('k3s/config.yaml'), undefined);
  assert.equal(machineNamedIn('haproxy/haproxy.cfg'), undefined);
});

test('without an inventory the machines, their roles and addresses come from the files', () => {
  const files = filesBelow('examples', '').filter((path) => !path.endsWith('haven.yaml'));
  const workspace = workspaceOf(new Map(files.map((path) => [path, readFileSync(path, 'utf8')])));
  const [model, ...others] = workspace.clusterModels();
  assert.equal(others.length, 0);
  assert.ok(model !== undefined);
  assert.deepEqual(
    knownNodes(model).map((each) => `${each.name} ${each.roles} ${each.addresses.map((one) => one.value)}`),
    [
      'cp1 server 192.168.1.10',
      'cp2 server 192.168.1.11',
      'cp3 server 192.168.1.12',
      'lb1 loadbalancer 192.168.1.8',
      'lb2 loadbalancer 192.168.1.9',
    ],
  );
});
