import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../src/base/message';
import { readStartLists, Workspace } from '../../src/service';

function opened(files: Readonly<Record<string, string>>): Workspace {
  const workspace = new Workspace();
  for (const [path, text] of Object.entries(files)) workspace.open(path, text);
  return workspace;
}
const siblings = (workspace: Workspace, path: string) => workspace.siblingsOf(path).map((each) => each.path);
const found = (workspace: Workspace, path: string) =>
  workspace
    .diagnose(path)
    .flatMap((each) => (each.severity === 'hint' ? [] : [`${each.rule}: ${render(each.message)}`]));

const haproxy = {
  'lb/haproxy.cfg':
    'global\n    log stdout local0\ndefaults\n    log global\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n    timeout http-request 10s\n',
  'lb/conf.d/10-web.cfg':
    'frontend web\n    bind :80\n    use_backend api if { path_beg /api }\n    default_backend www\n',
  'lb/conf.d/20-api.cfg':
    'backend api\n    http-request set-header X-A b\n    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\nbackend www\n    server c 10.0.0.3:80 check\n    server d 10.0.0.4:80 check\n',
};

test('haproxy.cfg and the folder beside it are one instance, in their order', () => {
  const workspace = opened({ ...haproxy, 'other/haproxy.cfg': 'global\n', 'lb/haproxy-lb2.cfg': 'global\n' });
  assert.deepEqual(siblings(workspace, 'lb/haproxy.cfg'), ['lb/conf.d/10-web.cfg', 'lb/conf.d/20-api.cfg']);
  assert.deepEqual(siblings(workspace, 'lb/conf.d/20-api.cfg'), [
    'lb/haproxy-lb2.cfg',
    'lb/haproxy.cfg',
    'lb/conf.d/10-web.cfg',
  ]);
  assert.deepEqual(siblings(workspace, 'other/haproxy.cfg'), []);
});

test('a file without sections of its own beside haproxy.cfg takes over its defaults', () => {
  const workspace = opened({
    'lb/haproxy.cfg': haproxy['lb/haproxy.cfg'],
    'lb/web.cfg': 'listen web\n    bind :80\n    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\n',
    'lb/other.cfg': 'defaults\n    mode http\nlisten web\n    bind :80\n    server a 10.0.0.1:80 check\n',
  });
  assert.deepEqual(siblings(workspace, 'lb/web.cfg'), ['lb/haproxy.cfg']);
  assert.deepEqual(siblings(workspace, 'lb/haproxy.cfg'), []);
  assert.deepEqual(siblings(workspace, 'lb/other.cfg'), []);
  assert.deepEqual(found(workspace, 'lb/web.cfg'), []);
});

test('names lead across the files of an instance, and nothing is said of what a file takes over', () => {
  const workspace = opened(haproxy);
  for (const path of Object.keys(haproxy)) assert.deepEqual(found(workspace, path), [], path);
  workspace.close('lb/conf.d/20-api.cfg');
  assert.match(found(workspace, 'lb/conf.d/10-web.cfg').join('\n'), /there is no backend "api"/);
});

const keepalived = {
  'lb/keepalived-lb1.conf':
    'global_defs {\n    enable_script_security\n    script_user root\n}\ninclude /etc/keepalived/conf.d/{checks,more}.conf\nvrrp_instance A {\n    state BACKUP\n    interface eth0\n    virtual_router_id 51\n    priority 101\n    virtual_ipaddress {\n        10.0.0.100/24\n    }\n    track_script {\n        chk\n    }\n}\n',
  'lb/conf.d/checks.conf': 'vrrp_script chk {\n    script "/usr/bin/true"\n    weight -20\n}\n',
  'lb/conf.d/unused.conf': 'vrrp_script other {\n    script "/usr/bin/true"\n}\n',
};

