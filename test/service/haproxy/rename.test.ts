import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { applyEdits } from '../../../src/base/span';
import { haproxyLanguage as language } from '../../../src/service/haproxy';
import { filesBelow } from '../../support/files';
import { sharedFolder } from '../../support/shared';
import { expandedSnippets } from '../../support/snippets';

const installed = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });
const release = /version (\d+)\.(\d+)/.exec(installed.stdout ?? '');
const versions = { haproxy: [Number(release?.[1] ?? 2), Number(release?.[2] ?? 6)] as const };

/** What the program says of a text, with the names in it put back. */
function verdict(text: string, before: ReadonlyMap<string, string>): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'haven-rename-'));
  try {
    const path = join(folder, 'haproxy.cfg');
    writeFileSync(path, text);
    const { status, stderr } = spawnSync('haproxy', ['-c', '-f', path], { encoding: 'utf8', timeout: 10_000 });
    const said = stderr.replaceAll(path, 'FILE').replace(/\(\d+\)|at position \d+/g, '');
    return { status, said: said.replace(/zz\d{3}/g, (name) => before.get(name) ?? name) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Gives every name of the file a new one, one after the other; says what each was before. */
function renameAll(original: string): { readonly text: string; readonly before: ReadonlyMap<string, string> } {
  const before = new Map<string, string>();
  let text = original;
  let from = 0;
  for (;;) {
    const analysis = language.analyse({ path: 'haproxy.cfg', text, versions });
    const next = nextName(text, analysis, from);
    if (next === undefined) return { text, before };
    from = next.offset + 1;
    const scope = /^(?:proc|sess|txn|req|res|check)\.(?=\w)/.exec(next.name)?.[0] ?? '';
    const fresh = `zz${String(before.size).padStart(3, '0')}`;
    const isVariable = language.checkName?.(analysis, next.offset, fresh) !== undefined;
    const newName = isVariable ? scope + fresh : fresh;
    assert.equal(language.checkName?.(analysis, next.offset, newName), undefined, newName);
    before.set(fresh, isVariable ? next.name.slice(scope.length) : next.name);
    const places = language.references?.(analysis, next.offset, []) ?? [];
    assert.ok(places.length > 0, next.name);
    text = applyEdits(
      text,
      places.map(({ span }) => ({ span, newText: newName })),
    );
  }
}

function nextName(text: string, analysis: Parameters<typeof language.diagnose>[0], from: number) {
  for (const { index } of text.slice(from).matchAll(/[\w.:-]+/g)) {
    const offset = from + index;
    const found = language.renameable?.(analysis, offset);
    if (found !== undefined && !/^(?:\w+\.)?zz\d{3}$/.test(found.name)) return { offset, name: found.name };
  }
  return undefined;
}

const own = expandedSnippets('haproxy').map(({ title, text }) => ({ name: title, text }));
const files = [
  ...filesBelow('examples', '.cfg'),
  ...filesBelow('test/fixtures', '.cfg'),
  // The corpus holds hundreds; every sixth has all the kinds of names.
  ...filesBelow(sharedFolder('corpus', 'haproxy') ?? '', '.cfg').filter((_, i) => i % 6 === 0),
].map((path) => ({ name: basename(path), text: readFileSync(path, 'utf8') }));

test('a file whose names have all been changed is to haproxy -c what it was before', {
  skip: release === null ? 'haproxy is not installed' : false,
}, () => {
  let names = 0;
  for (const { name, text } of [...own, ...files]) {
    const renamed = renameAll(text);
    names += renamed.before.size;
    assert.deepEqual(verdict(renamed.text, renamed.before), verdict(text, new Map()), name);
  }
  assert.ok(names > 20, `${names} names`);
});

test('a name that is changed in one place only is noticed', { skip: release === null }, () => {
  const text = 'defaults\n    timeout client 1s\nfrontend f\n    bind :1\n    default_backend api\n';
  const known = `${text}backend api\n`;
  assert.notDeepEqual(verdict(`${text}backend zz000\n`, new Map([['zz000', 'api']])), verdict(known, new Map()));
});
