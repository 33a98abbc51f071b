import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyEdits } from '../../src/base/span';
import { Workspace } from '../../src/service';
import { filesBelow } from '../support/files';

function example(change: (path: string, text: string) => string = (_, text) => text): Workspace {
  const workspace = new Workspace();
  for (const path of [...filesBelow('examples', '.yaml'), ...filesBelow('examples/lb', '')])
    workspace.open(path, change(path, readFileSync(path, 'utf8')));
  return workspace;
}

const loud = (workspace: Workspace) =>
  workspace
    .files()
    .flatMap((file) => workspace.diagnose(file.path).map((each) => ({ file: file.path, ...each })))
    .filter((each) => each.severity !== 'hint');

test('the example cluster is clean as a whole', () => {
  const workspace = example();
  assert.equal(workspace.files().length, 7);
  assert.deepEqual(loud(workspace), []);
});

test('a virtual address missing in tls-san is told in each server, and one fix mends all', () => {
  const workspace = example((path, text) => (path.includes('k3s') ? text.replace('  - 192.168.1.100\n', '') : text));
  const found = loud(workspace);
  assert.deepEqual(
    found.map((each) => `${each.file} ${each.rule}`),
    ['cp1', 'cp2', 'cp3'].map((name) => `examples/k3s/${name}.yaml cluster/vip-not-in-tls-san`),
  );
  const edits = found[0]?.fixes?.[0]?.edits ?? [];
  assert.equal(edits.length, 3);
  for (const path of ['cp1', 'cp2', 'cp3'].map((name) => join('examples', 'k3s', `${name}.yaml`))) {
    const mine = edits.filter((edit) => edit.path === path);
    workspace.open(path, applyEdits(workspace.file(path)?.text ?? '', mine));
    assert.equal(workspace.file(path)?.text, readFileSync(path, 'utf8'));
  }
  assert.deepEqual(loud(workspace), []);
});

test('an edit of one file changes what is said of another', () => {
  const workspace = example();
  const path = 'examples/lb/keepalived-lb1.conf';
  const start = workspace.file(path)?.text.indexOf('192.168.1.100') ?? -1;
  workspace.edit(path, [{ span: { start, end: start + 13 }, newText: '192.168.1.101' }]);
  assert.ok(workspace.diagnose('examples/k3s/cp2.yaml').some((each) => each.rule === 'cluster/vip-not-in-tls-san'));
});

test('comments and settings silence a rule', () => {
  const inventory = 'clusters:\n  - name: a\n    nodes:\n      - { name: x, address: h, roles: [boss] }\n';
  const workspace = new Workspace();
  const rules = (text: string) => {
    workspace.open('haven.yaml', text);
    return workspace.diagnose('haven.yaml').map((each) => each.rule);
  };
  assert.deepEqual(rules(inventory), ['inventory/bad-value']);
  assert.deepEqual(rules(inventory.replace('      - {', '      # haven-ignore: inventory/bad-value\n      - {')), []);
  assert.deepEqual(rules(`${inventory.trimEnd()} # haven-ignore: inventory/bad-value\n`), []);
  assert.deepEqual(rules(`# haven-ignore-file: inventory/bad-value\n${inventory}`), []);
  assert.deepEqual(rules(`# haven-ignore: inventory/other\n${inventory}`), ['inventory/bad-value']);
  workspace.severities = { 'inventory/bad-value': 'off' };
  assert.deepEqual(rules(inventory), []);
});

