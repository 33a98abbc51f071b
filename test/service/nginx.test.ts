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
  workspace.open('nginx.conf', text, 'nginx');
  return workspace.diagnose('nginx.conf').map((each) => each.rule);
};

test('a timeout that cuts watches is found, also when stream sets it for all', () => {
  assert.deepEqual(rulesIn(load), ['nginx/short-proxy-timeout']);
  assert.deepEqual(rulesIn(load.replace('proxy_timeout 10s;', '').replace('stream {', 'stream { proxy_timeout 10s;')), [
    'nginx/short-proxy-timeout',
  ]);
  assert.deepEqual(rulesIn(load.replace('10s', '1h')), []);
  assert.deepEqual(rulesIn(load.replaceAll('6443', '5432')), [], 'other services are left alone');
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

test('the same server twice is found; other shares have a weight', () => {
  const twice = load.replace('10.0.0.2', '10.0.0.1').replace('10s', '1h');
  assert.deepEqual(rulesIn(twice), ['nginx/repeated-server']);
  assert.deepEqual(rulesIn(twice.replaceAll('6443', '5432')), []);
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
