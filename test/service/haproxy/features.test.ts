import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { withCursor } from '../../support/fixture';

const at = (marked: string) => {
  const { text, offset } = withCursor(marked);
  return { text, offset, analysis: haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: {} }) };
};
const labels = (marked: string) => {
  const { analysis, offset } = at(marked);
  return haproxyLanguage.complete?.(analysis, offset, []).map((each) => each.label) ?? [];
};
const has = (marked: string, ...wanted: string[]) => {
  const found = labels(marked);
  for (const each of wanted) assert.ok(found.includes(each), `${each} is not among ${found.slice(0, 30).join(' ')}`);
};

test('completion knows the section, the directive and its place in the line', () => {
  has('backend b\n    <|>', 'server', 'balance', 'option', 'frontend');
  assert.ok(!labels('global\n    <|>').includes('server'));
  has('backend b\n    option <|>', 'httpchk');
  has('defaults\n    mode <|>', 'tcp', 'http');
  has('backend b\n    server a 10.0.0.1:1 che<|>', 'check', 'check-ssl', 'verify');
  has('frontend f\n    bind :1 <|>', 'ssl', 'crt');
  has('frontend f\n    default_backend <|>\nbackend api\n', 'api');
  has('frontend f\n    acl inside src 10.0.0.0/8\n    http-request deny if <|>\n', 'inside', 'TRUE');
  has('frontend f\n    http-request <|>\n', 'deny', 'set-header');
});

test('hover tells what a directive does and where its manual is', () => {
  const { analysis, offset } = at('defaults\n    timeout cli<|>ent 5s\n');
  const hover = haproxyLanguage.hover?.(analysis, offset);
  assert.match(hover?.markdown ?? '', /timeout client[\s\S]*docs\.haproxy\.org/);
  const parameter = at('backend b\n    server a 10.0.0.1:1 che<|>ck\n');
  assert.match(haproxyLanguage.hover?.(parameter.analysis, parameter.offset)?.markdown ?? '', /check/);
  const nothing = at('# com<|>ment\n');
  assert.equal(haproxyLanguage.hover?.(nothing.analysis, nothing.offset), undefined);
});

test('definitions of backends and conditions', () => {
  const backend = at('frontend f\n    default_backend ap<|>i\n\nbackend api\n');
  const [found] = haproxyLanguage.definition?.(backend.analysis, backend.offset, []) ?? [];
  assert.equal(backend.text.slice(found?.span.start, found?.span.end), 'api');
  assert.ok((found?.span.start ?? 0) > backend.offset);
  const acl = at('frontend f\n    acl inside src 10.0.0.0/8\n    http-request deny if !insi<|>de\n');
  assert.equal(haproxyLanguage.definition?.(acl.analysis, acl.offset, []).length, 1);
});

test('outline and folding', () => {
  const { analysis, text } = at('frontend f\n    bind :1\n\nbackend b\n    server a 10.0.0.1:1<|>\n\n');
  const symbols = haproxyLanguage.symbols?.(analysis) ?? [];
  assert.deepEqual(
    symbols.map((each) => [each.name, each.detail, each.children.map((child) => child.name)]),
    [
      ['f', 'frontend', [':1']],
      ['b', 'backend', ['a']],
    ],
  );
  const [first] = haproxyLanguage.folds?.(analysis) ?? [];
  assert.equal(text.slice(first?.span.start, first?.span.end), 'frontend f\n    bind :1');
});

test('a global ssl-server-verify none takes the need for a CA away', () => {
  const server = 'backend b\n    server a 10.0.0.1:443 ssl\n';
  const found = (text: string) =>
    haproxyLanguage
      .diagnose(haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: {} }), [])
      .filter((each) => /verify it with/.test(each.message.template)).length;
  assert.equal(found(server), 1);
  assert.equal(found(`global\n    ssl-server-verify none\n\n${server}`), 0);
});
