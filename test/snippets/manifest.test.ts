import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

test('the manifest names a file of snippets for each language of the reader', () => {
  const { contributes } = read('package.json') as { contributes: { snippets: readonly { path: string }[] } };
  const english = read('package.nls.json') as Record<string, string>;
  const korean = read('package.nls.ko.json') as Record<string, string>;
  assert.ok(contributes.snippets.length > 0);
  for (const { path } of contributes.snippets) {
    const key = path.replaceAll('%', '');
    const file = english[key] ?? '';
    assert.ok(existsSync(file), path);
    // The build writes these from the English ones.
    assert.equal(korean[key], `./dist/snippets-ko/${basename(file)}`);
  }
});
