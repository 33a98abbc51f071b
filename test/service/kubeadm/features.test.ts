import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';
import { kubeadm } from '../../../src/service/kubeadm';
import type { Completion, Hover, Language } from '../../../src/service/language';
import fc from '../../support/fast-check';

const language = kubeadm as Language<unknown>;
const head = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n';

/** The analysis of a text and the place of `|` in it. */
function at(marked: string) {
  const offset = marked.indexOf('|');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  return { analysis: language.analyse({ path: 'kubeadm.yaml', text, versions: {} }), offset, text };
}

const complete = (marked: string): readonly Completion[] => {
  const { analysis, offset } = at(marked);
  return language.complete?.(analysis, offset, []) ?? [];
};
const labels = (marked: string) => complete(marked).map((each) => each.label);
const hover = (marked: string): Hover | undefined => {
  const { analysis, offset } = at(marked);
  return language.hover?.(analysis, offset);
};

test('fields are offered where they belong, and none twice', () => {
  assert.ok(labels(`${head}|`).includes('networking'));
  assert.ok(!labels(`${head}networking: {}\n|`).includes('networking'));
  assert.deepEqual(labels(`${head}networking:\n  podSubnet: 10.0.0.0/16\n  |`), ['serviceSubnet', 'dnsDomain']);
  assert.deepEqual(labels(`${head}apiServer:\n  extraArgs:\n    - |`), ['name', 'value']);
});

test('a field comes with the form of its value', () => {
  const sans = complete(`${head}apiServer:\n  certS|`).find((each) => each.label === 'certSANs');
  assert.equal(sans?.newText, 'certSANs:\n  - $0');
  assert.equal(complete(`${head}ap|`).find((each) => each.label === 'apiServer')?.newText, 'apiServer:\n  $0');
});

test('values are offered: words, truth, kinds, versions, arguments', () => {
  assert.ok(labels(`${head}encryptionAlgorithm: |`).includes('ECDSA-P256'));
  assert.deepEqual(labels(`${head}dns:\n  disabled: |`), ['true', 'false']);
  assert.ok(labels('apiVersion: kubeadm.k8s.io/v1beta4\nkind: |').includes('JoinConfiguration'));
  assert.deepEqual(labels('apiVersion: |\nkind: ResetConfiguration\n'), ['kubeadm.k8s.io/v1beta4']);
  assert.ok(labels(`${head}apiServer:\n  extraArgs:\n    - name: |`).includes('audit-log-path'));
  assert.ok(labels(`${head.replace('v1beta4', 'v1beta3')}scheduler:\n  extraArgs:\n    |`).includes('profiling'));
  assert.ok(labels(`${head}featureGates:\n  |`).includes('RootlessControlPlane'));
});

test('the second document has the fields of its own kind', () => {
  const second = `${head}---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint:\n  |`;
  assert.deepEqual(labels(second), ['advertiseAddress', 'bindPort']);
  assert.ok(
    labels(`${head}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgr|`).includes(
      'cgroupDriver',
    ),
  );
});

test('a hover tells what a field takes', () => {
  assert.match(hover(`${head}controlPlane|Endpoint: a:6443\n`)?.markdown ?? '', /load balancer/);
  assert.match(hover(`${head}encryption|Algorithm: RSA-2048\n`)?.markdown ?? '', /ECDSA-P384[\s\S]*v1beta4 only/);
  const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
  assert.match(hover(`${kubelet}max|Pods: 200\n`)?.markdown ?? '', /number of pods[\s\S]*Default: `110`/);
  const proxy = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';
  assert.match(hover(`${proxy}ipvs:\n  strict|ARP: true\n`)?.markdown ?? '', /ARP/);
  // The argument is explained at its value too, in both forms.
  assert.match(
    hover(`${head}etcd:\n  local:\n    extraArgs:\n      - name: election-timeout\n        value: "50|00"\n`)
      ?.markdown ?? '',
    /new leader[\s\S]*Default: `1000`/,
  );
  const older = 'apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n';
  assert.match(
    hover(`${older}apiServer:\n  extraArgs:\n    event-ttl: 2|h\n`)?.markdown ?? '',
    /events are kept[\s\S]*Default: `1h`/,
  );
  assert.match(hover('apiVersion: kubeadm.k8s.io/v1beta4\nkind: Join|Configuration\n')?.markdown ?? '', /kubeadm join/);
  assert.match(
    hover(`${head}apiServer:\n  extraArgs:\n    - name: audit-log-max|age\n      value: "3"\n`)?.markdown ?? '',
    /: number/,
  );
});

test('the outline has every document and no secret', () => {
  const { analysis } = at(
    `${head}clusterName: a\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ncertificateKey: "0123"\n|`,
  );
  const symbols = language.symbols?.(analysis) ?? [];
  assert.deepEqual(
    symbols.map((each) => [each.name, each.children.map((child) => [child.name, child.detail])]),
    [
      ['ClusterConfiguration', [['clusterName', 'a']]],
      ['InitConfiguration', [['certificateKey', undefined]]],
    ],
  );
});

