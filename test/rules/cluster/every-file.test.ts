import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../../src/base/finding';
import { applyEdits, type TextEdit } from '../../../src/base/span';
import { clusterRules } from '../../../src/rules/cluster';
import { workspaceRules } from '../../../src/rules/cluster/across-clusters';
import { mistakes } from '../../support/cluster-mistakes';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

type Files = ReadonlyMap<string, string>;

const fixtures = clusterFixtures();

function filesOf(cluster: string, changes: readonly (readonly [string, string, string])[]): Files {
  const files = new Map(fixtures.get(cluster));
  for (const [path, from, to] of changes) {
    const text = files.get(path) ?? '';
    assert.ok(from === '' || text.includes(from), `${path} of ${cluster} has no "${from}"`);
    files.set(path, from === '' ? text + to : text.replace(from, to));
  }
  return files;
}

function findings(files: Files): readonly (Diagnostic & { readonly in: string })[] {
  const workspace = workspaceOf(files);
  return [...files.keys()].flatMap((path) => workspace.diagnose(path).map((each) => ({ ...each, in: path })));
}

test('every rule across files has its mistake', () => {
  assert.deepEqual(
    [...clusterRules, ...workspaceRules].map((each) => each.id).sort(),
    mistakes.map((each) => each.rule).sort(),
  );
});

for (const { rule, cluster, changes, told } of mistakes) {
  test(`${rule} is what is found, in every file concerned, and its fixes leave nothing of it`, () => {
    const before = new Set(findings(filesOf(cluster, [])).map((each) => each.rule));
    const files = filesOf(cluster, changes);
    const found = findings(files).filter((each) => !before.has(each.rule));
    assert.deepEqual([...new Set(found.map((each) => each.rule))], [rule]);
    assert.deepEqual([...new Set(found.map((each) => each.in))].sort(), [...told].sort());
    for (const { in: path, fixes } of found) {
      for (const fix of fixes ?? []) {
        const edits = new Map<string, TextEdit[]>();
        for (const edit of fix.edits) {
          const target = edit.path ?? path;
          edits.set(target, [...(edits.get(target) ?? []), edit]);
        }
        const mended = new Map(files);
        for (const [target, list] of edits) mended.set(target, applyEdits(files.get(target) ?? '', list));
        const left = findings(mended).filter((each) => !before.has(each.rule));
        assert.deepEqual(
          left.map((each) => `${each.in} ${each.rule}`),
          [],
          fix.title.template,
        );
      }
    }
  });
}
