import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { practiceFile } from '../../../src/run/practice/practice-files';
import { Workspace } from '../../../src/service';

test('the files of the practice cluster have no problems, and no address of the example is left in them', () => {
  const workspace = new Workspace();
  for (const entry of readdirSync('examples', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(cfg|conf|yaml)$/.test(entry.name)) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const text = practiceFile(readFileSync(path, 'utf8'), { network: '127.77.1', port: 2222 });
    assert.doesNotMatch(text, /192\.168\.1\./);
    workspace.open(relative('examples', path), text);
  }
  const files = workspace.files();
  assert.ok(files.length > 6, files.map((each) => each.path).join());
  for (const each of files) assert.deepEqual(workspace.diagnose(each.path), [], each.path);
});
