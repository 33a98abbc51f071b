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
