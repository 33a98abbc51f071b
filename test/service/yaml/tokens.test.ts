import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileKind } from '../../../src/base/file-kind';
import { languageOf } from '../../../src/service/registry';

function shown(kind: FileKind, path: string, text: string): readonly string[] {
  const spoken = languageOf(kind);
  const analysis = spoken?.analyse({ path, text, versions: {} });
  return (spoken?.tokens?.(analysis) ?? []).map(
    ({ span, type, modifiers = [] }) => `${text.slice(span.start, span.end)} ${[type, ...modifiers].join(' ')}`,
  );
}

test('keys that k3s knows have a colour, old names a line through them, unknown ones nothing', () => {
  assert.deepEqual(
    shown(
      'k3s',
      'config.yaml',
      'flannel-backend: vxlan\nkube-controller-arg: [v=2]\nno-such-key: x\nno-deploy: traefik\nhttps-listen-port: 6443\n',
    ),
    [
      'flannel-backend property',
      'vxlan type',
      'kube-controller-arg property deprecated',
      'no-deploy property deprecated',
      'https-listen-port property',
      '6443 number',
    ],
  );
});

test('so have fields, kinds and words of kubeadm', () => {
  assert.deepEqual(
    shown(
      'kubeadm',
      'kubeadm.yaml',
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnosuch: 1\nnodeRegistration:\n  imagePullPolicy: Always\n  name: "7"\nlocalAPIEndpoint: { bindPort: 6443 }\n',
    ),
    [
      'apiVersion property',
      'kubeadm.k8s.io/v1beta4 type',
      'kind property',
      'InitConfiguration type',
      '1 number',
      'nodeRegistration property',
      'imagePullPolicy property',
      'Always type',
      'name property',
      '"7" string',
      'localAPIEndpoint property',
      'bindPort property',
      '6443 number',
    ],
  );
});