test('no place of any text is too much for a feature', () => {
  const piece = fc.constantFrom(
    head,
    '---\n',
    'apiServer:\n',
    '  extraArgs:\n',
    '    - name: v',
    '\n',
    '  ',
    '- ',
    ': ',
    '"',
    '[',
    '#',
    'kind: ',
    'x',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), fc.nat(), (pieces, place) => {
      const text = pieces.join('');
      const offset = place % (text.length + 1);
      const analysis = language.analyse({ path: 'kubeadm.yaml', text, versions: {} });
      for (const { span } of language.complete?.(analysis, offset, []) ?? [])
        assert.ok(span.start <= offset && span.end >= offset && span.end <= text.length);
      language.hover?.(analysis, offset);
      language.symbols?.(analysis);
      language.folds?.(analysis);
      const spans = language.selection?.(analysis, offset) ?? [];
      for (const span of spans) assert.ok(span.start <= offset && offset <= span.end);
    }),
    { numRuns: 300 },
  );
});

test('arguments of every component, their values, phases and words of the components are offered', () => {
  assert.ok(labels(`${head}etcd:\n  local:\n    extraArgs:\n      - name: |`).includes('quota-backend-bytes'));
  assert.deepEqual(labels(`${head}apiServer:\n  extraArgs:\n    - name: profiling\n      value: |`), [
    '"true"',
    '"false"',
  ]);
  assert.deepEqual(labels(`${head}apiServer:\n  extraArgs:\n    - name: v\n      value: |`), []);
  const old = head.replace('v1beta4', 'v1beta3');
  assert.deepEqual(labels(`${old}apiServer:\n  extraArgs:\n    profiling: |`), ['"true"', '"false"']);
  const reset = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\n';
  assert.deepEqual(labels(`${reset}skipPhases:\n  - |`), ['preflight', 'remove-etcd-member', 'cleanup-node']);
  const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
  assert.deepEqual(labels(`${kubelet}cgroupDriver: |`), ['systemd', 'cgroupfs']);
});

test('gates are those of the program that reads the document', () => {
  const offered = (marked: string) => {
    const { analysis, offset } = at(marked);
    return (language.complete?.(analysis, offset, []) ?? []).map((each) => each.label);
  };
  const own = offered('apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nfeatureGates: { | }\n');
  assert.ok(own.includes('PublicKeysECDSA') && !own.includes('ContextualLogging'));
  const kubelet = offered(
    'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates:\n  |\n',
  );
  assert.ok(kubelet.includes('ContextualLogging') && !kubelet.includes('PublicKeysECDSA'));
  const checks = offered(
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  ignorePreflightErrors: [|]\n',
  );
  assert.ok(checks.includes('NumCPU'));
});

test('gates that are settled are still gates', () => {
  const text = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates:\n';
  const rulesOf = (gate: string) =>
    language
      .diagnose(
        language.analyse({
          path: 'kubeadm.yaml',
          text: `${text}  ${gate}: true\n`,
          versions: { kubernetes: [1, 34, 1] },
        }),
        [],
      )
      .map((each) => each.rule);
  for (const gate of ['NodeSwap', 'SidecarContainers', 'NFTablesProxyMode', 'ContextualLogging'])
    assert.deepEqual(rulesOf(gate), [], gate);
  assert.deepEqual(rulesOf('NoSuchGate'), ['kubeadm/unknown-feature-gate']);
});

test('the kinds are those of the API version, and a value is explained where it stands', () => {
  const at = (marked: string) => {
    const offset = marked.indexOf('|');
    const workspace = new Workspace();
    workspace.open('kubeadm.yaml', marked.replace('|', ''), 'kubeadm');
    const file = workspace.file('kubeadm.yaml');
    assert.ok(file !== undefined);
    return { file, offset };
  };
  const offered = (marked: string) => {
    const { file, offset } = at(marked);
    return (file.language.complete?.(file.analysis, offset, []) ?? []).map((each) => each.label);
  };
  const head = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n';
  assert.deepEqual(offered('apiVersion: kubelet.config.k8s.io/v1beta1\nkind: |\n'), ['KubeletConfiguration']);
  assert.ok(offered(`${head}---\napiVersion: |\n`).includes('kubelet.config.k8s.io/v1beta1'));
  assert.ok(
    offered(`${head}apiServer:\n  extraArgs:\n  - name: authorization-mode\n    value: Node,|\n`).includes('RBAC'),
  );
  const { file, offset } = at(`${head}certificateValidityPeriod: 8760|h\n`);
  assert.match(file.language.hover?.(file.analysis, offset)?.markdown ?? '', /`8760h` is 365 days/);
});

test('an API version says which releases read it', () => {
  assert.match(
    hover('apiVersion: kubeadm.k8s.io/v1be|ta4\nkind: InitConfiguration\n')?.markdown ?? '',
    /v1\.31 and later/,
  );
  assert.match(
    hover('apiVersion: kubeadm.k8s.io/v1be|ta3\nkind: InitConfiguration\n')?.markdown ?? '',
    /v1\.22 and later read it\. Deprecated since v1\.31/,
  );
});

test('an offered field says in words what it holds', () => {
  const details = new Map(complete(`${head}apiServer:\n  |`).map(({ label, detail }) => [label, detail]));
  assert.equal(details.get('certSANs'), 'list of string');
});
