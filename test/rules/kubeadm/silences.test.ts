import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseKubeadm } from '../../../src/model/kubeadm/analysis';
import { kubeadmRules } from '../../../src/rules/kubeadm';
import { runRules } from '../../../src/rules/rule';

const isTold = (rule: string, text: string) =>
  runRules(kubeadmRules, analyseKubeadm({ path: 'kubeadm.yaml', text })).some(
    (each) => each.rule === `kubeadm/${rule}`,
  );
const document = (kind: string, api: string, body: string) => `apiVersion: ${api}\nkind: ${kind}\n${body}---\n`;
const kubeadm = (kind: string, body: string, api = 'v1beta4') => document(kind, `kubeadm.k8s.io/${api}`, body);

test('the network of pods may be as small as it likes where nodes take no part of it', () => {
  const small = (value: string) =>
    kubeadm(
      'ClusterConfiguration',
      `networking:\n  podSubnet: 10.244.0.0/25\ncontrollerManager:\n  extraArgs:\n    - name: allocate-node-cidrs\n      value: "${value}"\n`,
    );
  assert.ok(isTold('bad-subnet', small('true')));
  assert.ok(!isTold('bad-subnet', small('false')));
});

test('a release from before v1.24 has the taint of its time', () => {
  const taint = (version: string) =>
    kubeadm(
      'InitConfiguration',
      'nodeRegistration:\n  taints:\n    - { key: node-role.kubernetes.io/master, effect: NoSchedule }\n',
      'v1beta3',
    ) + kubeadm('ClusterConfiguration', `kubernetesVersion: ${version}\n`, 'v1beta3');
  assert.ok(isTold('renamed-taint', taint('v1.24.0')));
  assert.ok(!isTold('renamed-taint', taint('v1.23.17')));
});

test('the kubelet knows its clients by the CA that lies where the cluster keeps its certificates', () => {
  const files = (folder: string) =>
    kubeadm('ClusterConfiguration', 'certificatesDir: /srv/pki\n') +
    document(
      'KubeletConfiguration',
      'kubelet.config.k8s.io/v1beta1',
      `authentication:\n  x509:\n    clientCAFile: ${folder}/ca.crt\n`,
    );
  assert.ok(isTold('kubelet-value', files('/etc/kubernetes/pki')));
  assert.ok(!isTold('kubelet-value', files('/srv/pki')));
});

test('gates that are merged into others are no gate of the name <<', () => {
  const gates = (key: string) =>
    kubeadm('ClusterConfiguration', 'kubernetesVersion: v1.34.1\n') +
    document('KubeletConfiguration', 'kubelet.config.k8s.io/v1beta1', `featureGates:\n  ${key}: { MemoryQoS: true }\n`);
  assert.ok(isTold('unknown-feature-gate', gates('NoSuchGate')));
  assert.ok(!isTold('unknown-feature-gate', gates('<<')));
});

test('who gives the hash of the CA does not trust just anybody', () => {
  const join = (hashes: string) =>
    kubeadm(
      'JoinConfiguration',
      `discovery:\n  bootstrapToken:\n    token: abcdef.0123456789abcdef\n    apiServerEndpoint: lb:6443\n    unsafeSkipCAVerification: true\n${hashes}`,
    );
  assert.ok(isTold('unverified-discovery', join('')));
  assert.ok(!isTold('unverified-discovery', join(`    caCertHashes: ["sha256:${'0a'.repeat(32)}"]\n`)));
});

test('a key that a merge brings in beside one of the mapping itself stands twice', () => {
  const merged = (own: string) =>
    kubeadm(
      'ClusterConfiguration',
      `apiServer:\n  extraArgs: &shared\n    v: "2"\ncontrollerManager:\n  extraArgs:\n    <<: *shared\n    ${own}: "4"\n`,
      'v1beta3',
    );
  assert.ok(isTold('duplicate-field', merged('v')));
  assert.ok(!isTold('duplicate-field', merged('profiling')));
});
