import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Workspace } from '../../src/service';
import { parseNginx } from '../../src/syntax/nginx/parse-nginx';
import { sharedFolder } from '../support/shared';

const load = `stream {
    upstream api { server 10.0.0.1:6443; server 10.0.0.2:6443; }
    server { listen 6443; proxy_pass api; proxy_timeout 10s; proxy_connect_timeout 1s; }
}
`;

const rulesIn = (text: string) => {
  const workspace = new Workspace();
  workspace.open('stream.conf', text, 'nginx');
  return workspace.diagnose('stream.conf').map((each) => each.rule);
};

test('a timeout that cuts watches is found, also when stream sets it for all', () => {
  assert.deepEqual(rulesIn(load), ['nginx/short-proxy-timeout']);
  assert.deepEqual(rulesIn(load.replace('proxy_timeout 10s;', '').replace('stream {', 'stream { proxy_timeout 10s;')), [
    'nginx/short-proxy-timeout',
  ]);
  assert.deepEqual(rulesIn(load.replace('10s', '1h')), []);
  assert.deepEqual(rulesIn(load.replaceAll('6443', '5432')), [], 'other services are left alone');
});

test('the timeout that RKE itself writes is worth a look, and any other a warning', () => {
  const proxy = `stream {
    upstream kube_apiserver { server 10.0.0.1:6443; server 10.0.0.2:6443; server 10.0.0.3:6443; }
    server { listen 6443; proxy_pass kube_apiserver; proxy_timeout 30; proxy_connect_timeout 2s; }
}
`;
  const severities = (text: string) => {
    const workspace = new Workspace();
    workspace.open('stream.conf', text, 'nginx');
    return workspace.diagnose('stream.conf').map(({ rule, severity }) => `${severity} ${rule}`);
  };
  assert.deepEqual(severities(proxy), ['hint nginx/short-proxy-timeout']);
  assert.deepEqual(severities(proxy.replace('30;', '20;')), ['warning nginx/short-proxy-timeout']);
});

test('every prefix is read, and the tree ends where the text does', () => {
  for (let end = 0; end <= load.length; end++) {
    const { directives } = parseNginx(load.slice(0, end));
    assert.ok(directives.every((each) => each.span.end <= end));
  }
});

test('a file that is included into stream is read as its content, and takes part in the cluster', () => {
  const part = load.replace(/^stream \{\n|\}\n$/g, '');
  const workspace = new Workspace();
  workspace.open('etc/nginx/stream.d/api.conf', part);
  assert.deepEqual(
    workspace.diagnose('etc/nginx/stream.d/api.conf').map((each) => each.rule),
    ['nginx/short-proxy-timeout'],
  );
  const away = part.replace(/^.*upstream.*\n/, '').replace('10s', '1h');
  workspace.open('etc/nginx/stream.d/other.conf', away);
  assert.deepEqual(workspace.diagnose('etc/nginx/stream.d/other.conf'), [], 'the upstream may be in another file');
  const [facts] = workspace.facts();
  assert.equal(facts?.kind === 'loadbalancer' ? facts.backends[0]?.servers.length : undefined, 2);
  const web = 'upstream a { server 10.0.0.1:6443; }\nserver { listen 80; location / { proxy_pass http://a; } }\n';
  workspace.open('etc/nginx/conf.d/web.conf', web);
  assert.equal(workspace.file('etc/nginx/conf.d/web.conf'), undefined);
});

test('what another file may name is not missed, a minute of silence is borne, and a server that is down balances nothing', () => {
  const quiet = load.replace('10s', '1h');
  const unnamed = quiet.replace('proxy_pass api', 'proxy_pass other');
  assert.ok(rulesIn(unnamed).includes('nginx/unknown-upstream'));
  assert.deepEqual(rulesIn(unnamed.replace('stream {', 'stream {\n    include upstreams/*.conf;')), []);
  assert.deepEqual(rulesIn(load.replace('10s', '60s')), []);
  assert.deepEqual(rulesIn(load.replace('10s', '59s')), ['nginx/short-proxy-timeout']);
  assert.deepEqual(rulesIn(quiet.replace('10.0.0.2:6443;', '10.0.0.2:6443 down;')), ['nginx/one-server']);
});

test('the same server twice is found; other shares have a weight', () => {
  const twice = load.replace('10.0.0.2', '10.0.0.1').replace('10s', '1h');
  assert.deepEqual(rulesIn(twice), ['nginx/repeated-server']);
  assert.deepEqual(rulesIn(twice.replaceAll('6443', '5432')), []);
});

test('a minute and more to connect is as slow when somebody set it', () => {
  const slow = (time: string) =>
    load.replace('10s', '1h').replace(/proxy_connect_timeout [^;]*/, `proxy_connect_timeout ${time}`);
  assert.match(load, /proxy_connect_timeout/);
  assert.deepEqual(rulesIn(slow('5m')), ['nginx/slow-connect']);
  assert.deepEqual(rulesIn(slow('60s')), ['nginx/slow-connect']);
  assert.deepEqual(rulesIn(slow('30s')), []);
});

const corpus = sharedFolder('corpus', 'nginx');
test('real files that nginx reads have no error', { skip: corpus === undefined && 'no corpus' }, () => {
  const wrong = readdirSync(corpus ?? '').flatMap((name) => {
    const workspace = new Workspace();
    workspace.open(name, readFileSync(join(corpus ?? '', name), 'utf8'), 'nginx');
    return workspace
      .diagnose(name)
      .filter((each) => each.severity === 'error')
      .map((each) => `${name} ${each.rule}`);
  });
  assert.deepEqual(wrong, []);
});

test('a long row of digits that is no time is read as quickly as one that is', () => {
  // Read digit by digit with a choice at each, this would not end in anybody's life.
  assert.deepEqual(rulesIn(load.replace('10s', `${'1'.repeat(60)}x`)), ['nginx/refused-line']);
});
