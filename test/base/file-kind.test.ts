import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couldBeOurs, type FileKind, globOfOurs } from '../../src/base/file-kind';
import { kindOf } from '../../src/service/kind';

/** Files of every kind, under each name that the kind may have. */
const files: Readonly<Record<FileKind, readonly (readonly [path: string, text: string])[]>> = {
  haproxy: [
    ['lb/haproxy.cfg', 'global\n'],
    ['lb/edge.haproxy', 'global\n'],
    ['conf.d/api.cfg', 'frontend api\n'],
  ],
  keepalived: [
    ['keepalived.conf', 'vrrp_instance A {\n}\n'],
    ['vrrp.conf', 'vrrp_instance A {\n}\n'],
  ],
  k3s: [
    ['etc/rancher/k3s/config.yaml', ''],
    ['k3s-cp1.yml', 'cluster-init: true\n'],
  ],
  kubeadm: [['init.yaml', 'apiVersion: kubeadm.k8s.io/v1beta4\n']],
  inventory: [
    ['haven.yaml', ''],
    ['a/haven.yml', ''],
  ],
  nginx: [['nginx.conf', 'stream {\n  server {\n    proxy_pass api;\n  }\n}\n']],
  'static-pod': [
    ['manifests/kube-vip.yaml', 'kind: Pod\nspec:\n  containers:\n    - image: ghcr.io/kube-vip/kube-vip\n'],
  ],
  kubeconfig: [
    ['kubeconfig', 'kind: Config\n'],
    ['kubeconfig-prod', 'kind: Config\n'],
    ['admin.conf', 'kind: Config\n'],
  ],
  runbook: [
    ['install.sh', 'k3s server\n'],
    ['install.bash', 'k3s server\n'],
    ['README.md', 'kubeadm init\n'],
    ['cloud/user-data', '#cloud-config\n'],
    ['user_data.txt', '#!/bin/sh\nkubeadm init\n'],
    ['userdata.mime', 'MIME-Version: 1.0\n\nkubeadm init\n'],
  ],
};

test('every name by which a file is known is one that folders are searched for', () => {
  for (const [kind, known] of Object.entries(files))
    for (const [path, text] of known) {
      assert.equal(kindOf(path, text), kind, path);
      assert.ok(couldBeOurs(path), path);
    }
});

test('files of other names are not read', () => {
  for (const path of ['main.ts', 'a.cfg.bak', 'readme.mdx', 'a.yaml/b.txt', 'xcfg'])
    assert.ok(!couldBeOurs(path), path);
  assert.match(globOfOurs, /^\*\*\/\{\*\.cfg,.*\}$/);
});
