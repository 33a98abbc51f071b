import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineIndex } from '../../../src/base/line-index';
import { applyEdits } from '../../../src/base/span';
import { haproxyLanguage } from '../../../src/service/haproxy';

/** A configuration that says nothing wrong; lines of a test are put in for those of the same place. */
interface Parts {
  readonly global?: string;
  readonly defaults?: string;
  readonly frontend?: string;
  readonly backend?: string;
  readonly servers?: string;
}

const lines = (text: string): string =>
  text
    .split('\n')
    .filter((each) => each.trim() !== '')
    .map((each) => `    ${each.trim()}\n`)
    .join('');

function config({ global = '', defaults = 'mode tcp', frontend = '', backend = '', servers }: Parts): string {
  return [
    `global\n    log 127.0.0.1 local0\n${lines(global)}`,
    `defaults\n${lines(`log global\n${defaults}`)}${lines('timeout connect 5s\ntimeout client 4h\ntimeout server 4h')}`,
    `frontend f\n    bind :7443\n${lines(frontend)}    default_backend b\n`,
    `backend b\n    option redispatch\n${lines(backend)}`,
    lines(servers ?? 'server a 10.0.0.1:8000 check\nserver b 10.0.0.2:8000 check'),
  ].join('');
}

/** What the rules say of it: severity, rule and the words that are blamed. */
function said(parts: Parts, version: readonly number[] = [2, 6]): readonly string[] {
  const text = config(parts);
  const analysis = haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: { haproxy: version } });
  return haproxyLanguage.diagnose(analysis, []).map(({ severity, rule, span, fixes }) => {
    for (const fix of fixes ?? []) {
      const mended = applyEdits(text, fix.edits);
      const again = haproxyLanguage.analyse({ path: 'haproxy.cfg', text: mended, versions: { haproxy: version } });
      const left = haproxyLanguage.diagnose(again, []).filter((each) => each.rule === rule);
      const before = haproxyLanguage.diagnose(analysis, []).filter((each) => each.rule === rule);
      assert.ok(left.length < before.length, `${rule} is still there:\n${mended}`);
      assert.ok(!haproxyLanguage.diagnose(again, []).some((each) => each.severity === 'error'), mended);
    }
    const line = new LineIndex(text).positionAt(span.start).line;
    return `${severity} ${rule.replace('haproxy/', '')}: ${text.split('\n')[line]?.trim()}`;
  });
}

test('the configuration that the others are made of has nothing wrong', () => {
  assert.deepEqual(said({}), []);
});

test('checks that do not check', () => {
  assert.deepEqual(said({ backend: 'option httpchk GET /a\noption httpchk GET /b' }), [
    'warning check-replaced: option httpchk GET /a',
  ]);
  assert.deepEqual(said({ backend: 'option httpchk GET /a\noption httpchk GET /a' }), []);
  assert.deepEqual(said({ backend: 'http-check expect status 200' }), [
    'warning check-steps-ignored: http-check expect status 200',
  ]);
  assert.deepEqual(said({ backend: 'option httpchk\ntcp-check connect\ntcp-check expect string pong' }), [
    'warning check-steps-ignored: tcp-check connect',
  ]);
  assert.deepEqual(said({ defaults: 'mode tcp\noption httpchk', backend: 'http-check expect status 200' }), []);
  assert.deepEqual(said({ servers: 'server-template s 3 app.example.com:8000' }), [
    'hint server-without-check: server-template s 3 app.example.com:8000',
  ]);
  assert.deepEqual(said({ servers: 'server a 10.0.0.1:8000 check\nserver b 10.0.0.2:8000 no-check' }), []);
});

