import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, test } from 'node:test';

describe('activation', () => {
  before(() => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] });
  });

  test('loads the small first bundle and nothing of the language side, the hosts or the panels', () => {
    // A process of its own, so that what it has loaded is what activation loaded.
    const text = execFileSync(process.execPath, ['--import', 'tsx', 'test/support/activate-once.ts'], {
      encoding: 'utf8',
    });
    const { loaded } = JSON.parse(text) as { readonly loaded: readonly string[] };
    assert.deepEqual(loaded, ['dist/extension.js']);
  });
});
