import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { asking, labelsAt } from '../../support/asking';

/** Text with the cursor, words that are offered there, words that are not. */
type Case = readonly [text: string, offered: string, refused: string];

function check(cases: readonly Case[]): void {
  for (const [text, offered, refused] of cases) {
    const found = new Set(labelsAt(haproxyLanguage, text));
    for (const each of offered.split(' ')) assert.ok(each === '' || found.has(each), `${each} is missing in ${text}`);
    for (const each of refused.split(' ')) assert.ok(!found.has(each), `${each} is offered in ${text}`);
  }
}

test('a line begins with what its section has, or with the next section', () => {
  check([
    ['<|>', 'global defaults frontend backend', 'server mode'],
    ['global\n    <|>', 'maxconn stats log frontend', 'server balance'],
    ['backend b\n    <|>', 'server balance option http-request', 'bind default_backend nbthread'],
    ['frontend f\n    bi<|>', 'bind default_backend use_backend', 'server'],
    ['peers p\n    <|>', 'peer table bind', 'mode'],
    ['resolvers r\n    <|>', 'nameserver resolve_retries hold', 'server mode'],
    ['# no words in a com<|>ment', '', 'global'],
  ]);
});

test('directives of several words follow each other, behind "no" too', () => {
  check([
    ['backend b\n    option <|>', 'httpchk redispatch', 'mode'],
    ['backend b\n    no option <|>', 'redispatch', 'mode'],
    ['defaults\n    timeout <|>', 'client server connect tunnel', 'mode'],
  ]);
});

test('values and names stand where the grammar has them', () => {
  check([
    ['defaults\n    mode <|>', 'tcp http', 'server'],
    ['backend b\n    balance <|>', 'roundrobin leastconn source', 'server'],
    ['frontend f\n    default_backend <|>\nbackend api\n', 'api', 'f'],
    ['frontend f\n    use_backend a<|>\nbackend api\n', 'api', 'f'],
    ['backend b\n    email-alert mailers <|>\nmailers post\n', 'post', 'b'],
    ['global\n    log 127.0.0.1 <|>', 'local0 daemon', 'server'],
    ['backend b\n    use-server <|> if TRUE\n    server one 10.0.0.1:1\n', 'one', 'b'],
  ]);
});

test('parameters of servers and listening addresses', () => {
  check([
    ['backend b\n    server a 10.0.0.1:1 che<|>', 'check check-ssl verify inter', 'accept-proxy'],
    ['backend b\n    server a 10.0.0.1:1 check <|>', 'inter fall rise', 'accept-proxy'],
    ['backend b\n    server a 10.0.0.1:1 ssl verify <|>', 'none required', 'check'],
    ['backend b\n    server a h:1 resolvers <|>\nresolvers dns\n', 'dns', 'check'],
    ['frontend f\n    bind :1 <|>', 'ssl crt accept-proxy', 'check'],
  ]);
});

test('rules: their actions, conditions, ACLs of the section and of its defaults', () => {
  check([
    ['frontend f\n    http-request <|>', 'deny set-header redirect', 'bind'],
    ['frontend f\n    tcp-request connection <|>', 'accept reject', 'set-header'],
    ['frontend f\n    acl inside src 10.0.0.0/8\n    http-request deny if <|>', 'inside TRUE {', 'deny'],
    ['frontend f\n    acl inside src 10.0.0.0/8\n    http-request deny if ! <|>', 'inside', 'deny'],
    ['frontend f\n    http-request deny <|>', 'if unless', 'bind'],
    ['defaults d\n    acl all src 0.0.0.0/0\nfrontend f from d\n    http-request deny if <|>', 'TRUE', 'all'],
  ]);
});

test('fetches, converters and log variables', () => {
  check([
    ['frontend f\n    acl a <|>', 'src path_beg req.hdr hdr', 'lower'],
    ['frontend f\n    http-request deny if { <|>', 'src path', 'lower'],
    ['frontend f\n    http-request set-header x %[<|>', 'src path', 'lower'],
    ['frontend f\n    http-request set-header x %[src,<|>', 'ipmask', 'path'],
    ['frontend f\n    http-request set-header x %[req.hdr(host),lo<|>]', 'lower', 'path'],
    ['frontend f\n    log-format "%<|>', '%ci %b', 'path'],
    ['frontend f\n    acl a nbsrv(<|>) gt 0\nbackend api\n', 'api', 'src'],
  ]);
});

