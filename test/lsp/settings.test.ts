import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { difference } from '../../src/lsp/files';
import { readSettings, speaker } from '../../src/lsp/settings';

test('settings are read with dots, nested, and in the section of their name', () => {
  const wanted = { versions: { haproxy: [2, 6] }, severities: { 'a/b': 'off' }, columns: 'align', startLists: [] };
  const rules = { 'a/b': 'off' };
  for (const given of [
    { 'haproxy.version': '2.6', 'format.columns': 'align', rules },
    { haproxy: { version: '2.6' }, format: { columns: 'align', startLists: [] }, rules },
    { haven: { haproxy: { version: '2.6' }, 'format.columns': 'align', rules } },
  ])
    assert.deepEqual(readSettings(given), wanted);
  for (const given of [undefined, null, 7, {}, { haproxy: { version: 2 }, format: { columns: 'wide' } }])
    assert.deepEqual(readSettings(given), { versions: {}, severities: {}, columns: 'keep', startLists: [] });
});

test('messages are said in the language of the client where there are texts in it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haven-texts-'));
  writeFileSync(join(folder, 'texts-ko.json.br'), brotliCompressSync(JSON.stringify({ 'line {0}': '{0}번째 줄' })));
  const known = { template: 'line {0}', args: [3] };
  assert.equal(speaker('ko-KR', folder)(known), '3번째 줄');
  assert.equal(speaker('KO', folder)(known), '3번째 줄');
  assert.equal(speaker('ko', folder)({ template: 'other', args: [] }), 'other');
  for (const locale of ['en', 'fr', undefined, '../ko']) assert.equal(speaker(locale, folder)(known), 'line 3');
  rmSync(folder, { recursive: true });
});

test('what was typed is found between two texts', () => {
  assert.deepEqual(difference('abc', 'abXc'), { span: { start: 2, end: 2 }, newText: 'X' });
  assert.deepEqual(difference('aab', 'ab'), { span: { start: 1, end: 2 }, newText: '' });
  assert.deepEqual(difference('aa', 'aaa'), { span: { start: 2, end: 2 }, newText: 'a' });
});
