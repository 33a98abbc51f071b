import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Diagnostic, Severity } from '../../src/base/finding';
import { applyEdits } from '../../src/base/span';
import { allRules } from '../../src/rules';
import { Workspace } from '../../src/service';

const paths: Readonly<Record<string, string>> = {
  k3s: 'etc/rancher/k3s/config.yaml',
  kubeadm: 'kubeadm.yaml',
  inventory: 'haven.yaml',
  nginx: 'nginx.conf',
  runbook: 'runbook.sh',
};

const weights: readonly Severity[] = ['hint', 'info', 'warning', 'error'];

function diagnose(path: string, text: string): readonly Diagnostic[] {
  const workspace = new Workspace();
  workspace.open(path, text);
  return workspace.diagnose(path);
}

/** What `after` finds of a rule more often than `before`, and no less severe than `limit`. */
const added = (before: readonly Diagnostic[], after: readonly Diagnostic[], limit: Severity) =>
  after
    .filter((each) => weights.indexOf(each.severity) >= weights.indexOf(limit))
    .map((each) => each.rule)
    .filter((rule) => {
      const count = (all: readonly Diagnostic[]) => all.filter((each) => each.rule === rule).length;
      return count(after) > count(before);
    });

test('a fix takes its finding away and brings none that weighs as much', () => {
  let tried = 0;
  for (const { id } of allRules) {
    const path = paths[id.split('/')[0] ?? ''];
    if (path === undefined) continue;
    const page = readFileSync(`src/rules/${id}.md`, 'utf8');
    for (const [, text = ''] of page.matchAll(/^```\w+ bad\n([\s\S]*?)^```$/gm)) {
      if (text.startsWith('#- ')) continue;
      const before = diagnose(path, text);
      for (const found of before)
        for (const { edits } of found.fixes ?? []) {
          tried++;
          const changed = applyEdits(text, edits);
          const after = diagnose(path, changed);
          const ofRule = (all: readonly Diagnostic[]) => all.filter((each) => each.rule === found.rule).length;
          assert.ok(ofRule(after) < ofRule(before), `${found.rule} is still found in:\n${changed}`);
          assert.deepEqual(added(before, after, found.severity), [], `${found.rule}:\n${changed}`);
        }
    }
  }
  assert.ok(tried > 20, `${tried} fixes`);
});
