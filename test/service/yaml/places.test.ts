import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyLanguage } from '../../../src/service/language';
import { languageOf } from '../../../src/service/registry';
import { withCursor } from '../../support/with-cursor';

type Kind = 'k3s' | 'kubeadm' | 'inventory';

/** The text after `label` is taken at `<|>`, as an editor puts it in: with the blanks of its line before further lines. */
function taken(kind: Kind, marked: string, label: string): string {
  const { text, offset } = withCursor(marked);
  const spoken = languageOf(kind) as AnyLanguage;
  const path = { k3s: 'config.yaml', kubeadm: 'kubeadm.yaml', inventory: 'haven.yaml' }[kind];
  const offered = spoken.complete?.(spoken.analyse({ path, text, versions: {} }), offset, []) ?? [];
  const own = offered.find((each) => each.label === label);
  assert.ok(own !== undefined, `${label} is not offered in:\n${marked}`);
  const { span } = own;
  const blanks = /^ */.exec(text.slice(text.lastIndexOf('\n', span.start - 1) + 1))?.[0] ?? '';
  const added = (own.isSnippet ? own.newText.replace('$0', '|') : own.newText).replaceAll('\n', `\n${blanks}`);
  return text.slice(0, span.start) + added + text.slice(span.end);
}

function offered(kind: Kind, marked: string): readonly string[] {
  const { text, offset } = withCursor(marked);
  const spoken = languageOf(kind) as AnyLanguage;
  const found = spoken.complete?.(spoken.analyse({ path: 'config.yaml', text, versions: {} }), offset, []) ?? [];
  return found.map((each) => each.label);
}

const cluster = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n';
const older = 'apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n';

const cases: readonly (readonly [Kind, string, string, string])[] = [
  // A key that has its colon is exchanged, with its value left alone.
  ['k3s', 'dis<|>able: [traefik]', 'disable', 'disable: [traefik]'],
  ['k3s', 'clus<|>: true', 'cluster-init', 'cluster-init: true'],
  ['k3s', '"dis<|>": [traefik]', 'disable', '"disable": [traefik]'],
  ['k3s', '"deb<|>', 'debug', '"debug": '],
  ['kubeadm', `${cluster}etcd: { lo<|>: { dataDir: /a } }`, 'local', `${cluster}etcd: { local: { dataDir: /a } }`],
  ['kubeadm', `${cluster}net<|>:\n  podSubnet: a`, 'networking', `${cluster}networking:\n  podSubnet: a`],
  ['inventory', 'clusters:\n  - dist<|>: k3s', 'distribution', 'clusters:\n  - distribution: k3s'],
  // A value is exchanged as a whole.
  ['k3s', 'flannel-backend: v<|>xlan # a', 'host-gw', 'flannel-backend: host-gw # a'],
  ['k3s', 'disable: [tra<|>efik, b]', 'servicelb', 'disable: [servicelb, b]'],
  ['k3s', 'kubelet-arg: [fail-swap-on=t<|>rue]', 'false', 'kubelet-arg: [fail-swap-on=false]'],
  // Of a taint the effect alone.
  ['k3s', 'node-taint: [a=b:<|>]', 'NoExecute', 'node-taint: [a=b:NoExecute]'],
  ['k3s', 'node-taint: a=b:No<|>', 'NoExecute', 'node-taint: a=b:NoExecute'],
  // Quotes that are there are not put again.
  [
    'kubeadm',
    `${older}apiServer:\n  extraArgs:\n    profiling: "<|>"`,
    'false',
    `${older}apiServer:\n  extraArgs:\n    profiling: "false"`,
  ],
  [
    'kubeadm',
    `${cluster}apiServer:\n  extraArgs: [{ name: profiling, value: <|> }]`,
    '"false"',
    `${cluster}apiServer:\n  extraArgs: [{ name: profiling, value: "false" }]`,
  ],
  ['kubeadm', `${cluster}featureGates:\n  A: <|>`, 'true', `${cluster}featureGates:\n  A: true`],
  // What a field of an item holds stands further to the right than the field.
  [
    'kubeadm',
    `${cluster}apiServer:\n  extraEnvs:\n  - <|>`,
    'valueFrom',
    `${cluster}apiServer:\n  extraEnvs:\n  - valueFrom:\n      |`,
  ],
  // A line of a list that has no dash gets it.
  ['k3s', 'disable:\n  - traefik\n  <|>', 'servicelb', 'disable:\n  - traefik\n  - servicelb'],
  [
    'kubeadm',
    `${cluster}apiServer:\n  extraEnvs:\n    <|>`,
    'valueFrom',
    `${cluster}apiServer:\n  extraEnvs:\n    - valueFrom:\n        |`,
  ],
  ['inventory', 'clusters:\n  <|>', 'name', 'clusters:\n  - name: '],
  // A key of the inventory brings the beginning of its list or mapping.
  ['inventory', '<|>', 'clusters', 'clusters:\n  - |'],
  ['inventory', 'clusters:\n  - <|>', 'nodes', 'clusters:\n  - nodes:\n      - |'],
  ['inventory', 'clusters:\n  <|>', 'configs', 'clusters:\n  - configs:\n      - |'],
  ['inventory', 'clusters:\n  - { <|> }', 'nodes', 'clusters:\n  - { nodes: [{ | }] }'],
  ['inventory', 'clusters:\n  - name: a\n    <|>', 'ssh', 'clusters:\n  - name: a\n    ssh: { | }'],
  [
    'inventory',
    'clusters:\n  - nodes:\n      - name: a\n        <|>',
    'roles',
    'clusters:\n  - nodes:\n      - name: a\n        roles: [|]',
  ],
  // A mark of the byte order is no part of the first key.
  ['inventory', '\ufeffclusters:\n  - <|>', 'endpoint', '\ufeffclusters:\n  - endpoint: '],
  ['k3s', '\ufeffdisable: <|>', 'traefik', '\ufeffdisable: traefik'],
  ['kubeadm', `\ufeff${cluster}etcd:\n  <|>`, 'local', `\ufeff${cluster}etcd:\n  local:\n    |`],
  [
    'inventory',
    'clusters:\n  - nodes:\n      - roles:\n          <|>',
    'etcd',
    'clusters:\n  - nodes:\n      - roles:\n          - etcd',
  ],
];

