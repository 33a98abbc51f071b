import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLocatedYaml } from '../../../src/syntax/located-yaml';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

test('a cluster in which any file is cut off anywhere is still looked at', () => {
  const files = clusterFixtures().get('kubeadm-stacked') ?? new Map<string, string>();
  assert.ok(files.size > 5);
  for (const [path, text] of files) {
    for (let end = 0; end < text.length; end += 149) {
      const workspace = workspaceOf(new Map(files).set(path, text.slice(0, end)));
      for (const each of files.keys()) workspace.diagnose(each);
    }
  }
});

test('aliases of aliases do not multiply without end', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`);
  const text = `a0: &a0 [x, x]\n${levels.join('\n')}\n`;
  assert.equal(parseLocatedYaml(text).length, 1);
});