test('the rest of a line: braces, lists, targets, words of filters and of what stands in quotes', () => {
  check([
    ['frontend f\n    http-request deny if { src 10.0.0.1 <|>', '}', 'TRUE'],
    ['frontend f\n    http-request deny if TRUE <|>', 'or ! {', '}'],
    ['frontend f\n    tcp-request connection sc-set-gpt0(0) 1 <|>', 'if unless', 'src'],
    ['backend b\n    <|>', 'no .if', ''],
    ['backend b\n    no <|>', 'option log', 'server balance'],
    ['backend b\n    balance url_param id <|>', 'check_post', ''],
    ['backend b\n    source 0.0.0.0 usesrc <|>', 'client clientip', ''],
    ['backend b\n    filter trace <|>', 'name quiet', ''],
    ['backend b\n    http-check send meth <|>', 'GET HEAD', ''],
    ['backend b\n    http-request set-timeout <|>', 'server tunnel', 'src'],
    ['backend b\n    http-request set-timeout server <|>', 'var', 'lower'],
    ['backend b\n    http-request redirect scheme <|>', 'https', ''],
    ['backend b\n    server a 10.0.0.1:1 ssl sni <|>', 'str req.hdr', 'lower'],
    ['backend b\n    server a 10.0.0.1:1 ssl sni "<|>', 'str req.hdr', 'lower'],
    ['backend b\n    server a 10.0.0.1:1 ssl alpn <|>', 'h2,http/1.1', ''],
    ['frontend f\n    bind :1 ssl crt-ignore-err <|>', 'all', ''],
    ['frontend f\n    http-request set-header <|>', 'X-Forwarded-Proto', ''],
    ['global\n    log <|>\nring r\n', 'stdout /dev/log ring@r', 'local0'],
    ['global\n    ssl-default-bind-options <|>', 'ssl-min-ver no-tls-tickets', 'crt'],
    ['global\n    ssl-default-bind-options ssl-min-ver <|>', 'TLSv1.2', ''],
    ['frontend f\n    ssl-f-use <|>', 'crt ssl-min-ver', 'maxconn'],
    ['frontend f\n    http-request set-header x "%[<|>', 'src var', 'lower'],
    ['frontend f\n    http-request set-header x "%[src,<|>', 'ipmask', 'src'],
    ['frontend f\n    http-request set-header x %[str(a),sha2(<|>', '256', '128'],
  ]);
});

test('variables that the file sets or reads, and those of the environment', () => {
  const text = 'global\n    setenv PORT 1\nfrontend f\n    http-request set-var(txn.tenant) src\n';
  check([
    [`${text}    http-request set-header x %[var(<|>`, 'txn.tenant req.', 'PORT'],
    [`${text}    http-request set-var(<|>`, 'txn.tenant sess.', 'set-var'],
    [`${text}    bind "127.0.0.1:\${<|>`, 'PORT HAPROXY_LOCALPEER', 'ssl'],
  ]);
});

test('lines with a dot', () => {
  check([
    ['.<|>', '.if .endif .notice', ''],
    ['.if <|>', 'defined version_atleast', '.else'],
    ['global\n    .if feat<|>', 'feature', 'maxconn'],
  ]);
});

test('the insides of parentheses and braces that stand in a word', () => {
  const files = 'frontend g\n    acl a path -f /etc/a.acl\n    http-request set-path %[path,map(/etc/b.map)]\n';
  check([
    ['frontend f\n    http-request do-resolve(txn.a,<|>)\nresolvers dns\n', 'dns', 'do-resolve ipv4'],
    ['frontend f\n    http-request do-resolve(txn.a,dns,<|>)', 'ipv4 ipv6', 'deny'],
    ['frontend f\n    http-request set-var(txn.a,<|>)', 'ifexists', 'txn. set-var'],
    [`${files}    http-request set-map(<|>)`, '/etc/b.map', '/etc/a.acl set-map'],
    [`${files}    http-request add-acl(<|>)`, '/etc/a.acl', '/etc/b.map'],
    ['frontend f\n    http-request sc-inc-gpc(3,<|>)', '0 2', 'sc-inc-gpc'],
    ['backend b\n    balance hdr(<|>)', 'X-Real-IP', 'roundrobin'],
    ['frontend f\n    log-format "%{<|>', '+Q +E', '%ci'],
    ['.if feature(<|>)', 'OPENSSL QUIC', 'defined'],
    ['.if !enabled(<|>)', 'SPLICE', 'defined'],
    ['.if defined(A) && version_atleast(<|>)', '2.4 3.2', 'feature'],
    ['global\n    setenv PORT 1\n.if defined(<|>)', 'PORT HAPROXY_MWORKER', 'feature'],
    ['frontend f\n    acl a req.hdr(<|>)', 'Host', 'src'],
    ['frontend f\n    acl a src 10.0.0.1\n    acl b acl(<|>)', 'a', 'src'],
  ]);
});

