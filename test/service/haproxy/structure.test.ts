import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { asking } from '../../support/asking';

test('the outline has sections, and in them servers, ACLs and addresses', () => {
  const { analysis } = asking(
    haproxyLanguage,
    'global\nfrontend f\n    bind :1\n    acl in src 10.0.0.1\n\nbackend b\n    server a 10.0.0.1:1<|>\n\n',
  );
  assert.deepEqual(
    haproxyLanguage
      .symbols?.(analysis)
      .map((each) => [each.name, each.detail, each.children.map((child) => child.name).join(' ')]),
    [
      ['global', undefined, ''],
      ['f', 'frontend', ':1 in'],
      ['b', 'backend', 'a'],
    ],
  );
});

test('sections fold up to their last word, and so do comments of several lines', () => {
  const { analysis, text } = asking(
    haproxyLanguage,
    '# one\n# two\nfrontend f\n    bind :1\n\n# alone\nbackend b\n    server a 10.0.0.1:1<|>\n\n',
  );
  assert.deepEqual(
    haproxyLanguage.folds?.(analysis).map(({ span, kind }) => [text.slice(span.start, span.end), kind]),
    [
      ['frontend f\n    bind :1', 'region'],
      ['backend b\n    server a 10.0.0.1:1', 'region'],
      ['# one\n# two', 'comment'],
    ],
  );
});

test('a selection grows from the name to the file', () => {
  const marked = 'backend o\n\nfrontend f\n    http-request set-header x %[var(txn.a),lo<|>wer] if TRUE\n';
  const { analysis, offset, text } = asking(haproxyLanguage, marked);
  const spans = haproxyLanguage.selection?.(analysis, offset) ?? [];
  assert.deepEqual(
    spans.map(({ start, end }) => text.slice(start, end)),
    [
      'lower',
      '%[var(txn.a),lower]',
      'http-request set-header x %[var(txn.a),lower] if TRUE',
      '    http-request set-header x %[var(txn.a),lower] if TRUE',
      'frontend f\n    http-request set-header x %[var(txn.a),lower] if TRUE',
      text,
    ],
  );
});

test('links lead to the files that the program reads', () => {
  const { analysis, text } = asking(
    haproxyLanguage,
    '<|>global\n    ca-base /etc/ssl\nfrontend f\n    bind :1 ssl crt /etc/haproxy/site.pem\n    errorfile 503 errors/503.http\n    acl bad src -f /etc/haproxy/bad.lst\n    http-request set-header x %[src,map_ip(/etc/haproxy/a.map)]\n',
  );
  assert.deepEqual(
    haproxyLanguage.links?.(analysis).map(({ span, target }) => [text.slice(span.start, span.end), target]),
    ['/etc/haproxy/site.pem', 'errors/503.http', '/etc/haproxy/bad.lst', '/etc/haproxy/a.map'].map((each) => [
      each,
      each,
    ]),
  );
});

test('links lead to the folders that certificates are kept in, and to the files of actions, filters and maps', () => {
  const { analysis } = asking(
    haproxyLanguage,
    `<|>global
    ca-base /etc/ca/
    crt-base /etc/crt
crt-store web
    crt-base /etc/web
    load crt site.pem alias one
frontend f
    bind :1 ssl crt a.pem ca-file ca.pem
    bind :2 ssl crt @web/one.pem
    filter spoe engine waf config /etc/waf.conf
    http-request add-acl(/etc/a.lst) src
    http-request set-map(/etc/b.map) %[src] x if { path -f "/etc/my files/c.lst" }
    use_backend %[req.hdr(host),map_dom(/etc/d.map)]
    ssl-f-use crt /etc/e.pem
`,
    { versions: { haproxy: [3, 2] } },
  );
  assert.deepEqual(
    haproxyLanguage.links?.(analysis).map(({ target }) => target),
    [
      ...['/etc/web/site.pem', '/etc/crt/a.pem', '/etc/ca/ca.pem', '/etc/waf.conf', '/etc/a.lst'],
      ...['/etc/my files/c.lst', '/etc/b.map', '/etc/d.map', '/etc/e.pem'],
    ],
  );
});

test('branches of conditions fold, and sections end in front of those that hold them', () => {
  const { analysis, text } = asking(
    haproxyLanguage,
    '.if defined(A)\nfrontend f\n    bind :1\n.else\nfrontend g\n.if defined(B)\n    bind :2\n.endif\n.endif\n<|>',
  );
  assert.deepEqual(
    haproxyLanguage.folds?.(analysis).map(({ span }) => text.slice(span.start, span.end)),
    [
      'frontend f\n    bind :1',
      'frontend g\n.if defined(B)\n    bind :2\n.endif',
      '.if defined(A)\nfrontend f\n    bind :1',
      '.if defined(B)\n    bind :2',
      '.else\nfrontend g\n.if defined(B)\n    bind :2\n.endif',
    ],
  );
});

test('lines with carriage returns are selected and folded without them', () => {
  const { analysis, text, offset } = asking(haproxyLanguage, '# a\r\n# b\r\nbackend b\r\n    mode <|>tcp\r\n');
  assert.ok(
    (haproxyLanguage.selection?.(analysis, offset) ?? [])
      .map(({ start, end }) => text.slice(start, end))
      .includes('    mode tcp'),
  );
  assert.deepEqual(
    haproxyLanguage.folds?.(analysis).map(({ span }) => text.slice(span.start, span.end)),
    ['backend b\r\n    mode tcp', '# a\r\n# b'],
  );
});

test('the outline has what other sections name', () => {
  const { analysis } = asking(
    haproxyLanguage,
    'mailers m\n    mailer z 10.0.0.1:25\nuserlist u\n    group g\n    user a password x\npeers p\n    peer o 10.0.0.1:1\n    table t type ip size 1k\n<|>',
  );
  assert.deepEqual(
    haproxyLanguage.symbols?.(analysis).map((each) => each.children.map((child) => child.name).join(' ')),
    ['z', 'g a', 'o t'],
  );
});
