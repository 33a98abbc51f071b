import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trailing, withoutTrailing } from '../../../src/base/trailing';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { occurrences } from '../../../src/service/haproxy/occurrences';

test('occurrences are those that an expression finds by itself', () => {
  const text = 'map(a) xmap(b) map_beg(c) mapmap(d) map map(e)map(f)';
  const all = (form: RegExp) => [...occurrences(text, 'map', form)].map(([, name]) => name);
  assert.deepEqual(all(/(?<!\w)map(?:_\w+)?\(([^,()\s]+)/y), ['a', 'c', 'e', 'f']);
  assert.deepEqual(
    [...occurrences('$$A', '$', /\$(\w)/y)].map(([, name]) => name),
    ['A'],
  );
});

test('letters at the end of a text', () => {
  assert.equal(trailing('a b.c', /[\w.]/), 'b.c');
  assert.equal(trailing('', /\w/), '');
  assert.equal(withoutTrailing('/a//', /\//), '/a');
  assert.equal(withoutTrailing('//', /\//), '');
});

/** What is offered where a bar stands in the text. */
function offered(marked: string): readonly string[] {
  const offset = marked.indexOf('|');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  const analysis = haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: {} });
  return (haproxyLanguage.complete?.(analysis, offset, []) ?? []).map((each) => each.label);
}

test('names that other lines give are offered once each, wherever they stand on their lines', () => {
  const names = offered(`global
    setenv FIRST x
	presetenv SECOND y
    # resetenv THIRD z
defaults
    log-format "$FOURTH \${FIFTH}"
backend b
    http-request set-header A %[env(|)]
`);
  for (const name of ['FIRST', 'SECOND', 'FOURTH', 'FIFTH']) assert.ok(names.includes(name), name);
  assert.ok(!names.includes('THIRD'));
  const maps = offered(`backend b
    http-request set-header A %[src,map_ip(/etc/a.map)]
    http-request set-header B %[src,map(/etc/a.map)] if { src,map(/etc/b.map) -m found }
    http-request set-header C %[src,map(|)]
`);
  assert.deepEqual(
    maps.filter((each) => each.startsWith('/etc/')),
    ['/etc/a.map', '/etc/b.map'],
  );
});