test('what only some fetches, sections and settings have', () => {
  const list = 'userlist u\n    group ops\n    user ann insecure-password x\n';
  const servers = 'backend b\n    server one 10.0.0.1:1\nbackend c\n    server two 10.0.0.1:1\n';
  check([
    ['frontend f\n    acl a method <|>', 'GET POST -i', 'h2'],
    ['frontend f\n    tcp-request content accept if { req.ssl_alpn <|> }', 'h2 } -m', 'GET'],
    [`${list}frontend f\n    http-request auth unless { http_auth_group(u) <|> }`, 'ops }', 'ann'],
    [`${list}    user bob insecure-password x groups ops,<|>`, 'ops', 'ann'],
    [`${list}    group all users <|>`, 'ann', 'ops'],
    ['global\n    tune.stick-counters 5\nfrontend f\n    http-request <|>', 'track-sc2 track-sc4', 'track-sc5'],
    ['frontend f\n    http-request <|>', 'track-sc2', 'track-sc3'],
    [`${servers}    use-server <|>`, 'two', 'one b/one c/two'],
    [`${servers}    server x 10.0.0.1:1 track <|>`, 'two b/one', ''],
    ['defaults a\ndefaults b from <|>\ndefaults c\n', 'a', 'b c'],
    ['frontend f\n    errorfile <|>', '503', ''],
    ['frontend f\n    http-request use-service <|>', 'prometheus-exporter', ''],
    ['traces\n    trace <|>', 'h1 stream', 'level'],
    ['traces\n    trace h1 <|>', 'level sink start', 'h1'],
    ['backend b\n    stick match src,<|>', 'ipmask', 'src'],
    ['frontend f\n    http-request set-var(txn.a) src,<|>', 'ipmask', 'src'],
  ]);
});

test('addresses begin as the program takes them there', () => {
  check([
    ['frontend f\n    bind <|>', 'ipv4@ unix@ fd@ abns@ abnsz@ quic4@ *:', 'udp@ uxdg@'],
    ['frontend f\n    bind 10.0.0.1:1,ip<|>', 'ipv6@', ''],
    ['global\n    stats socket <|>', '/run/haproxy/admin.sock ipv4@ unix@', 'quic4@ udp@'],
    ['backend b\n    server a un<|>', 'unix@ ipv4@ sockpair@', 'fd@ udp@'],
    ['global\n    log <|>', 'udp@ fd@ stdout', 'quic4@ sockpair@'],
    ['resolvers r\n    nameserver a <|>', 'udp@ tcp@', 'unix@'],
    ['peers p\n    peer a <|>', 'ipv4@ unix@', 'udp@'],
  ]);
  const ofOld = labelsAt(haproxyLanguage, 'frontend f\n    bind <|>', { versions: { haproxy: [2, 6] } });
  assert.ok(ofOld.includes('abns@') && !ofOld.includes('abnsz@') && !ofOld.includes('mptcp@'));
});

test('names that only the word in front of them knows', () => {
  const store =
    'crt-store web\n    load crt a.pem alias one\n    load crt b.pem\ncrt-store\n    load crt c.pem alias two\n';
  const spoe = 'frontend f\n    filter spoe engine waf config /etc/waf.cfg\n';
  check([
    [
      'frontend f\n    filter bwlim-out slow default-limit 1k default-period 1s\n    http-request set-bandwidth-limit <|>',
      'slow',
      'limit',
    ],
    [`${store}frontend f\n    bind :443 ssl crt <|>`, '@web/one @web/b.pem @/two', '@web/a.pem'],
    [`${store}frontend f\n    bind :443 ssl crt @we<|>`, '@web/one', ''],
    [`${store}    load crt <|>`, 'a.pem', '@web/one'],
    [`${spoe}    http-request send-spoe-group <|>`, 'waf', 'spoe'],
    ['frontend f <|>', 'from', 'bind'],
    ['defaults a\nfrontend f from a <|>', '', 'from'],
    ['traces\n    trace h1 level <|>', 'developer error', 'stdout'],
    ['ring r\ntraces\n    trace h1 sink <|>', 'stdout r', 'error'],
    ['frontend f\n    filter <|>', 'trace bwlim-in', 'lua.*'],
  ]);
});

