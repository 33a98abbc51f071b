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
  assert.equal(machineNamedIn('server1-config.yaml'), 'server1');
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

const node = (name: string, address: string) =>
  `apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration:\n  name: ${name}\n` +
  `controlPlane:\n  localAPIEndpoint:\n    advertiseAddress: ${address}\n`;
const founder = (endpoint: string, address: string) =>
  `apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: ${address}\n---\n` +
  `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: ${endpoint}:6443\n`;
const kubeconfig = (host: string) =>
  `apiVersion: v1\nkind: Config\nclusters:\n  - cluster:\n      server: https://${host}:6443\n`;
const labelsOf = (files: Readonly<Record<string, string>>) =>
  workspaceOf(new Map(Object.entries(files)))
    .clusterModels()
    .map((model) => knownNodes(model).map((each) => each.name));

test('the file of a node that names nobody else is of the one cluster beside it in its network, and of none where there are two', () => {
  const one = {
    'kubeadm/m1.yaml': founder('10.0.0.100', '10.0.0.11'),
    'kubeconfig.yaml': kubeconfig('10.0.0.100'),
    'kubeadm/m2.yaml': node('m2', '10.0.0.12'),
  };
  assert.deepEqual(labelsOf(one), [['m1', 'm2']]);
  assert.deepEqual(labelsOf({ ...one, 'kubeadm/m2.yaml': node('m2', '10.9.0.12') }), [['m1']]);
  const two = { ...one, 'kubeadm/a1.yaml': founder('10.0.0.200', '10.0.0.51'), 'admin.conf': kubeconfig('10.0.0.200') };
  assert.ok(!labelsOf(two).flat().includes('m2'));
});

test('a file that only joins is a node whose role nobody tells, and its token is looked at all the same', () => {
  const server = 'cluster-init: true\ntoken: aaaa1111\ntls-san: [10.0.0.100]\nnode-ip: 10.0.0.11\n';
  const workspace = workspaceOf(
    new Map([
      ['k3s/cp1.yaml', server],
      ['k3s/w1.yaml', 'server: https://10.0.0.100:6443\ntoken: bbbb2222\nnode-ip: 10.0.0.21\n'],
    ]),
  );
  const [model] = workspace.clusterModels();
  assert.deepEqual(
    model?.k3s.map((each) => `${each.label} ${each.role}`),
    ['cp1 server', 'w1 unknown'],
  );
  assert.ok(workspace.diagnose('k3s/w1.yaml').some((each) => each.rule === 'cluster/token-differs'));
});
