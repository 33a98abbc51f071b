import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { applyEdits } from '../../../src/base/span';
import { analyseKubeadm } from '../../../src/model/kubeadm/analysis';
import { kubeadmRules } from '../../../src/rules/kubeadm';
import { runRules } from '../../../src/rules/rule';
import { Workspace } from '../../../src/service';
import { filesBelow } from '../../support/files';

const diagnose = (text: string) => runRules(kubeadmRules, analyseKubeadm({ path: 'kubeadm.yaml', text }));

/** The text after the first fix of the first finding of a rule. */
function fixed(text: string, rule: string): string {
  const [fix] = diagnose(text).find((each) => each.rule === rule)?.fixes ?? [];
  assert.ok(fix !== undefined, `no fix of ${rule} for:\n${text}`);
  return applyEdits(text, fix.edits);
}

const head = (kind: string, api = 'v1beta4') => `apiVersion: kubeadm.k8s.io/${api}\nkind: ${kind}\n`;

test('a field of another structure moves where it belongs, into the document of its kind', () => {
  assert.equal(
    fixed(
      `${head('InitConfiguration')}localAPIEndpoint:\n  bindPort: 6443\n---\n${head('ClusterConfiguration')}apiServer:\n  advertiseAddress: 192.0.2.11\n  certSANs: [a.example]\n`,
      'kubeadm/misplaced-field',
    ),
    `${head('InitConfiguration')}localAPIEndpoint:\n  bindPort: 6443\n  advertiseAddress: 192.0.2.11\n---\n${head('ClusterConfiguration')}apiServer:\n  certSANs: [a.example]\n`,
  );
});

test('a field moves into a structure and a document that are made for it', () => {
  assert.equal(
    fixed(
      `${head('ClusterConfiguration')}apiServer:\n  certSANs: [a.example]\n  timeoutForControlPlane: 4m0s\n`,
      'kubeadm/other-version-field',
    ),
    `${head('ClusterConfiguration')}apiServer:\n  certSANs: [a.example]\n---\n${head('InitConfiguration')}timeouts:\n  controlPlaneComponentHealthCheck: 4m0s\n`,
  );
  assert.equal(
    fixed(`${head('ClusterConfiguration')}podSubnet: 10.244.0.0/16 # pods\n`, 'kubeadm/misplaced-field'),
    `${head('ClusterConfiguration')}networking:\n  podSubnet: 10.244.0.0/16 # pods\n`,
  );
});

test('a field stays where its place is taken', () => {
  const [found] = diagnose(
    `${head('ClusterConfiguration')}podSubnet: 10.1.0.0/16\nnetworking:\n  podSubnet: 10.244.0.0/16\n`,
  ).filter((each) => each.rule === 'kubeadm/misplaced-field');
  assert.deepEqual(found?.fixes, []);
});

test('arguments change their form with the API version, there and back', () => {
  const map = `${head('ClusterConfiguration')}apiServer:\n  extraArgs:\n    v: "4"\n    profiling: "false"\nclusterName: a\n`;
  const list = `${head('ClusterConfiguration')}apiServer:\n  extraArgs:\n    - name: v\n      value: "4"\n    - name: profiling\n      value: "false"\nclusterName: a\n`;
  assert.equal(fixed(map, 'kubeadm/arguments-shape'), list);
  const older = list.replace('v1beta4', 'v1beta3');
  assert.equal(fixed(older, 'kubeadm/arguments-shape'), map.replace('v1beta4', 'v1beta3'));
});

test('a file of v1beta3 becomes one of v1beta4 as a whole', () => {
  const older = `${head('ClusterConfiguration', 'v1beta3')}kubernetesVersion: v1.34.1\nscheduler:\n  extraArgs:\n    v: "4"\n---\n${head('InitConfiguration', 'v1beta3')}nodeRegistration:\n  kubeletExtraArgs:\n    v: "2"\n`;
  const newer = `${head('ClusterConfiguration')}kubernetesVersion: v1.34.1\nscheduler:\n  extraArgs:\n    - name: v\n      value: "4"\n---\n${head('InitConfiguration')}nodeRegistration:\n  kubeletExtraArgs:\n    - name: v\n      value: "2"\n`;
  assert.equal(fixed(older, 'kubeadm/deprecated-version'), newer);
  assert.deepEqual(diagnose(newer), []);
  const moved = older.replace('scheduler:', 'apiServer:\n  timeoutForControlPlane: 4m0s\nscheduler:');
  const [found] = diagnose(moved).filter((each) => each.rule === 'kubeadm/deprecated-version');
  assert.deepEqual(found?.fixes, []);
});