test('files are known by what is certain about them, and others are left alone', () => {
  const kind = (path: string, text: string) => new Workspace().open(path, text)?.kind;
  assert.equal(kind('etc/api.cfg', '# load balancer\nglobal\n    daemon\n'), 'haproxy');
  assert.equal(kind('setup.cfg', '[metadata]\nname = x\n'), undefined);
  assert.equal(kind('a/lb.conf', 'vrrp_instance API {\n}\n'), 'keepalived');
  assert.equal(kind('redis.conf', 'port 6379\n'), undefined);
  assert.equal(kind('config.yaml', 'token: x\nserver: https://a:6443\n'), 'k3s');
  // Words of many programs: what stands behind them has to be of k3s.
  assert.equal(kind('plugins/config.yml', 'server: global\ntoken: x\ndisable: false\n'), undefined);
  assert.equal(kind('config.yaml', 'server: https://a:9345\ntoken: x\ntls-san: [b]\n'), undefined);
  assert.equal(kind('config.yaml', 'token: x\ndisable:\n  - traefik\n'), 'k3s');
  assert.equal(kind('hosts/k3s-cp1/config.yaml', 'token: x\n'), 'k3s');
  assert.equal(kind('mkdocs.yaml', 'site_name: x\n'), undefined);
  assert.equal(kind('README.md', '# A page about nothing of ours\n'), undefined);
  assert.equal(
    kind('pod.yaml', 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: ghcr.io/kube-vip/kube-vip:v1\n'),
    'static-pod',
  );
  assert.equal(kind('kubeconfig', 'apiVersion: v1\nkind: Config\n'), 'kubeconfig');
});

test('a file is read for the release that the inventory says its nodes run, unless the user says another', () => {
  const inventory = (release: string) =>
    `clusters:\n  - name: a\n    versions: { haproxy: "${release}" }\n    nodes: [{ name: lb, address: 10.0.0.1, roles: [loadbalancer] }]\n    configs: [{ file: haproxy.cfg, on: [lb] }]\n`;
  const config =
    'defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\nfrontend a\n  bind :1\n  default_backend a\nbackend a\n  server s 10.0.0.1:1\n';
  const rules = (workspace: Workspace) => workspace.diagnose('haproxy.cfg').map((each) => each.rule);
  const workspace = new Workspace();
  workspace.open('haproxy.cfg', config);
  workspace.open('haven.yaml', inventory('2.6'));
  assert.ok(!rules(workspace).includes('haproxy/duplicate-name'), 'fine up to 3.1');
  workspace.open('haven.yaml', inventory('3.3'));
  assert.ok(rules(workspace).includes('haproxy/duplicate-name'), 'refused since 3.3');
  workspace.open('haven.yaml', inventory('2.6'));
  assert.ok(!rules(workspace).includes('haproxy/duplicate-name'));
  workspace.takeOutdated();
  workspace.open('haven.yaml', inventory('2.6').replace('haproxy.cfg', 'other.cfg'));
  assert.ok(rules(workspace).includes('haproxy/duplicate-name'), 'nothing says its release any more');
  assert.ok(workspace.takeOutdated().includes('haproxy.cfg'));
  workspace.open('haven.yaml', inventory('2.6'));
  workspace.close('haven.yaml');
  assert.ok(rules(workspace).includes('haproxy/duplicate-name'), 'nor where the inventory is gone');
  const chosen = new Workspace({ haproxy: [2, 6] });
  chosen.open('haven.yaml', inventory('3.3'));
  chosen.open('haproxy.cfg', config);
  assert.ok(!rules(chosen).includes('haproxy/duplicate-name'));
});

test('files that leave a cluster are told, although nothing relates them to the file that changed any more', () => {
  const nodes = ['lb1', 'lb2'].map((name, i) => `{ name: ${name}, address: 10.0.0.${i + 1}, roles: [loadbalancer] }`);
  const configs = ['{ file: x/a.conf, on: [lb1] }', '{ file: y/b.conf, on: [lb2] }'];
  const inventory = `clusters:\n  - name: a\n    nodes: [${nodes.join(', ')}]\n    configs: [${configs.join(', ')}]\n`;
  const instance =
    'vrrp_instance A {\n  interface eth0\n  virtual_router_id 51\n  priority 100\n  virtual_ipaddress {\n    10.0.0.9/24\n  }\n}\n';
  const workspace = new Workspace();
  workspace.open('/w/x/a.conf', instance, 'keepalived');
  workspace.open('/w/y/b.conf', instance, 'keepalived');
  workspace.open('/w/haven.yaml', inventory);
  const rules = () => workspace.diagnose('/w/y/b.conf').map((each) => each.rule);
  assert.ok(rules().includes('cluster/priority-equal'));
  workspace.takeOutdated();
  assert.deepEqual(workspace.takeOutdated(), [], 'nothing has changed');
  workspace.open('/w/haven.yaml', 'clusters: []\n');
  assert.ok(!workspace.related('/w/haven.yaml').includes('/w/y/b.conf'));
  assert.ok(workspace.takeOutdated().includes('/w/y/b.conf'));
  assert.ok(!rules().includes('cluster/priority-equal'));
});

test('a file that Haven does not know and that goes away is missed by the inventory that names it', () => {
  const configs = ['haproxy.cfg', 'notes.yaml'].map((file) => `{ file: ${file}, on: [lb] }`);
  const nodes = '{ name: lb, address: 10.0.0.1, roles: [loadbalancer] }';
  const workspace = new Workspace();
  workspace.open('/w/notes.yaml', 'kind: Notes\n');
  workspace.open('/w/haproxy.cfg', 'global\n  maxconn 10\n');
  workspace.open(
    '/w/haven.yaml',
    `clusters:\n  - name: a\n    nodes: [${nodes}]\n    configs: [${configs.join(', ')}]\n`,
  );
  assert.ok(workspace.file('/w/notes.yaml') === undefined, 'nobody knows what it is');
  const rules = () => workspace.diagnose('/w/haven.yaml').map((each) => each.rule);
  assert.ok(!rules().includes('inventory/file-not-found'));
  workspace.close('/w/notes.yaml');
  assert.ok(rules().includes('inventory/file-not-found'));
});

test('a comment that tells of a template does not make one of the file', () => {
  const workspace = new Workspace();
  workspace.open('haproxy.cfg', '# {{ ansible_managed }}\nglobal\n  maxcon 10\n');
  assert.deepEqual(
    workspace.diagnose('haproxy.cfg').map((each) => each.rule),
    ['haproxy/unknown-keyword'],
  );
  workspace.open('haproxy.cfg', 'global\n  maxcon {{ connections }}\n');
  assert.deepEqual(workspace.diagnose('haproxy.cfg'), []);
});

test('a file is read in steps, which two readers share and an edit in between does not spoil', () => {
  const backends = Array.from({ length: 300 }, (_, i) => `backend b${i}\n    server s 10.0.0.${i % 250}:80 check\n`);
  const text = `defaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n    typo x\n${backends.join('')}`;
  const inOneGo = new Workspace();
  inOneGo.open('haproxy.cfg', text);
  const workspace = new Workspace();
  workspace.open('haproxy.cfg', text);
  const [first, second] = [workspace.prepare('haproxy.cfg'), workspace.prepare('haproxy.cfg')];
  let steps = 0;
  while (first.next().done !== true && second.next().done !== true) steps++;
  assert.ok(steps > 3, `${steps} steps`);
  for (const _ of workspace.compare());
  assert.deepEqual(workspace.diagnose('haproxy.cfg'), inOneGo.diagnose('haproxy.cfg'));
  assert.equal(
    inOneGo.diagnose('haproxy.cfg').some((each) => each.rule === 'haproxy/unknown-keyword'),
    true,
  );

  const comparing = workspace.compare();
  const reading = workspace.prepare('haproxy.cfg');
  comparing.next();
  const at = text.indexOf('    typo x\n');
  workspace.edit('haproxy.cfg', [{ span: { start: at, end: at + '    typo x\n'.length }, newText: '' }]);
  for (const _ of comparing);
  for (const _ of reading);
  assert.equal(
    workspace.diagnose('haproxy.cfg').some((each) => each.rule === 'haproxy/unknown-keyword'),
    false,
  );
});
