import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineIndex } from '../../../src/base/line-index';
import { analyseHaproxy } from '../../../src/model/haproxy/analysis';
import { conformance } from '../../../src/rules/haproxy/conformance';
import { diagnoseHaproxy } from '../../../src/rules/haproxy/diagnose';

const ids = new Set(conformance.map((each) => each.id));
const defaults = ['defaults d', '  mode http', '  timeout connect 1s', '  timeout client 1s', '  timeout server 1s'];

/** What is said of the lines below a `defaults` section: the number of the line among them, severity and rule. */
function found(lines: readonly string[], version: readonly number[], inherited: readonly string[] = []): string[] {
  const above = [...defaults, ...inherited];
  const text = [...above, ...lines].map((each) => `${each}\n`).join('');
  const index = new LineIndex(text);
  return diagnoseHaproxy(analyseHaproxy({ path: 'x.cfg', text, version }), [])
    .filter((each) => each.severity !== 'hint' && ids.has(each.rule))
    .map(({ span, severity, rule }) => `${index.positionAt(span.start).line - above.length + 1} ${severity} ${rule}`);
}

const of26 = (...lines: readonly string[]) => found(lines, [2, 6]);

test('the steps of a check stand in the order that the program asks for', () => {
  const check = (...steps: readonly string[]) =>
    of26('backend b', '  option httpchk', ...steps.map((each) => `  http-check ${each}`));
  const wrong = 'error haproxy/conflicting-settings';
  assert.deepEqual(check('send meth GET', 'expect status 200'), []);
  assert.deepEqual(check('comment x', 'connect', 'send meth GET', 'expect status 200', 'connect', 'send meth GET'), []);
  assert.deepEqual(check('expect status 200', 'send meth GET'), [`4 ${wrong}`]);
  assert.deepEqual(check('send meth GET', 'connect'), [`4 ${wrong}`]);
  assert.deepEqual(check('connect', 'expect status 200'), [`4 ${wrong}`]);
  assert.deepEqual(check('connect', 'connect'), [`4 ${wrong}`]);
  assert.deepEqual(of26('backend b', '  mode tcp', '  option tcp-check', '  tcp-check send a', '  tcp-check connect'), [
    `5 ${wrong}`,
  ]);
  assert.deepEqual(of26('backend b', '  http-check expect status 200', '  http-check send meth GET'), []);
});

test('rules of a defaults section are for one side', () => {
  const from = (rule: string, ...types: readonly string[]) =>
    found(
      types.map((each, index) => `${each} ${each}${index} from d`),
      [2, 6],
      [`  ${rule}`],
    );
  const deny = 'http-request deny if { path /x }';
  assert.deepEqual(from(deny, 'frontend'), []);
  assert.deepEqual(from(deny, 'backend', 'backend'), []);
  assert.deepEqual(from(deny, 'frontend', 'backend'), ['2 error haproxy/conflicting-settings']);
  assert.deepEqual(from(deny, 'listen'), ['1 error haproxy/conflicting-settings']);
  assert.deepEqual(from('tcp-request connection reject', 'backend'), ['1 error haproxy/conflicting-settings']);
  assert.deepEqual(from('tcp-response content accept', 'frontend'), ['1 error haproxy/conflicting-settings']);
  assert.deepEqual(from('acl a path /x', 'frontend', 'backend', 'listen'), []);
});

test('experimental settings need the line that allows them', () => {
  const edge = '  tune.fd.edge-triggered on';
  assert.deepEqual(of26('global', edge), ['2 error haproxy/missing-setting']);
  assert.deepEqual(of26('global', '  expose-experimental-directives', edge), []);
  assert.deepEqual(found(['global', '  force-cfg-parser-pause 1s'], [3, 2]), ['2 error haproxy/missing-setting']);
});

test('numbers, filters and names are taken once', () => {
  assert.deepEqual(of26('backend a', '  id 7', 'backend b', '  id 8', 'backend c', '  id 7'), [
    '6 error haproxy/duplicate-name',
  ]);
  assert.deepEqual(
    of26('listen a', '  filter compression', '  filter trace', '  filter trace', '  filter compression'),
    ['5 error haproxy/conflicting-settings'],
  );
  assert.deepEqual(of26('defaults d', '  mode http', 'backend a from d'), ['3 error haproxy/unknown-reference']);
  const again = ['backend a from d', 'defaults d', '  mode http'];
  assert.deepEqual(found(again, [3, 0]), []);
  assert.deepEqual(found(again, [3, 2]), ['2 error haproxy/duplicate-name']);
});