for (const [kind, marked, label, whole] of cases)
  test(`${label} of ${kind} in ${JSON.stringify(marked.slice(-60))}`, () => {
    assert.equal(taken(kind, marked, label), whole);
  });

test('nothing is offered where nothing fits', () => {
  assert.deepEqual(offered('k3s', 'cluster-init: true\n  <|>'), []);
  assert.deepEqual(offered('k3s', '  debug: true\n<|>'), []);
  assert.deepEqual(offered('k3s', 'etcd-snapshot-schedule-cron: "0 <|>"'), []);
  // k3s reads the first document only.
  assert.deepEqual(offered('k3s', 'debug: true\n---\n<|>'), []);
  assert.deepEqual(offered('k3s', 'debug: true\n...\ndisable: <|>'), []);
  assert.deepEqual(offered('k3s', '---\n---\n<|>'), []);
  assert.deepEqual(offered('kubeadm', `${cluster}apiServer:\n    certSANs: [a]\n  <|>`), []);
  assert.deepEqual(offered('inventory', 'clusters:\n  - name: a\n   <|>'), []);
});

test('the first document may begin with a line of its own', () => {
  assert.ok(offered('k3s', '# a\n\n---\n<|>').includes('token'));
  assert.ok(offered('k3s', '--- # a\ndebug: true\n<|>').includes('token'));
});

test('what stands before or behind a comma is not offered again', () => {
  for (const marked of [
    'disable: traefik,<|>',
    'disable: "traefik,<|>"',
    'disable: <|>,traefik # servicelb',
    'disable:\n  - traefik,coredns\n  - <|>',
    "disable: ['traefik,<|>']",
  ]) {
    const names = offered('k3s', marked);
    assert.ok(!names.includes('traefik') && names.includes('servicelb'), marked);
  }
});

test('an argument that kubeadm gives by itself is not offered', () => {
  const names = offered('kubeadm', `${cluster}apiServer:\n  extraArgs:\n  - name: <|>`);
  assert.ok(names.includes('audit-log-path'));
  assert.ok(!names.includes('advertise-address'));
});