test('files, counters and variables of the environment that functions are told', () => {
  const map = 'frontend g\n    http-request set-path %[path,map(/etc/b.map)]\n    acl a path -f /etc/a.lst\n';
  check([
    [`${map}    acl b src,map_ip(<|>)`, '/etc/b.map', '/etc/a.lst'],
    [`${map}    acl b path -f <|>`, '/etc/a.lst', '/etc/b.map'],
    ['global\n    setenv PORT 1\nfrontend f\n    acl a env(<|>)', 'PORT', '0'],
    ['frontend f\n    acl a sc_http_req_rate(<|>', '0 1 2', ''],
  ]);
});

test('behind "!" and behind flags only the name is replaced', () => {
  const replaced = (marked: string, label: string) => {
    const { text, offset, analysis } = asking(haproxyLanguage, marked);
    const offer = haproxyLanguage.complete?.(analysis, offset, []).find((each) => each.label === label);
    assert.ok(offer, label);
    return text.slice(offer.span.start, offer.span.end);
  };
  const acl = 'frontend f\n    acl inside src 10.0.0.1\n    http-request deny if ';
  assert.equal(replaced(`${acl}!i<|>`, 'inside'), 'i');
  assert.equal(replaced(`${acl}inside !<|>`, '{'), '!');
  assert.equal(replaced(`frontend f\n    log-format "%{+Q}c<|> %b"`, 'ci'), 'c');
  assert.equal(replaced(`frontend f\n    log-format '%(n){+Q}<|>'`, 'ci'), '');
});

test('a number is offered its units, and itself first', () => {
  check([
    ['defaults\n    timeout client 30<|>', '30 30s 30ms 30m 30h', '30k'],
    ['defaults\n    timeout client 30s<|>', '', '30s 30ss'],
    ['global\n    tune.bufsize 16<|>', '16 16k', '16s'],
    ['global\n    maxconn 16<|>', '', '16s 16k'],
  ]);
});

test('in a list the part behind the last comma is replaced', () => {
  const { text, offset, analysis } = asking(
    haproxyLanguage,
    'backend b\n    stick-table type ip size 1m store gpc0,conn_r<|>ate(3s)\n',
  );
  const offer = haproxyLanguage.complete?.(analysis, offset, []).find((each) => each.label.startsWith('conn_rate'));
  assert.ok(offer);
  assert.equal(text.slice(offer.span.start, offer.span.end), 'conn_rate');
});

test('texts are in the language of the reader', () => {
  const { analysis, offset } = asking(haproxyLanguage, 'backend b\n    bal<|>ance source\n');
  const speak = ({ template }: { template: string }) => `<${template}>`;
  const offers = haproxyLanguage.complete?.(analysis, offset, [], speak) ?? [];
  assert.match(offers.find((each) => each.label === 'balance')?.documentation ?? '', /^<.+>$/);
  const hover = haproxyLanguage.hover?.(analysis, offset, { siblings: [], wallClock: 0, speak });
  assert.match(hover?.markdown ?? '', /<How connections .*>/);
});

test('offers follow the release', () => {
  const offers = (version: readonly [number, number]) =>
    labelsAt(haproxyLanguage, 'global\n    <|>', { versions: { haproxy: version } });
  assert.ok(offers([2, 4]).includes('nbproc'));
  assert.ok(!offers([2, 6]).includes('nbproc'));
});

test('an offer takes the place of the word or of the part of it that it completes', () => {
  const replaced = (marked: string, label: string) => {
    const { text, offset, analysis } = asking(haproxyLanguage, marked);
    const offer = haproxyLanguage.complete?.(analysis, offset, []).find((each) => each.label === label);
    assert.ok(offer, label);
    return text.slice(offer.span.start, offer.span.end);
  };
  assert.equal(replaced('backend b\n    ser<|>ver a', 'server'), 'server');
  assert.equal(replaced('frontend f\n    http-request set-header x %[src,ipm<|>ask(24)]', 'ipmask'), 'ipmask');
  assert.equal(replaced('frontend f\n    http-request set-header x "%[sr<|>', 'src'), 'sr');
});

test('functions that need an argument bring their parentheses, old ones are marked', () => {
  const { analysis, offset } = asking(haproxyLanguage, 'frontend f\n    http-request set-header x %[<|>');
  const offers = haproxyLanguage.complete?.(analysis, offset, []) ?? [];
  const of = (label: string) => offers.find((each) => each.label === label);
  assert.equal(of('var')?.newText, `var(\${1})`);
  assert.equal(of('src')?.newText, 'src');
});

test('names of other files of the instance are offered', () => {
  const sibling = haproxyLanguage.analyse({ path: 'b.cfg', text: 'backend far\n', versions: {} });
  const siblings = [{ path: 'b.cfg', analysis: sibling }];
  assert.ok(labelsAt(haproxyLanguage, 'frontend f\n    default_backend <|>', { siblings }).includes('far'));
});
