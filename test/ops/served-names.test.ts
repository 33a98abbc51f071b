import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeCertificates } from '../../src/ops/commands/certificates';
import { unservedNames } from '../../src/ops/served-names';
import { workspaceOf } from '../support/clusters';

const inventory = (distribution: string, file: string) => `clusters:
  - name: a
    distribution: ${distribution}
    endpoint: api.example.com:6443
    nodes:
      - { name: cp1, address: 10.0.0.1, roles: [server] }
      - { name: cp2, address: 10.0.0.2, roles: [server] }
    configs:
      - { file: ${file}, on: [cp1] }
`;

const showing = (...served: readonly (readonly [endpoint: string, ...names: string[]])[]): NodeCertificates => ({
  files: [],
  served: served.map(([endpoint, ...names]) => ({ endpoint, names, subject: '', serial: '1', notAfterMs: 0 })),
  silent: [],
  unreadable: false,
});

/** What is found, with the words that it marks. */
function marked(files: Readonly<Record<string, string>>, facts: Readonly<Record<string, NodeCertificates>>) {
  const [model] = workspaceOf(new Map(Object.entries(files))).clusterModels();
  assert.ok(model);
  return unservedNames(model, new Map(Object.entries(facts))).map(({ path, span, servedBy, message }) => [
    servedBy,
    path,
    files[path]?.slice(span.start, span.end),
    message.template.split(': ')[1],
  ]);
}

const k3s = {
  'haven.yaml': inventory('k3s', 'cp1.yaml'),
  'cp1.yaml': 'cluster-init: true\ntls-san:\n  - API.example.com\n  - new.example.com\n  - "${LATER}"\n',
};

test('a name of tls-san that the certificate of its server lacks is marked where it is written', () => {
  const facts = {
    cp1: showing(['127.0.0.1:6443', 'api.example.com']),
    cp2: showing(['127.0.0.1:6443', 'api.example.com']),
  };
  assert.deepEqual(marked(k3s, facts), [
    ['cp1', 'cp1.yaml', 'new.example.com', 'push this file there and restart k3s'],
  ]);
});

test('nothing is said when the names are there, or when a server showed no certificate', () => {
  const all = showing(['127.0.0.1:6443', 'api.example.com', '*.example.com']);
  assert.deepEqual(marked(k3s, { cp1: all, cp2: all }), []);
  assert.deepEqual(marked(k3s, { cp1: showing(), cp2: showing(['127.0.0.1:2379', 'x']) }), []);
});

test('the endpoint is marked for a server whose files do not ask for it, and once for one whose do', () => {
  const facts = { cp1: showing(['127.0.0.1:6443', 'new.example.com']), cp2: showing(['127.0.0.1:6443', 'cp2']) };
  assert.deepEqual(marked(k3s, facts), [
    ['cp1', 'cp1.yaml', 'API.example.com', 'push this file there and restart k3s'],
    ['cp2', 'haven.yaml', 'api.example.com:6443', 'add it to {2}'],
  ]);
});

test('an address that shows another certificate than the servers do is marked', () => {
  const good = ['127.0.0.1:6443', 'api.example.com', 'new.example.com'] as const;
  const facts = { cp1: showing(good, ['api.example.com:6443', 'lb.internal']), cp2: showing(good) };
  assert.deepEqual(marked(k3s, facts), [
    ['api.example.com', 'haven.yaml', 'api.example.com:6443', 'see what answers there'],
  ]);
});

test('one list of kubeadm is that of every server, and renewing is not what is advised', () => {
  const files = {
    'haven.yaml': inventory('kubeadm', 'kubeadm.yaml'),
    'kubeadm.yaml':
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: api.example.com:6443\napiServer:\n  certSANs:\n    - new.example.com\n',
  };
  const old = showing(['127.0.0.1:6443', 'api.example.com']);
  const advice =
    'move apiserver.crt and apiserver.key aside there, then run "kubeadm init phase certs apiserver" with this file';
  assert.deepEqual(marked(files, { cp1: old, cp2: old }), [
    ['cp1', 'kubeadm.yaml', 'new.example.com', advice],
    ['cp2', 'kubeadm.yaml', 'new.example.com', advice],
  ]);
});
