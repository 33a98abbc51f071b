import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { asking } from '../../support/asking';
import fc from '../../support/fast-check';
import { filesBelow } from '../../support/files';
import { sharedFolder } from '../../support/shared';

const analysed = (text: string) => haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: {} });

function coloured(text: string): string[] {
  return (haproxyLanguage.tokens?.(analysed(text)) ?? []).map(
    ({ span, type, modifiers }) => `${text.slice(span.start, span.end)}:${[type, ...(modifiers ?? [])].join('+')}`,
  );
}

test('words have the colour of what they are to the program', () => {
  assert.deepEqual(coloured('frontend f\n    default_backend api\nbackend api\n'), [
    'frontend:keyword',
    'f:definition+definition',
    'default_backend:keyword',
    'api:reference',
    'backend:keyword',
    'api:definition+definition',
  ]);
  assert.deepEqual(
    coloured('frontend f\n    acl in src 10.0.0.0/8\n    http-request deny deny_status 429 if ! in\n').slice(2),
    [
      'acl:keyword',
      'in:definition+definition',
      'src:function',
      '10.0.0.0/8:string',
      'http-request:keyword',
      'deny:function',
      'deny_status:property',
      '429:number',
      'if:keyword',
      '!:keyword',
      'in:reference',
    ],
  );
  assert.deepEqual(coloured('backend b\n    option httpchk GET /readyz\n').slice(2), [
    'option:keyword',
    'httpchk:keyword',
    'GET:property',
    '/readyz:string',
  ]);
  assert.deepEqual(coloured('frontend f\n    log-format "%ci %[var(txn.a),lower]"\n').slice(3), [
    '%ci:variable',
    'var:function',
    'txn.a:variable',
    'lower:function',
  ]);
});

test('every word of our own files has a colour', () => {
  for (const path of [...filesBelow('examples', '.cfg'), ...filesBelow('test/fixtures', '.cfg')]) {
    const text = readFileSync(path, 'utf8');
    const analysis = analysed(text);
    const spans = (haproxyLanguage.tokens?.(analysis) ?? []).map((each) => each.span);
    const plain = analysis.document.lines.flatMap(({ words }, line) =>
      words.flatMap((word) => {
        const start = (analysis.document.starts[line] ?? 0) + word.start;
        return spans.some((each) => each.start < start + word.text.length && each.end > start) ? [] : [word.text];
      }),
    );
    assert.deepEqual(plain, [], path);
  }
});

function checkTokens(text: string): void {
  let end = 0;
  for (const { span } of haproxyLanguage.tokens?.(analysed(text)) ?? []) {
    assert.ok(span.start >= end && span.end > span.start, `at ${span.start}: ${text}`);
    assert.ok(!text.slice(span.start, span.end).includes('\n'));
    end = span.end;
  }
}

test('coloured words stand in order, one behind the other, each on one line', () => {
  const corpus = filesBelow(sharedFolder('corpus', 'haproxy') ?? '', '.cfg');
  for (const path of [...filesBelow('examples', '.cfg'), ...corpus]) checkTokens(readFileSync(path, 'utf8'));
  const word = fc.constantFrom(
    'global',
    'backend',
    'acl',
    'a',
    '"%[src',
    ',lower]"',
    '{',
    '}',
    'if',
    '!',
    'var(x',
    ')',
  );
  const line = fc.array(word, { maxLength: 8 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (lines) => checkTokens(lines.join('\n'))),
    { seed: 7 },
  );
});

test('the colours of a range are those of its lines', () => {
  const text = 'frontend f\n    bind :1\n    mode tcp\n';
  const at = text.indexOf('mode');
  const words = (haproxyLanguage.tokens?.(analysed(text), { start: at, end: at }) ?? []).map(({ span }) =>
    text.slice(span.start, span.end),
  );
  assert.deepEqual(words, ['mode', 'tcp']);
});

