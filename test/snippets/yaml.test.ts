import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../src/base/message';
import { Workspace } from '../../src/service';
import { expandedSnippets } from '../support/snippets';

const kinds = [
  ['k3s', 'etc/rancher/k3s/config.yaml'],
  ['kubeadm', 'kubeadm.yaml'],
] as const;

for (const [kind, path] of kinds)
  for (const { title, text } of expandedSnippets(kind))
    test(`nothing is wrong with the snippet "${title}"`, () => {
      const workspace = new Workspace();
      assert.equal(workspace.open(path, text)?.kind, kind);
      const found = workspace.diagnose(path).filter((each) => each.severity === 'error' || each.severity === 'warning');
      assert.deepEqual(
        found.map((each) => `${each.rule}: ${render(each.message)}`),
        [],
      );
    });
