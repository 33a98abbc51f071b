import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { furnishDemo } from '../../../scripts/setup/demo-folder';
import { parseInventory } from '../../../src/model/inventory/parse-inventory';
import { configTargets } from '../../../src/ops/config-target';
import { PracticeCluster } from '../../../src/run/practice/practice-cluster';
import { Workspace } from '../../../src/service';
import { filesBelow } from '../../support/files';

const work = mkdtempSync(join(tmpdir(), 'haven-demo-'));
after(() => rmSync(work, { recursive: true, force: true }));

test('the nodes of the demo hold the files of its folder, in which only the mistake to try is found', () => {
  const folder = join(work, 'example-cluster');
  const practice = new PracticeCluster(() => Date.UTC(2026, 10, 21));
  furnishDemo(folder, practice, 2222);
  const workspace = new Workspace();
  for (const path of ['.yaml', '.cfg', '.conf', '.md'].flatMap((ending) => filesBelow(folder, ending)))
    workspace.open(relative(folder, path), readFileSync(path, 'utf8'));
  const found = workspace.files().flatMap(({ path }) => workspace.diagnose(path).map(({ rule }) => `${path}: ${rule}`));
  assert.deepEqual(found, ['haproxy-try-me.cfg: haproxy/unknown-keyword']);

  const [cluster] = parseInventory(readFileSync(join(folder, 'haven.yaml'), 'utf8')).clusters;
  assert.ok(cluster);
  const targets = configTargets(cluster, (name) => workspace.file(name)?.kind);
  assert.equal(targets.length, 7);
  for (const { host, file, path } of targets) {
    const machine = practice.nodes.find((each) => each.name === host);
    assert.equal(machine?.files.text(path), readFileSync(join(folder, file), 'utf8'), `${host}:${path}`);
  }
});