const hints = (text: string) =>
  haproxyLanguage
    .hints?.(analysed(text), { start: 0, end: text.length })
    .map((each) => [text.slice(text.lastIndexOf('\n', each.offset - 1) + 1, each.offset), render(each.label)]);

test('a proxy shows the mode and the timeouts that it takes over', () => {
  assert.deepEqual(
    hints(
      'defaults\n    mode http\n    timeout client 5s\n    timeout server 9s\nfrontend f\nbackend b\n    mode tcp\n',
    ),
    [
      ['frontend f', 'inherits mode http, client 5s'],
      ['backend b', 'inherits server 9s'],
    ],
  );
  assert.deepEqual(hints('frontend f\n'), [['frontend f', 'mode tcp unless set']]);
  assert.deepEqual(hints('frontend f\n    mode tcp\n    timeout client 1s\n'), []);
});

test('what the files before it say is taken over, too', () => {
  const file = (path: string, text: string) => haproxyLanguage.analyse({ path, text, versions: {} });
  const main = file('lb/haproxy.cfg', 'defaults a\n    mode http\n    timeout client 5s\ndefaults b\n    mode tcp\n');
  const web = file('lb/conf.d/web.cfg', 'frontend f from a\nfrontend g\n');
  const labels = (siblings: readonly { path: string; analysis: typeof main; before?: boolean }[]) =>
    haproxyLanguage.hints?.(web, { start: 0, end: 99 }, siblings).map((each) => render(each.label));
  assert.deepEqual(labels([{ path: 'lb/haproxy.cfg', analysis: main }]), [
    'inherits mode http, client 5s',
    'inherits mode tcp',
  ]);
  assert.deepEqual(labels([{ path: 'lb/haproxy.cfg', analysis: main, before: false }]), [
    'mode tcp unless set',
    'mode tcp unless set',
  ]);
});

const signatureAt = (marked: string) => {
  const { analysis, offset } = asking(haproxyLanguage, marked);
  const found = haproxyLanguage.signature?.(analysis, offset);
  return found && [found.label, found.parameters[found.activeParameter]?.label];
};

test('the signature is that of the closest function, action, parameter or directive', () => {
  const cases: readonly (readonly [string, RegExp, string | undefined])[] = [
    ['frontend f\n    http-request set-header x %[req.hdr(<|>', /^req\.hdr\(/, '<name>'],
    ['frontend f\n    http-request set-header x %[req.hdr(a,<|>', /^req\.hdr\(/, '<occ>'],
    ['frontend f\n    http-request set-header <|>', /^set-header /, '<name>'],
    ['frontend f\n    http-request set-header x <|>', /^set-header /, '<fmt>'],
    ['backend b\n    server a 10.0.0.1:1 inter <|>', /^inter /, '<delay>'],
    ['backend b\n    server <|>', /^server /, '<name>'],
    ['backend b\n    server a <|>', /^server /, '<address>[:<port>]'],
    ['backend b\n    server a 10.0.0.1:1 <|>', /^server /, '<param>'],
    ['backend b\n    stick-table type ip size <|>', /^stick-table /, '<size>'],
    ['backend b\n    cookie A <|>', /^cookie /, undefined],
    ['frontend f\n    use_backend b if <|>', /^use_backend /, '<cond>'],
    ['frontend f\n    http-request do-resolve(txn.a,<|>', /^do-resolve\(/, '<resolvers>'],
    ['frontend f\n    http-request sc-inc-gpc(<|>', /^sc-inc-gpc\(/, '<idx>'],
    ['.if streq(a,<|>', /^streq\(/, '<b>'],
    ['backend <|>', /^backend <name>/, '<name>'],
    ['backend b from <|>', /^backend <name>/, '<defaults>'],
  ];
  for (const [text, label, parameter] of cases) {
    const found = signatureAt(text);
    assert.match(found?.[0] ?? '', label, text);
    assert.equal(found?.[1], parameter, text);
  }
  assert.equal(signatureAt('# ba<|>ckend\n'), undefined);
});
