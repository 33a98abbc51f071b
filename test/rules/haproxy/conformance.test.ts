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

test('a rule of a defaults section has the captures of all of its rules, those behind it too', () => {
  const capture = (place: string) => `  http-request capture hdr(Host) ${place}`;
  const from = (...rules: readonly string[]) => found(['frontend f from d'], [2, 6], rules);
  assert.deepEqual(from(capture('id 1'), capture('len 10'), capture('len 10')), []);
  assert.deepEqual(from(capture('id 2'), capture('len 10'), capture('len 10')), ['-2 error haproxy/unknown-reference']);
  assert.deepEqual(from(capture('len 10'), capture('id 1')), ['0 error haproxy/unknown-reference']);
});

test('experimental settings need the line that allows them', () => {
  const edge = '  tune.fd.edge-triggered on';
  assert.deepEqual(of26('global', edge), ['2 error haproxy/missing-setting']);
  assert.deepEqual(of26('global', '  expose-experimental-directives', edge), []);
  assert.deepEqual(found(['global', '  force-cfg-parser-pause 1s'], [3, 2]), ['2 error haproxy/missing-setting']);
  assert.deepEqual(of26('global', edge, '  expose-experimental-directives'), ['2 error haproxy/missing-setting']);
  assert.deepEqual(of26('global', '  expose-experimental-directives', 'global', edge), []);
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

test('threads are laid out above all other sections', () => {
  const threads = ['global', '  nbthread 2'];
  assert.deepEqual(found(threads, [2, 6]), []);
  assert.deepEqual(found(threads, [3, 0]), ['2 error haproxy/wrong-section']);
  const text = 'global\n  maxconn 10\nglobal\n  nbthread 2\n';
  assert.deepEqual(diagnoseHaproxy(analyseHaproxy({ path: 'x.cfg', text, version: [3, 0] }), []), []);
});

test('the delays of OCSP updates are compared wherever the global sections have them', () => {
  const [least, most] = ['  tune.ssl.ocsp-update.mindelay 20', '  tune.ssl.ocsp-update.maxdelay 100'];
  assert.deepEqual(found(['global', least, 'global', most], [2, 8]), []);
  assert.deepEqual(found(['global', most, 'global', least], [2, 8]), ['2 error haproxy/conflicting-settings']);
});

test('a limit of bandwidth is chosen by its name, with other sizes and times or without', () => {
  const chosen = (behind: string) =>
    found(
      [
        'backend b',
        '  filter bwlim-out slow default-limit 1k default-period 1s',
        `  http-request set-bandwidth-limit ${behind}`,
      ],
      [3, 0],
    );
  assert.deepEqual(chosen('slow'), []);
  assert.deepEqual(chosen('slow limit 10k period 5s if TRUE'), []);
  assert.deepEqual(chosen('slow limit int(10) period var(txn.a)'), []);
  assert.deepEqual(chosen('slow limit 1x'), ['3 error haproxy/bad-value']);
  assert.deepEqual(chosen('slow limit nosuch'), ['3 error haproxy/bad-expression']);
});

test('the backend that a section takes over is of its mode', () => {
  const below = (mode: string) =>
    found(['frontend f from d', '  bind :80', 'backend b from d', `  mode ${mode}`], [3, 2], ['  default_backend b']);
  assert.deepEqual(below('http'), []);
  assert.deepEqual(below('tcp'), ['1 error haproxy/conflicting-settings']);
});

test('what a section that is off or that nothing takes over names in vain stops nobody', () => {
  const rules = ['  http-request track-sc0 src table gone', '  http-request set-header x %[nbsrv(gone)]'];
  const warned = (...lines: readonly number[]) => lines.map((each) => `${each} warning haproxy/unknown-reference`);
  assert.deepEqual(of26('frontend f', '  disabled', ...rules, '  default_backend gone'), warned(3, 4, 5));
  assert.deepEqual(of26('defaults e', ...rules), warned(2, 3));
  assert.deepEqual(of26('fcgi-app a', '  docroot /a', '  set-param x %[nbsrv(gone)]'), warned(3));
  assert.deepEqual(of26('backend b', ...rules), [
    '2 error haproxy/unknown-reference',
    '3 error haproxy/unknown-reference',
  ]);
  assert.deepEqual(of26('backend b', '  use-server a if { nbsrv(b) gt 1 }', '  server a 10.0.0.1:80'), []);
  assert.deepEqual(of26('backend b', '  acl a urlp_len(a),base64 a', '  no "$' + '{NOBODY-option}" allbackups'), []);
});

test('defaults that some sections name and others only stand below', () => {
  const mixed = ['frontend f from d', 'frontend g'];
  assert.deepEqual(of26(...mixed), ['2 warning haproxy/conflicting-settings']);
  assert.deepEqual(of26('frontend f from d', 'frontend g from d'), []);
  assert.deepEqual(found(mixed, [2, 4]), []);
});

test('checks with TLS verify, and servers track what is checked', () => {
  const servers = (...lines: readonly string[]) => of26('backend b', ...lines.map((each) => `  server ${each}`));
  assert.deepEqual(servers('a 10.0.0.1:80 check-ssl'), ['2 error haproxy/missing-setting']);
  assert.deepEqual(servers('a 10.0.0.1:80 check-ssl no-check-ssl', 'b 10.0.0.1:80 check-ssl verify none'), []);
  assert.deepEqual(servers('a 10.0.0.1:80', 'b 10.0.0.1:80 track a'), ['3 error haproxy/conflicting-settings']);
  assert.deepEqual(servers('a 10.0.0.1:80 track a'), ['2 error haproxy/conflicting-settings']);
  assert.deepEqual(servers('a 10.0.0.1:80 check', 'b 10.0.0.1:80 track b/a', 'c 10.0.0.1:80 track b'), []);
  assert.deepEqual(
    of26('backend b', '  default-server check', '  server a 10.0.0.1:80', '  server c 10.0.0.1:80 no-check track a'),
    [],
  );
});

test('filters of caches, applications and listeners that cannot stand together', () => {
  const cache = ['cache c', '  total-max-size 4', 'frontend f'];
  const wrong = (line: number, mistake: string) => [`${line} error haproxy/${mistake}`];
  const use = '  http-request cache-use c';
  assert.deepEqual(of26(...cache, '  filter compression', use), wrong(5, 'conflicting-settings'));
  assert.deepEqual(of26(...cache, '  filter trace', use), wrong(5, 'missing-setting'));
  assert.deepEqual(of26(...cache, '  filter cache c', '  filter compression', '  filter trace', use), []);
  assert.deepEqual(of26(...cache, use, '  filter compression'), []);
  const app = ['fcgi-app a', '  docroot /a', 'backend b', '  use-fcgi-app a'];
  assert.deepEqual(of26(...app, '  server s 10.0.0.1:9000'), wrong(4, 'missing-setting'));
  assert.deepEqual(of26(...app, '  server s 10.0.0.1:9000 proto fcgi'), []);
  assert.deepEqual(of26(...app, '  mode tcp', '  server s 10.0.0.1:9000 proto fcgi'), [
    ...wrong(4, 'conflicting-settings'),
    ...wrong(6, 'conflicting-settings'),
  ]);
  assert.deepEqual(of26('peers p', '  bind :1', '  peer a 10.0.0.1:1'), wrong(3, 'conflicting-settings'));
  assert.deepEqual(of26('peers p', '  bind :1', '  server a', '  bind :2'), wrong(4, 'conflicting-settings'));
  assert.deepEqual(
    of26('backend b', '  mode tcp', '  server s 10.0.0.1:80 proto h2'),
    wrong(3, 'conflicting-settings'),
  );
  assert.deepEqual(of26('backend b', '  server s 10.0.0.1:80 proto h2'), []);
  assert.deepEqual(of26('backend b', '  disabled', '  server s 10.0.0.1:80', '  server s 10.0.0.1:80'), [
    '4 warning haproxy/duplicate-name',
  ]);
  assert.deepEqual(of26('peers p', '  log "$' + '{NOBODY-global}"'), []);
  assert.deepEqual(of26('frontend f', '  bind :1-3 id 5'), wrong(2, 'conflicting-settings'));
});

test('flags without a variable, protocols that are none, words of younger releases', () => {
  const rule = (text: string) => of26('frontend f', `  ${text}`).map((each) => each.slice(2));
  assert.deepEqual(rule('http-request set-header x %{+Q}-'), ['error haproxy/bad-expression']);
  assert.deepEqual(rule('http-request set-header x %{+Q}%ci'), ['error haproxy/bad-expression']);
  assert.deepEqual(rule('http-request set-header x "%{+Q}ci %{+Q}[src]"'), []);
  assert.deepEqual(rule('tcp-request content switch-mode http proto none-such'), ['error haproxy/bad-value']);
  assert.deepEqual(rule('tcp-request connection sc-set-gpt0(0) src_port'), ['error haproxy/bad-value']);
  assert.deepEqual(rule('http-request wait-for-body time 1s use-large-buffer'), ['error haproxy/too-new-keyword']);
  assert.deepEqual(rule('option tcplog clf'), ['error haproxy/too-new-keyword']);
  assert.deepEqual(rule('acl a src gt 5'), ['warning haproxy/bad-condition']);
  const trace = (text: string) => found(['traces', `  trace ${text}`], [3, 2]);
  assert.deepEqual(trace('h1 sink buf0 level developer verbosity complete start now'), []);
  assert.deepEqual(found(['log-profile p', '  on any sd %ci', '  on error format %ci sd %ci'], [3, 2]), []);
  assert.deepEqual(rule('acl a int(5) "$' + '{NOBODY--m}" reg ^a'), []);
  assert.deepEqual(trace('http1'), ['2 error haproxy/bad-value']);
  assert.deepEqual(trace('h1 levle user'), ['2 error haproxy/bad-value']);
  assert.deepEqual(found(['log-profile p', '  on any format %[path]'], [3, 2]), ['2 error haproxy/bad-expression']);
  assert.deepEqual(of26('fcgi-app a', '  docroot /a', '  set-param x %rta'), ['3 warning haproxy/bad-expression']);
  assert.deepEqual(of26('global', '  close-spread-time soon'), ['2 error haproxy/bad-value']);
  assert.deepEqual(of26('global', '  close-spread-time infinite'), []);
});

test('an expression that names nothing speaks of its own section', () => {
  const deny = (type: string, criterion: string, ...lines: readonly string[]) =>
    of26(`${type} x`, ...lines, `  http-request deny if { ${criterion} }`).map((each) => each.slice(2));
  const wrong = ['error haproxy/unknown-reference'];
  const table = '  stick-table type ip size 1k store http_req_rate(1s)';
  assert.deepEqual(deny('frontend', 'src_http_req_rate gt 1'), wrong);
  assert.deepEqual(deny('frontend', 'src_http_req_rate gt 1', table), []);
  assert.deepEqual(deny('frontend', 'src,table_http_req_rate gt 1'), wrong);
  assert.deepEqual(deny('frontend', 'src,in_table', table), []);
  assert.deepEqual(deny('frontend', 'sc0_http_req_rate gt 1'), []);
  assert.deepEqual(deny('frontend', 'sc_http_req_rate(0) gt 1'), []);
  assert.deepEqual(deny('frontend', 'nbsrv lt 1'), wrong);
  assert.deepEqual(deny('backend', 'nbsrv lt 1'), []);
  assert.deepEqual(deny('listen', 'nbsrv lt 1'), []);
  assert.deepEqual(deny('backend', 'fe_conn gt 1'), wrong);
  assert.deepEqual(deny('frontend', 'fe_conn gt 1'), []);
  assert.deepEqual(deny('backend', 'srv_is_up'), wrong);
  const rules = ['defaults e', '  http-request deny if { path /x }'];
  assert.deepEqual(of26(...rules, 'defaults from e'), ['3 error haproxy/conflicting-settings']);
  assert.deepEqual(of26('.if streq(a,b)', 'backend x', '  nonsense', '.endif'), []);
  assert.deepEqual(of26('.if streq(a,a)', 'backend x', '  nonsense', '.endif'), ['3 error haproxy/unknown-keyword']);
});
