import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Workspace } from '../../src/service';

const folder = 'test/fixtures/runbooks';

/** `line:rule` of every finding in one runbook; the family `runbook` goes without saying. */
function findings(path: string, text: string): readonly string[] {
  const workspace = new Workspace({}, {}, [], gunzipSync);
  const file = workspace.open(path, text);
  return workspace
    .diagnose(path)
    .map(({ span, rule }) => `${(file?.lines.positionAt(span.start).line ?? -1) + 1}:${rule.replace(/^runbook\//, '')}`)
    .sort();
}

// A case begins with `=== path | findings`; `CRLF` among them gives it line ends of Windows.
for (const name of readdirSync(folder))
  for (const [index, written] of readFileSync(join(folder, name), 'utf8').split(/^=== /m).slice(1).entries()) {
    const [head = '', ...lines] = written.split('\n');
    const [path = '', expected = ''] = head.split('|').map((each) => each.trim());
    const words = expected.split(/\s+/).filter((each) => each !== '');
    test(`${name} ${index + 1}: ${lines.slice(0, 5).join(' ').slice(0, 90)}`, () => {
      const text = lines.join(words.includes('CRLF') ? '\r\n' : '\n');
      assert.deepEqual(findings(path, text), words.filter((each) => each !== 'CRLF').sort(), lines.join('\n'));
    });
  }