test('doors that stand open', () => {
  const http = 'mode http';
  for (const always of ['if TRUE', 'if { always_true }', 'unless FALSE', 'if { src 0.0.0.0/0 }'])
    assert.deepEqual(said({ defaults: http, frontend: `stats enable\nstats admin ${always}` }), [
      `warning open-stats-admin: stats admin ${always}`,
    ]);
  assert.deepEqual(said({ defaults: http, frontend: 'stats enable\nstats admin if { src 10.0.0.0/8 }' }), []);
  assert.deepEqual(said({ global: 'stats socket 10.0.0.5:9999 level operator' }), [
    'hint admin-socket-access: stats socket 10.0.0.5:9999 level operator',
  ]);
  assert.deepEqual(said({ global: 'stats socket 127.0.0.1:9999 level operator' }), []);
  assert.deepEqual(said({ global: 'ssl-server-verify none' }), ['hint unverified-server: ssl-server-verify none']);
  assert.deepEqual(said({ global: 'ssl-default-bind-ciphers ALL:!aNULL:RC4-SHA' }), [
    'warning weak-tls: ssl-default-bind-ciphers ALL:!aNULL:RC4-SHA',
  ]);
  assert.deepEqual(said({ global: 'ssl-default-bind-ciphers ALL:!aNULL:!RC4' }), []);
});

test('passwords in clear', () => {
  const http = 'mode http';
  assert.deepEqual(said({ defaults: http, frontend: 'stats enable\nstats auth ops:5vXq-tree' }), [
    'hint clear-password: stats auth ops:5vXq-tree',
  ]);
  assert.deepEqual(said({ defaults: http, frontend: 'stats enable\nstats auth ops:password123' }), [
    'warning clear-password: stats auth ops:password123',
  ]);
  assert.deepEqual(said({ defaults: http, frontend: `stats enable\nstats auth "\${STATS}"` }), []);
  const send = 'http-check send meth GET uri / hdr Authorization "Basic YWRtaW46YWRtaW4="';
  assert.deepEqual(said({ backend: `option httpchk\n${send}` }), [`warning clear-password: ${send}`]);
});

test('times without a unit', () => {
  const warned = (line: string) => [`warning plain-number-time: ${line}`];
  for (const global of ['stats timeout 30', 'hard-stop-after 30']) assert.deepEqual(said({ global }), warned(global));
  for (const backend of ['stick-table type ip size 1m expire 30', 'default-server slowstart 60', 'timeout queue 30'])
    assert.deepEqual(said({ backend }), warned(backend));
  assert.deepEqual(said({ frontend: 'tcp-request inspect-delay 5' }), warned('tcp-request inspect-delay 5'));
  assert.deepEqual(said({ backend: 'stick-table type ip size 1m expire 30m\ndefault-server slowstart 60s' }), []);
});

test('limits, logs and programs that are never reached', () => {
  assert.deepEqual(said({ frontend: 'maxconn 100', backend: 'default-server maxconn 500' }), [
    'hint limit-never-reached: default-server maxconn 500',
  ]);
  assert.deepEqual(said({ frontend: 'maxconn 1000', backend: 'default-server maxconn 500' }), []);
  assert.deepEqual(said({ defaults: 'no log\nmode tcp' }), ['hint log-to-nowhere: log 127.0.0.1 local0']);
  const check = 'option external-check\nexternal-check command /usr/local/bin/check.sh';
  const global = 'external-check\nchroot /var/empty';
  assert.deepEqual(said({ global, backend: check }), [
    'warning path-outside-chroot: external-check command /usr/local/bin/check.sh',
  ]);
  assert.deepEqual(said({ global: 'external-check', backend: check }), []);
});

test('a refused connection to an API server is tried on another one', () => {
  const servers = 'server a 10.0.0.1:6443 check\nserver b 10.0.0.2:6443 check';
  const rules = (parts: Parts) => said({ ...parts, servers }).filter((each) => each.includes('redispatch'));
  assert.deepEqual(rules({}), []);
  assert.deepEqual(rules({ backend: 'no option redispatch' }), ['hint no-redispatch: server a 10.0.0.1:6443 check']);
  assert.deepEqual(rules({ backend: 'no option redispatch\nbalance leastconn' }), [
    'hint no-redispatch: balance leastconn',
  ]);
  assert.deepEqual(rules({ backend: 'no option redispatch\nbalance source' }), []);
  assert.deepEqual(rules({ backend: 'no option redispatch\nretries 0' }), []);
});

