import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../src/service';

const told = (command: string) => {
  const workspace = new Workspace();
  const text = `#!/bin/sh\n${command}\n`;
  workspace.open('install.sh', text);
  return workspace
    .diagnose('install.sh')
    .filter(({ rule }) => rule === 'runbook/flag-networks')
    .map(({ severity, span }) => `${severity} ${text.slice(span.start, span.end)}`);
};
const init = (flags: string) => told(`kubeadm init ${flags}`);
const k3s = (flags: string) => told(`curl -sfL https://get.k3s.io | sh -s - server ${flags}`);

test('networks that `kubeadm init` of v1.34 refuses are errors', () => {
  assert.deepEqual(init('--service-cidr 10.96.0.0/30'), ['error 10.96.0.0/30']);
  assert.deepEqual(init('--service-cidr=10.0.0.0/8'), ['error 10.0.0.0/8']);
  assert.deepEqual(init('--pod-network-cidr 10.244.0.0/25'), ['error 10.244.0.0/25']);
  assert.deepEqual(init('--pod-network-cidr 12.0.0.0/7'), ['error 12.0.0.0/7']);
  assert.deepEqual(init('--pod-network-cidr 10.1.0.0/16,10.2.0.0/16'), ['error 10.1.0.0/16,10.2.0.0/16']);
  assert.deepEqual(init('--pod-network-cidr fd00::/47 --service-cidr fd01::/108'), ['error fd00::/47']);
  assert.deepEqual(init('--pod-network-cidr fd00::/48 --service-cidr fd01::/100'), ['error fd01::/100']);
});

test('networks that it takes are none, down to the last one', () => {
  for (const flags of [
    '--pod-network-cidr 10.244.0.0/16',
    '--pod-network-cidr 10.244.0.0/24',
    '--pod-network-cidr 172.16.0.0/12 --service-cidr 10.96.0.0/28',
    '--pod-network-cidr 10.244.0.0/16,fd00::/48 --service-cidr 10.96.0.0/12,fd01::/108',
    '--pod-network-cidr $POD_CIDR --service-cidr 10.96.0.0/12',
    '--pod-network-cidr <POD_CIDR> --service-cidr 10.96.0.0/12',
    '--pod-network-cidr 10.100.0.0/16 --service-cidr $SERVICES',
    '--pod-network-cidr 10.244.0.0/16 --apiserver-advertise-address 192.168.1.1',
  ])
    assert.deepEqual(init(flags), [], flags);
  assert.deepEqual(told('kubeadm join 10.0.0.1:6443 --pod-network-cidr 10.0.0.0/7'), []);
});

test('networks that share addresses are told, also with the services that nobody wrote', () => {
  assert.deepEqual(init('--pod-network-cidr 10.100.0.0/16'), ['warning 10.100.0.0/16']);
  assert.deepEqual(init('--pod-network-cidr 10.100.0.0/16 --service-cidr 10.96.0.0/16'), []);
  assert.deepEqual(init('--pod-network-cidr 10.100.0.0/16 --config k.yaml'), []);
  assert.deepEqual(init('--pod-network-cidr 192.168.0.0/16 --apiserver-advertise-address=192.168.1.1'), [
    'warning 192.168.1.1',
  ]);
  assert.deepEqual(init('--pod-network-cidr 192.168.0.0/16 --control-plane-endpoint 192.168.1.1:6443'), [
    'warning 192.168.1.1:6443',
  ]);
  assert.deepEqual(init('--pod-network-cidr 192.168.0.0/16 --control-plane-endpoint "$VIP:6443"'), []);
});

test('the flags of k3s, with its own networks', () => {
  assert.deepEqual(k3s('--cluster-cidr 10.43.0.0/16'), ['warning 10.43.0.0/16']);
  assert.deepEqual(k3s('--service-cidr=10.42.128.0/17'), ['warning 10.42.128.0/17']);
  assert.deepEqual(k3s('--cluster-cidr 10.10.0.0/16 --service-cidr 10.10.128.0/17'), ['warning 10.10.0.0/16']);
  assert.deepEqual(k3s('--cluster-cidr=10.10.0.0/25 --service-cidr=10.11.0.0/16'), ['warning 10.10.0.0/25']);
  assert.deepEqual(k3s('--cluster-cidr=10.0.0.0/7 --service-cidr=172.16.0.0/12'), [], 'k3s takes it');
  assert.deepEqual(k3s('--cluster-cidr 10.10.0.0/16 --service-cidr 10.11.0.0/16'), []);
  assert.deepEqual(k3s('--cluster-cidr 10.43.0.0/16 --service-cidr $SERVICES'), []);
  assert.deepEqual(told('INSTALL_K3S_EXEC="server --cluster-cidr 10.43.0.0/16" sh install-k3s.sh'), [
    'warning 10.43.0.0/16',
  ]);
});
