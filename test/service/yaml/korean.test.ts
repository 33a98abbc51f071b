import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FileKind } from '../../../src/base/file-kind';
import { render, type Speak } from '../../../src/base/message';
import { languageOf } from '../../../src/service/registry';

const texts: ReadonlyMap<string, string> = new Map(
  ['k3s', 'k3s-catalog', 'kubeadm', 'kubeadm-catalog', 'inventory-catalog', 'yaml', 'keepalived'].flatMap((name) =>
    Object.entries(JSON.parse(readFileSync(`l10n/ko/${name}.json`, 'utf8')) as Record<string, string>),
  ),
);
const korean: Speak = (message) => render(message, (template) => texts.get(template));

function hoverOf(kind: FileKind, path: string, text: string, offset: number): string {
  const spoken = languageOf(kind);
  const analysis = spoken?.analyse({ path, text, versions: {} });
  return spoken?.hover?.(analysis, offset, { siblings: [], wallClock: 0, speak: korean })?.markdown ?? '';
}

test('hovers of k3s, kubeadm and inventories are in the language of the reader', () => {
  const key = hoverOf('k3s', 'config.yaml', 'etcd-snapshot-retention: 5\n', 3);
  assert.match(key, /\(수, 서버 전용\)\n\n로컬 디스크에/);
  assert.match(key, /기본값: `5`/);
  assert.match(hoverOf('k3s', 'config.yaml', 'etcd-snapshot-schedule-cron: "0 */6 * * *"\n', 32), /다음 실행: `1970/);
  const field = hoverOf(
    'kubeadm',
    'kubeadm.yaml',
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: 10.244.0.0/16\n',
    83,
  );
  assert.match(field, /파드 네트워크입니다/);
  assert.match(hoverOf('inventory', 'haven.yaml', 'clusters:\n  - name: a\n', 1), /이 저장소의 클러스터들입니다/);
});

test('a default that is told in words is in the language of the reader, and one to write is as it is written', () => {
  const name =
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  name: a\n  imagePullPolicy: Always\n';
  assert.match(hoverOf('kubeadm', 'kubeadm.yaml', name, name.indexOf('name:')), /기본값: 소문자로 바꾼 호스트 이름/);
  assert.match(hoverOf('kubeadm', 'kubeadm.yaml', name, name.indexOf('imagePull')), /기본값: `IfNotPresent`/);
  assert.match(hoverOf('k3s', 'config.yaml', 'bind-address: 0.0.0.0\n', 3), /기본값: 모든 주소/);
});

test('values of lists and of an inventory are explained where they stand', () => {
  const at = (kind: FileKind, path: string, text: string, word: string) => {
    const spoken = languageOf(kind);
    const found = spoken?.hover?.(spoken.analyse({ path, text, versions: {} }), text.indexOf(word) + 1, {
      siblings: [],
      wallClock: 0,
    });
    return found && text.slice(found.span.start, found.span.end);
  };
  const cluster =
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  certSANs:\n    - a.test\n    - b.test\n';
  assert.equal(at('kubeadm', 'kubeadm.yaml', cluster, 'b.test'), 'b.test');
  const inventory = 'clusters:\n  - distribution: k3s\n    nodes:\n      - { name: a, roles: [agent] }\n';
  assert.equal(at('inventory', 'haven.yaml', inventory, 'k3s'), 'k3s');
  assert.equal(at('inventory', 'haven.yaml', inventory, 'agent'), 'agent');
});