test('an ACL of a defaults section counts there only', () => {
  const text =
    'defaults d\n    mode http\n    timeout client 1s\n    acl a path /x\nfrontend f from d\n    bind :1\n    http-request deny if a\n';
  const analysis = haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: {} });
  assert.deepEqual(
    haproxyLanguage.diagnose(analysis, []).map((each) => each.rule),
    ['haproxy/unknown-reference'],
  );
});

test('a page of statistics that everybody can read', () => {
  const page = (...lines: readonly string[]) => {
    const section = ['listen stats', '    mode http', ...lines.map((each) => `    ${each}`)].join('\n');
    const text = `${config({})}${section}\n`;
    const analysis = haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: { haproxy: [2, 6] } });
    return haproxyLanguage
      .diagnose(analysis, [])
      .filter(({ rule }) => rule.startsWith('haproxy/open-'))
      .map(({ severity, rule }) => `${severity} ${rule}`);
  };
  const open = ['hint haproxy/open-stats-page'];
  assert.deepEqual(page('bind *:8404', 'stats enable'), open);
  assert.deepEqual(page('bind :8404', 'stats uri /'), open);
  assert.deepEqual(page('bind 127.0.0.1:8404', 'bind [::]:8405', 'stats enable', 'stats refresh 10s'), open);
  assert.deepEqual(page('bind 127.0.0.1:8404,0.0.0.0:9000', 'stats enable'), open);
  assert.deepEqual(page('bind ipv4@:8404 ssl crt a.pem', 'stats enable'), open);
  assert.deepEqual(page('bind *:8404', 'stats enable', 'stats auth ops:$PASSWORD'), []);
  assert.deepEqual(page('bind *:8404', 'stats enable', 'stats http-request auth unless { src 10.0.0.0/8 }'), []);
  assert.deepEqual(page('bind *:8404', 'stats enable', 'http-request deny unless { src 10.0.0.0/8 }'), []);
  assert.deepEqual(page('bind *:8404', 'stats enable', 'tcp-request connection reject unless { src 10.0.0.0/8 }'), []);
  assert.deepEqual(page('bind 192.168.1.8:8404', 'stats enable'), []);
  assert.deepEqual(page('bind *:8404 ssl crt a.pem ca-file ca.pem verify required', 'stats enable'), []);
  assert.deepEqual(page('bind *:8404 interface eth1', 'stats enable'), []);
  assert.deepEqual(page('bind *:8404', 'stats enable', 'stats admin if TRUE'), ['warning haproxy/open-stats-admin']);
});

test('nothing is said where a variable, a file of another program or the machine decides', () => {
  const rules = (parts: Parts, rest = '') => {
    const text = `${config(parts)}${rest}`;
    const analysis = haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: { haproxy: [3, 0] } });
    return haproxyLanguage.diagnose(analysis, []).map((each) => each.rule.replace('haproxy/', ''));
  };
  const acl = (condition: string) => `mode http\nacl inside src 10.0.0.1\nhttp-request deny if ${condition}`;
  assert.deepEqual(rules({ frontend: acl('"$WHO"'), backend: 'mode http' }), []);
  assert.deepEqual(rules({ frontend: acl('{ path_beg "$WHERE" }'), backend: 'mode http' }), ['unused-acl']);
  const agents = 'backend agents\n    mode tcp\n    server one 10.0.0.3:12345 check\n';
  assert.deepEqual(rules({}, agents), ['unused-backend']);
  assert.deepEqual(rules({ frontend: 'filter spoe engine waf config /etc/waf.conf' }, agents), []);
  const root = (folder: string) => `chroot ${folder}\nlog /dev/log local0`;
  assert.deepEqual(rules({ global: root('/var/lib/haproxy') }), []);
  assert.deepEqual(rules({ global: root('/srv/empty') }), ['path-outside-chroot']);
  const logs = 'backend logs\n    mode log\n    server one udp@10.0.0.3:514\n    server two udp@10.0.0.4:514\n';
  assert.deepEqual(
    rules({ global: 'log backend@logs local0' }, logs).filter((each) => each === 'server-without-check'),
    [],
  );
});