test('a keepalived file and what it includes are one instance, seen from either', () => {
  const workspace = opened(keepalived);
  assert.deepEqual(siblings(workspace, 'lb/keepalived-lb1.conf'), ['lb/conf.d/checks.conf']);
  assert.deepEqual(siblings(workspace, 'lb/conf.d/checks.conf'), ['lb/keepalived-lb1.conf']);
  assert.deepEqual(siblings(workspace, 'lb/conf.d/unused.conf'), []);
  const file = workspace.file('lb/keepalived-lb1.conf');
  const offset = file?.text.indexOf('chk') ?? 0;
  const places = file?.language.references?.(file.analysis, offset, workspace.siblingsOf(file.path)) ?? [];
  assert.deepEqual(
    places.map((each) => each.path),
    [undefined, 'lb/conf.d/checks.conf'],
  );
  const taken = file?.language.checkName?.(file.analysis, offset, 'free', workspace.siblingsOf(file.path));
  assert.equal(taken, undefined);
});

test('an include that comes and goes makes and breaks the instance', () => {
  const workspace = opened(keepalived);
  const path = 'lb/keepalived-lb1.conf';
  const start = keepalived[path].indexOf('include');
  workspace.edit(path, [{ span: { start, end: start }, newText: '#' }]);
  assert.deepEqual(siblings(workspace, path), []);
  workspace.edit(path, [{ span: { start, end: start + 1 }, newText: '' }]);
  assert.deepEqual(siblings(workspace, path), ['lb/conf.d/checks.conf']);
});

test('the setting says which files are one instance, and in which order', () => {
  const lists = readStartLists([['lb/first.cfg', './lb/sites/'], ['edge.cfg']], '/work');
  assert.deepEqual(lists, [['/work/lb/first.cfg', '/work/lb/sites/'], ['/work/edge.cfg']]);
  assert.deepEqual(readStartLists(['a.cfg', '/etc/b.cfg'], '/work'), [['/work/a.cfg', '/etc/b.cfg']]);
  assert.deepEqual(readStartLists('a.cfg', '/work'), []);
  const workspace = new Workspace({}, {}, lists);
  const defaults = 'defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n';
  workspace.open('/work/lb/sites/b.cfg', 'backend api\n    server a 10.0.0.1:80 check\n');
  workspace.open('/work/lb/first.cfg', defaults);
  workspace.open('/work/lb/sites/a.cfg', 'frontend web\n    bind :80\n    default_backend api\n');
  workspace.open('/work/lb/sites/.hidden.cfg', 'backend api\n');
  workspace.open('/work/lb/sites/old/c.cfg', 'backend api\n');
  workspace.open('/work/edge.cfg', 'backend api\n');
  assert.deepEqual(
    workspace.siblingsOf('/work/lb/sites/a.cfg').map(({ path, before }) => `${path} ${before}`),
    ['/work/lb/first.cfg true', '/work/lb/sites/b.cfg false'],
  );
  for (const path of ['/work/lb/first.cfg', '/work/lb/sites/a.cfg', '/work/lb/sites/b.cfg'])
    assert.deepEqual(found(workspace, path), [], path);
  assert.deepEqual(siblings(workspace, '/work/edge.cfg'), []);
});

test('with the setting, what stands in a later file does not count for an earlier one', () => {
  const workspace = new Workspace({}, {}, [['a.cfg', 'z.cfg']]);
  workspace.open('z.cfg', 'defaults\n    mode http\n    timeout client 30s\n');
  workspace.open('a.cfg', 'frontend web\n    bind :80\n');
  assert.match(found(workspace, 'a.cfg').join(), /missing-setting/);
});

test('files to which an inventory gives paths on one node belong together by those', () => {
  const workspace = opened({
    'haven.yaml':
      'clusters:\n  - name: prod\n    distribution: k3s\n    nodes:\n      - { name: lb1, address: 10.0.0.8, roles: [loadbalancer] }\n    configs:\n      - { file: main.cfg, on: [lb1], path: /etc/haproxy/haproxy.cfg }\n      - { file: api.cfg, on: [lb1], path: /etc/haproxy/conf.d/api.cfg }\n',
    'main.cfg': 'defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n',
    'api.cfg':
      'frontend web\n    bind :80\n    http-request set-header X-A b\n    default_backend api\nbackend api\n    server a 10.0.0.1:80 check\n',
    'other.cfg': 'backend api\n',
  });
  assert.deepEqual(siblings(workspace, 'api.cfg'), ['main.cfg']);
  assert.deepEqual(siblings(workspace, 'main.cfg'), ['api.cfg']);
  assert.deepEqual(found(workspace, 'api.cfg'), []);
});
