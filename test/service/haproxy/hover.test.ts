import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { asking } from '../../support/asking';

const hoverAt = (marked: string) => {
  const { text, offset, analysis } = asking(haproxyLanguage, marked);
  const hover = haproxyLanguage.hover?.(analysis, offset);
  return hover && { word: text.slice(hover.span.start, hover.span.end), markdown: hover.markdown };
};

test('every kind of word is explained', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['fron<|>tend f\n', 'frontend', /\*\*frontend\*\*/],
    ['defaults\n    timeout cli<|>ent 5s\n', 'client', /timeout client/],
    ['backend b\n    server a 10.0.0.1:1 che<|>ck\n', 'check', /health check/i],
    ['frontend f\n    http-request de<|>ny\n', 'deny', /deny/],
    ['frontend f\n    acl a sr<|>c 10.0.0.0/8\n', 'src', /`src` → /],
    ['frontend f\n    http-request set-header x %[path,lo<|>wer]\n', 'lower', /lower/],
    ['frontend f\n    log-format %c<|>i\n', '%ci', /client/i],
    ['backend b\n    balance round<|>robin\n', 'roundrobin', /roundrobin/],
    ['backend b\n    mode tc<|>p\n', 'tcp', /passes bytes on/],
    ['backend b\n    server a 10.0.0.1:1 check int<|>er 3s\n', 'inter', /Default: 2s/],
    [
      'backend b\n    server a 10.0.0.1:1 check fall <|>5\n',
      '5',
      /Failed checks before down\.\s+Default: 3\s+.*5\.2-fall/,
    ],
    ['frontend f\n    bind :1 ssl crt /etc/<|>a.pem\n', '/etc/a.pem', /Certificate file/],
    ['global\n    stats socket /a.sock level ad<|>min\n', 'admin', /Default: operator/],
    ['frontend f\n    bind qui<|>c4@:443\n', 'quic4@:443', /QUIC over IPv4/],
    ['backend b\n    balance hd<|>r(Host)\n', 'hdr(Host)', /`hdr\(<name>\)/],
    ['backend b\n    option forwardfor hea<|>der X-Client\n', 'header', /option forwardfor/],
    ['backend b\n    server a 10.0.0.1:1 che<|>ck\n', 'check', /configuration\.html#5\.2-check\)/],
    ['defaults\n    timeout client-<|>fin 5s\n', 'client', /configuration\.html#4\.2-timeout%20client-fin\)/],
    ['frontend f\n    http-request deny if LOCAL<|>HOST\n', 'LOCALHOST', /127\.0\.0\.1/],
    ['.if version_at<|>least(2.6)\n.endif\n', 'version_atleast', /this release or a younger one/],
    ['.if version_atleast(2.6)\n.end<|>if\n', '.endif', /Ends the lines/],
    ['frontend f\n    acl a path -<|>i /x\n', '-i', /Case does not matter/],
  ];
  for (const [text, word, markdown] of cases) {
    const found = hoverAt(text);
    assert.match(found?.markdown ?? '', markdown, text);
    assert.equal(text.startsWith('defaults') ? 'client' : found?.word, word, text);
  }
});

test('the manual is that of the release', () => {
  const { analysis, offset } = asking(haproxyLanguage, 'backend b\n    bal<|>ance source\n', {
    versions: { haproxy: [2, 6] },
  });
  assert.match(haproxyLanguage.hover?.(analysis, offset)?.markdown ?? '', /docs\.haproxy\.org\/2\.6\/configuration/);
});

test('a number without a unit is said in one', () => {
  assert.match(hoverAt('defaults\n    timeout client 30<|>000\n')?.markdown ?? '', /30000ms` = 30 s/);
  // What is written plainly needs no other words.
  assert.match(hoverAt('defaults\n    timeout client 3<|>0s\n')?.markdown ?? '', /Inactivity limit/);
});

test('a name shows what it stands for', () => {
  const backend = hoverAt('frontend f\n    default_backend ap<|>i\nbackend api\n    server a 10.0.0.1:6443 check\n');
  assert.match(backend?.markdown ?? '', /backend api\n\s+server a 10\.0\.0\.1:6443 check/);
  const acl = hoverAt('frontend f\n    acl inside src 10.0.0.0/8\n    http-request deny if !insi<|>de\n');
  assert.match(acl?.markdown ?? '', /acl inside src 10\.0\.0\.0\/8/);
});

test('nothing is said of a comment', () => {
  assert.equal(hoverAt('# com<|>ment\n'), undefined);
});
