import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterSettings } from '../../../src/ops/restore/cluster-configuration';

test('what a restore needs of a ClusterConfiguration: endpoint, release, folders, and what is mounted and made by nobody', () => {
  const text = `apiServer:
  extraArgs:
  - name: audit-policy-file
    value: /etc/kubernetes/audit/policy.yaml
  extraVolumes:
  - hostPath: /etc/kubernetes/audit
    mountPath: /etc/kubernetes/audit
    name: audit
    pathType: Directory
    readOnly: true
  - hostPath: /var/log/kubernetes
    mountPath: /var/log/kubernetes
    name: logs
    pathType: DirectoryOrCreate
  - hostPath: "/etc/kubernetes/enc.yaml"
    mountPath: /etc/kubernetes/enc.yaml
    name: enc
apiVersion: kubeadm.k8s.io/v1beta3
certificatesDir: /etc/kubernetes/pki
controlPlaneEndpoint: "k8s.example.com:8443"
etcd:
  local:
    dataDir: /data/etcd
kind: ClusterConfiguration
kubernetesVersion: v1.29.4
`;
  assert.deepEqual(clusterSettings(text), {
    apiVersion: 'kubeadm.k8s.io/v1beta3',
    endpoint: 'k8s.example.com:8443',
    release: 'v1.29.4',
    dataDir: '/data/etcd',
    certificatesDir: '/etc/kubernetes/pki',
    hasExternalEtcd: false,
    hostPaths: ['/etc/kubernetes/audit', '/etc/kubernetes/enc.yaml'],
  });
  assert.equal(clusterSettings('etcd:\n  external:\n    endpoints: []\n').hasExternalEtcd, true);
  assert.equal(clusterSettings('kubernetesVersion: v1.34.1\n').endpoint, undefined);
});
