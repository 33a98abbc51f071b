import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { allRules } from '../src/rules';
import { Workspace } from '../src/service';
import { splitFiles } from './support/files';

/** The file that an example without a `#- path` line is taken for. */
const examplePath: Readonly<Record<string, string>> = {
  haproxy: 'haproxy.cfg',
  keepalived: 'keepalived.conf',
  k3s: 'etc/rancher/k3s/config.yaml',
  kubeadm: 'kubeadm.yaml',
  inventory: 'haven.yaml',
  nginx: 'nginx.conf',
  runbook: 'runbook.sh',
  'static-pod': 'manifests/kube-vip.yaml',
  cluster: 'haven.yaml',
};

function examplesOf(page: string, kind: 'bad' | 'good'): string[] {
  return [...page.matchAll(/^```\w+ (bad|good)\n([\s\S]*?)^```$/gm)].flatMap((each) =>
    each[1] === kind && each[2] !== undefined ? [each[2]] : [],
  );
}

function rulesFoundIn(text: string, family: string): Set<string> {
  const workspace = new Workspace();
  const files = splitFiles(text, examplePath[family] ?? 'haven.yaml');
  for (const file of files) workspace.open(file.path, file.text);
  return new Set(files.flatMap((file) => workspace.diagnose(file.path).map((each) => each.rule)));
}

for (const rule of allRules) {
  test(`the page of ${rule.id} shows what it finds`, () => {
    const path = `src/rules/${rule.id}.md`;
    assert.ok(existsSync(path), `${path} is missing`);
    const page = readFileSync(path, 'utf8');
    const family = rule.id.split('/')[0] ?? '';
    const bad = examplesOf(page, 'bad');
    const good = examplesOf(page, 'good');
    assert.ok(bad.length > 0 && good.length > 0, 'a page has at least one "bad" and one "good" example');
    for (const text of bad) assert.ok(rulesFoundIn(text, family).has(rule.id), `not found in:\n${text}`);
    for (const text of good) assert.ok(!rulesFoundIn(text, family).has(rule.id), `found in:\n${text}`);
  });
}

test('rule ids are unique', () => {
  const ids = allRules.map((each) => each.id);
  assert.deepEqual(ids, [...new Set(ids)]);
});
