import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { filesBelow } from '../../support/files';
import { inOldWords, renameAll } from '../../support/rename-all';
import { sharedFolder } from '../../support/shared';
import { expandedSnippets } from '../../support/snippets';

const installed = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });
const release = /version (\d+)\.(\d+)/.exec(installed.stdout ?? '');
const skip = release === null ? 'haproxy is not installed' : false;
const versions = { haproxy: [Number(release?.[1] ?? 2), Number(release?.[2] ?? 6)] };

/** What the program says of a text, with its exit code. */
function verdict(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'haven-rename-'));
  try {
    const path = join(folder, 'haproxy.cfg');
    writeFileSync(path, text);
    const { status, stderr } = spawnSync('haproxy', ['-c', '-f', path], { encoding: 'utf8', timeout: 10_000 });
    return `${status}\n${stderr.replaceAll(path, 'FILE').replace(/\(\d+\)|at position \d+/g, '')}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const files = [
  ...filesBelow('examples', '.cfg'),
  ...filesBelow('test/fixtures', '.cfg'),
  // The corpus holds hundreds; every tenth has all the kinds of names.
  ...filesBelow(sharedFolder('corpus', 'haproxy') ?? '', '.cfg').filter((_, i) => i % 10 === 0),
].map((path) => ({ title: basename(path), text: readFileSync(path, 'utf8') }));

test('a file whose names have all been changed is to haproxy -c what it was before', { skip }, () => {
  let names = 0;
  for (const { title, text } of [...expandedSnippets('haproxy'), ...files]) {
    const renamed = renameAll(haproxyLanguage, 'haproxy.cfg', text, versions);
    names += renamed.before.size;
    assert.equal(inOldWords(verdict(renamed.text), renamed), verdict(text), title);
  }
  assert.ok(names > 20, `${names} names`);
});

test('a name that is changed in one place only would be noticed', { skip }, () => {
  const text = 'defaults\n    timeout client 1s\nfrontend f\n    bind :1\n    default_backend api\n';
  assert.notEqual(verdict(`${text}backend api2\n`), verdict(`${text}backend api\n`));
});
