import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { expandedSnippets } from '../support/snippets';

const installed = spawnSync('haproxy', ['-v']).status === 0;

for (const { title, text } of expandedSnippets('haproxy')) {
  test(`haproxy accepts the snippet "${title}"`, { skip: installed ? false : 'haproxy is not installed' }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'haven-snippet-'));
    try {
      const path = join(folder, 'haproxy.cfg');
      writeFileSync(path, text);
      const { status, stderr } = spawnSync('haproxy', ['-c', '-f', path], {
        encoding: 'utf8',
        env: { ...process.env, STATS_PASSWORD: 'secret' },
      });
      assert.equal(status, 0, stderr);
      assert.ok(!stderr.includes('[WARNING]'), stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