test('what only younger releases take is refused in older ones', () => {
  const host = ['backend b', '  option httpchk GET / HTTP/1.1 example.com'];
  assert.deepEqual(found(host, [3, 0]), ['2 error haproxy/surplus-argument']);
  assert.deepEqual(found(host, [3, 1]), []);
  const reverse = ['frontend f', '  bind rhttp@b/s'];
  assert.deepEqual(found(reverse, [2, 8]), ['2 error haproxy/too-new-keyword']);
  assert.deepEqual(found(reverse, [2, 9]), []);
});

test('what the program starts with all the same is a warning', () => {
  assert.deepEqual(of26('userlist u', '  user a password'), ['2 warning haproxy/missing-argument']);
  assert.deepEqual(of26('log-forward l', '  bind 127.0.0.1:70000', '  log global'), ['2 warning haproxy/bad-value']);
  assert.deepEqual(of26('frontend f', '  capture cookie a 10 len'), ['2 warning haproxy/bad-value']);
});

test('values are read as the program reads them', () => {
  const bad = ['2 error haproxy/bad-value'];
  for (const ranges of ['4:3', '0:3', '4:', '1', '3-1:3', '1-2,2:3', '1:3x'])
    assert.deepEqual(of26('backend b', `  log 127.0.0.1 sample ${ranges} local0`), bad, ranges);
  assert.deepEqual(of26('backend b', '  log 127.0.0.1 sample 1,2-3:3 local0'), []);
  for (const port of ['80-', '80-9x']) assert.deepEqual(of26('frontend f', `  bind :${port}`), bad, port);
  assert.deepEqual(of26('frontend f', '  bind :80-90x'), []);
  assert.deepEqual(of26('cache c', '  max-object-size 3000000', '  total-max-size 4'), [
    '2 error haproxy/conflicting-settings',
  ]);
  assert.deepEqual(
    of26('frontend f', '  acl a var(txn.a) x', '  acl b var(txn.a) -m str x', '  acl c ipv4(10x.0.0.1) 1.1.1.1'),
    ['2 error haproxy/bad-condition', '4 error haproxy/bad-expression'],
  );
});

test('what the program reads more strictly from a release on is refused from there on only', () => {
  const cases: readonly (readonly [string, readonly string[], number, number])[] = [
    ['a port with letters behind it', ['frontend f', '  bind :80x'], 208, 209],
    ['text for maxconn', ['global', '  maxconn many'], 206, 208],
    ['a peer without a port', ['peers p', '  peer a 10.0.0.1'], 206, 300],
    ['text as a time of log-forward', ['log-forward l', '  bind :514', '  log global', '  timeout client x'], 206, 300],
    ['a size with letters behind it', ['global', '  tune.bufsize 16384x'], 300, 302],
    ['a word behind a number of an action', ['frontend f', '  http-request set-fc-mark 1 x'], 206, 300],
  ];
  const at = (release: number) => [Math.floor(release / 100), release % 100];
  for (const [title, lines, before, since] of cases) {
    assert.deepEqual(
      found(lines, at(before)).filter((each) => !each.includes('too-new') && !each.includes('unknown-keyword')),
      [],
      `${title}, before`,
    );
    assert.equal(found(lines, at(since)).length, 1, title);
  }
});

test('chains of converters fit together', () => {
  const set = (expression: string) => of26('frontend f', `  http-request set-var(txn.a) ${expression}`);
  const bad = ['2 error haproxy/bad-expression'];
  for (const right of [
    'src,ipmask(24,64)',
    'src,ipmask(255.255.0.0)',
    'path,length,add(1)',
    'str(a),field(2,.)',
    'int(1),add(txn.b)',
  ])
    assert.deepEqual(set(right), [], right);
  for (const wrong of [
    'src,ipmask(33)',
    'src,ipmask(24,129)',
    'bin(00),add(1)',
    'bool(1),ipmask(8)',
    'str(a),field(0,.)',
    'int(1),add(word)',
    'str(a),regsub(a,b,x)',
    'str(a),json(latin1)',
    'res.hdr(a)',
  ])
    assert.deepEqual(set(wrong), bad, wrong);
  assert.deepEqual(of26('backend b', '  http-response set-var(txn.a) res.hdr(a)'), []);
  assert.deepEqual(of26('frontend f', '  acl a req.body -m int 1'), ['2 error haproxy/bad-condition']);
});

test('the expressions of a server line are read', () => {
  const sni = (expression: string) => of26('backend b', `  server a 127.0.0.1:1 ssl verify none sni ${expression}`);
  assert.deepEqual(sni('req.hdr(host),field(1,:)'), []);
  assert.deepEqual(sni('"var(txn.x),lower"'), []);
  for (const wrong of ['www.example.com', '%[req.hdr(host)]', 'req.hdr(host)lower', 'src,nope'])
    assert.deepEqual(sni(wrong), ['2 error haproxy/bad-expression'], wrong);
});
