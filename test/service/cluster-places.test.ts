import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../src/service';

const files: Readonly<Record<string, string>> = {
  '/c/haven.yaml': `clusters:
  - name: prod
    endpoint: 192.0.2.100:8443
    nodes:
      - { name: cp1, address: 192.0.2.11, roles: [server] }
      - { name: cp2, address: 192.0.2.12, roles: [server] }
      - { name: lb1, address: 192.0.2.5, roles: [loadbalancer] }
    configs:
      - { file: cp1/etc/rancher/k3s/config.yaml, on: [cp1] }
      - { file: cp2/etc/rancher/k3s/config.yaml, on: [cp2] }
      - { file: lb/haproxy.cfg, on: [lb1] }
      - { file: lb/keepalived.conf, on: [lb1] }
`,
  '/c/cp1/etc/rancher/k3s/config.yaml': `cluster-init: true
token: first-token-0123456789
tls-san: [192.0.2.100]
`,
  '/c/cp2/etc/rancher/k3s/config.yaml': `server: https://192.0.2.100:8443
token: first-token-0123456789
tls-san:
  - 192.0.2.100
`,
  '/c/lb/haproxy.cfg': `defaults
    mode tcp
    timeout client 1h
    timeout server 1h
    timeout connect 5s
frontend api
    bind *:8443
    default_backend servers
backend servers
    server cp1 192.0.2.11:6443 check
    server cp2 192.0.2.12:6443 check
`,
  '/c/lb/keepalived.conf': `vrrp_instance api {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.100/24
    }
}
`,
};

const workspace = new Workspace();
for (const [path, text] of Object.entries(files)) workspace.open(path, text);

/** The lines that the places of an answer stand on. */
function shown(spans: readonly { readonly path?: string; readonly span: { readonly start: number } }[]): string[] {
  return spans
    .map(({ path = '', span: { start } }) => {
      const text = files[path] ?? '';
      const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, text.indexOf('\n', start));
      return `${path.slice(3)}: ${line.trim()}`;
    })
    .sort();
}

const joining = '/c/cp2/etc/rancher/k3s/config.yaml';
const place = (path: string, mark: string) => (files[path] ?? '').indexOf(mark) + 2;

test('from the address that a server joins to who has it and who listens there', () => {
  assert.deepEqual(shown(workspace.definitionsAt(joining, place(joining, 'https'))), [
    'lb/haproxy.cfg: bind *:8443',
    'lb/keepalived.conf: 192.0.2.100/24',
  ]);
});

test('from a server of the load balancer to its node', () => {
  const balancer = '/c/lb/haproxy.cfg';
  assert.deepEqual(shown(workspace.definitionsAt(balancer, place(balancer, '192.0.2.12'))), [
    'haven.yaml: - { name: cp2, address: 192.0.2.12, roles: [server] }',
  ]);
});

test('from a token to that of the first server, and from there to all', () => {
  assert.deepEqual(shown(workspace.definitionsAt(joining, place(joining, 'first-token'))), [
    'cp1/etc/rancher/k3s/config.yaml: token: first-token-0123456789',
  ]);
  assert.equal(workspace.referencesAt(joining, place(joining, 'first-token')).length, 2);
});

test('every place that names the virtual address', () => {
  const vip = '/c/lb/keepalived.conf';
  assert.deepEqual(shown(workspace.referencesAt(vip, place(vip, '192.0.2.100'))), [
    'cp1/etc/rancher/k3s/config.yaml: tls-san: [192.0.2.100]',
    'cp2/etc/rancher/k3s/config.yaml: - 192.0.2.100',
    'cp2/etc/rancher/k3s/config.yaml: server: https://192.0.2.100:8443',
    'haven.yaml: endpoint: 192.0.2.100:8443',
    'lb/keepalived.conf: 192.0.2.100/24',
  ]);
});

test('elsewhere there is nothing', () => {
  assert.deepEqual(workspace.definitionsAt(joining, 2), []);
  assert.deepEqual(workspace.referencesAt(joining, 2), []);
  assert.deepEqual(workspace.definitionsAt('/c/none', 0), []);
});
