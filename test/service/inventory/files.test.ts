import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';

const files = {
  '/w/prod/lb/haproxy.cfg': 'defaults\n  mode tcp\n',
  '/w/prod/cp1/etc/rancher/k3s/config.yaml': 'cluster-init: true\n',
  '/w/prod/the lb/keepalived.conf': 'vrrp_instance VI_1 {\n  interface eth0\n}\n',
  '/w/prod/notes.txt': 'a\n',
  '/w/prod/join.sh': 'kubeadm join 192.0.2.5:6443\n',
  '/w/test/haproxy.cfg': 'defaults\n  mode tcp\n',
};

/** What is offered at the `|` of an inventory among the files. */
function offered(config: string) {
  const written = `clusters:\n  - name: a\n    nodes: [{ name: lb1, address: 10.0.0.8, roles: [loadbalancer] }]\n    configs:\n${config}`;
  const offset = written.indexOf('|');
  const text = written.replace('|', '');
  const workspace = new Workspace();
  for (const [path, each] of Object.entries(files)) workspace.open(path, each);
  workspace.open('/w/prod/haven.yaml', text);
  return workspace.completionsAt('/w/prod/haven.yaml', offset).map(({ label, newText, span }) => {
    assert.ok(span.start <= offset && offset <= span.end);
    return newText === label ? label : `${label} as ${newText}`;
  });
}

const all = ['cp1/etc/rancher/k3s/config.yaml', 'lb/haproxy.cfg', 'the lb/keepalived.conf'];

test('a config is offered the files below the folder of its inventory that a node can have', () => {
  const plain = [...all.slice(0, 2), "the lb/keepalived.conf as 'the lb/keepalived.conf'"];
  assert.deepEqual(offered('      - file: |\n        on: [lb1]\n'), plain);
  assert.deepEqual(offered('      - file: lb/h|\n'), plain);
  assert.deepEqual(offered('      - { file: |, on: [lb1] }\n'), plain);
  assert.deepEqual(offered('      - file: "|"\n'), all);
});

test('other places of an inventory and other languages offer what they did', () => {
  assert.deepEqual(offered('      - { file: lb/haproxy.cfg, on: [|] }\n'), ['lb1']);
  const workspace = new Workspace();
  workspace.open('/w/haproxy.cfg', 'defaults\n  mode \n');
  const modes = workspace.completionsAt('/w/haproxy.cfg', 16).map(({ label }) => label);
  assert.deepEqual(modes.slice(0, 2), ['tcp', 'http']);
  assert.deepEqual(workspace.completionsAt('/w/nothing.cfg', 0), []);
});