test('an argument that stands twice has no place in a map', () => {
  const twice = `${head('ClusterConfiguration', 'v1beta3')}apiServer:\n  extraArgs:\n    - name: v\n      value: "4"\n    - name: v\n      value: "5"\n`;
  const [found] = diagnose(twice).filter((each) => each.rule === 'kubeadm/arguments-shape');
  assert.deepEqual(found?.fixes, []);
});

test('every fix of a page takes its finding away and makes no new error', () => {
  for (const path of filesBelow(join('src', 'rules', 'kubeadm'), '.md')) {
    const id = `${basename(dirname(path))}/${basename(path, '.md')}`;
    const text = /^```yaml bad\n([\s\S]*?)^```$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
    const before = diagnose(text);
    for (const found of before.filter((each) => each.rule === id))
      for (const fix of found.fixes ?? []) {
        const after = diagnose(applyEdits(text, fix.edits));
        assert.ok(!after.some((each) => each.rule === id), `${id} is still found`);
        const errors = (all: typeof before) => all.filter((each) => each.severity === 'error').length;
        assert.ok(errors(after) <= errors(before), `${id} makes an error`);
      }
  }
});

test('what a program fills in first is not judged by its form', () => {
  const texts = [
    `${head('ClusterConfiguration')}kubernetesVersion: {{ version }}\n{% if vip %}\ncontrolPlaneEndpoint: {{ vip }}:6443\n{% endif %}\n`,
    `${head('ClusterConfiguration')}{{- if .Values.name }}\nclusterName: {{ .Values.name }}\n{{- end }}\n`,
    `${head('InitConfiguration')}localAPIEndpoint:\n  advertiseAddress: \${IP}\n  bindPort: \${PORT}\n`,
  ];
  for (const text of texts) {
    const workspace = new Workspace();
    workspace.open('kubeadm.yaml', text, 'kubeadm');
    assert.deepEqual(workspace.diagnose('kubeadm.yaml'), [], text);
  }
});

test('a list of arguments that stands as far left as its key becomes a map below it', () => {
  for (const indent of ['  ', '    '])
    assert.equal(
      fixed(
        `${head('ClusterConfiguration', 'v1beta3')}apiServer:\n  extraArgs:\n${indent}- name: audit-log-path\n${indent}  value: /a\n${indent}- name: v\n${indent}  value: "2"\n  certSANs: [a.example]\n`,
        'kubeadm/arguments-shape',
      ),
      `${head('ClusterConfiguration', 'v1beta3')}apiServer:\n  extraArgs:\n    audit-log-path: "/a"\n    v: "2"\n  certSANs: [a.example]\n`,
    );
});

test('an argument whose name is no key of a map is left to the reader', () => {
  const [found] = diagnose(
    `${head('ClusterConfiguration', 'v1beta3')}apiServer:\n  extraArgs:\n    - name: ""\n      value: x\n`,
  ).filter((each) => each.rule === 'kubeadm/arguments-shape');
  assert.deepEqual(found?.fixes, []);
});

test('nothing moves into a document that the command of this file leaves aside', () => {
  const fixes = (kind: string, rest: string) =>
    diagnose(`${head(kind)}${rest}`).flatMap((each) =>
      each.rule === 'kubeadm/misplaced-field' ? (each.fixes ?? []) : [],
    );
  assert.deepEqual(fixes('InitConfiguration', 'controlPlane: {}\n'), []);
  assert.equal(fixes('ClusterConfiguration', 'localAPIEndpoint:\n  bindPort: 6443\n').length, 1);
});

test('a field that is called as a flag calls it gets its own name', () => {
  const networking = `${head('ClusterConfiguration')}networking:\n`;
  for (const [slip, meant] of [
    ['podCIDR: 10.244.0.0/16', 'podSubnet: 10.244.0.0/16'],
    ['pod-network-cidr: 10.244.0.0/16', 'podSubnet: 10.244.0.0/16'],
    ['serviceCidr: 10.96.0.0/12', 'serviceSubnet: 10.96.0.0/12'],
  ] as const)
    assert.equal(fixed(`${networking}  ${slip}\n`, 'kubeadm/unknown-field'), `${networking}  ${meant}\n`);
  assert.deepEqual(
    diagnose(`${networking}  plugin: x\n`).flatMap((each) => each.fixes ?? []),
    [],
  );
});
