import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

type Change = readonly [path: string, from: string, to: string];

/** What the rules newly say of a fixture after the last change: the rule, and the lines of the places that it names. */
function told(cluster: string | ReadonlyMap<string, string>, ...changes: readonly Change[]): readonly string[] {
  const files = new Map(typeof cluster === 'string' ? clusterFixtures().get(cluster) : cluster);
  const found = () => {
    const workspace = workspaceOf(files);
    const line = (path: string, start: number) =>
      `${path}:${(workspace.file(path)?.lines.positionAt(start).line ?? -1) + 1}`;
    return [...files.keys()].flatMap((path) =>
      workspace
        .diagnose(path)
        .map(({ rule, span, related }) =>
          [rule, line(path, span.start), ...(related ?? []).map((one) => line(one.path ?? path, one.span.start))].join(
            ' ',
          ),
        ),
    );
  };
  let before: readonly string[] = [];
  for (const [path, from, to] of changes) {
    before = found();
    const text = files.get(path) ?? '';
    assert.ok(text.includes(from), from);
    files.set(path, text.replace(from, to));
  }
  return found().filter((each) => !before.includes(each));
}

function tells(finding: string, cluster: Parameters<typeof told>[0], ...changes: readonly Change[]): void {
  const all = told(cluster, ...changes);
  assert.ok(all.includes(finding), `${finding} is not in\n${all.join('\n')}`);
}

const silent = (cluster: Parameters<typeof told>[0], ...changes: readonly Change[]) =>
  assert.deepEqual(told(cluster, ...changes), []);

test('a server that the inventory has as an agent, and a worker that it has as a server, are told with their files', () => {
  const [server, agent] = ['10.0.0.13, roles: [server]', '10.0.0.13, roles: [agent]'];
  tells('cluster/role-differs haven.yaml:8 k3s/cp3.yaml:4', 'k3s-embedded', ['haven.yaml', server, agent]);
  const joins = 'controlPlane:\n  localAPIEndpoint:\n    advertiseAddress: 10.0.7.13\n    bindPort: 6443\n';
  const worker = ['kubeadm/m3.yaml', joins, ''] as const;
  tells('cluster/role-differs haven.yaml:8 kubeadm/m3.yaml:6', 'kubeadm-nginx', worker);
});

test('settings of a server in a file that is for agents too say nothing of these', () => {
  const all = told('k3s-embedded', ['haven.yaml', 'k3s/cp2.yaml, on: [cp2] }', 'k3s/cp2.yaml, on: [cp2, w1] }']);
  assert.ok(!all.some((each) => each.startsWith('cluster/role-differs')));
});

test('a name that is mistyped is told with the place that has it', () => {
  const haproxy = (from: string, to: string): Change => ['lb/haproxy.cfg', from, to];
  const backend = haproxy('default_backend servers', 'default_backend severs');
  tells('haproxy/unknown-reference lb/haproxy.cfg:19 lb/haproxy.cfg:21', 'k3s-mysql', backend);
  const server = haproxy('server cp2 ', 'server cp1 ');
  tells('haproxy/duplicate-name lb/haproxy.cfg:27 lb/haproxy.cfg:26', 'k3s-mysql', server);
  const track: Change = [
    'lb/keepalived-lb1.conf',
    '    track_process {\n        haproxy',
    '    track_process {\n        haprxoy',
  ];
  tells('keepalived/unknown-reference lb/keepalived-lb1.conf:24 lb/keepalived-lb1.conf:5', 'k3s-mysql', track);
  const pass: Change = ['lb/nginx.conf', 'proxy_pass ', 'proxy_pass x'];
  assert.match(
    told('kubeadm-nginx', pass).join('\n'),
    /^nginx\/unknown-upstream lb\/nginx\.conf:\d+ lb\/nginx\.conf:\d+$/m,
  );
});

test('a pod without the network of its node is told where it says so, with the address or port that nobody reaches', () => {
  const off = (path: string): Change => [path, 'hostNetwork: true', 'hostNetwork: false'];
  const [haproxy, keepalived] = ['manifests/haproxy.yaml', 'manifests/keepalived-m1.yaml'];
  tells(`cluster/pod-network ${haproxy}:7 haproxy.cfg:18`, 'kubeadm-static-pods', off(haproxy));
  tells(`cluster/keepalived-pod-rights ${keepalived}:7 ${keepalived}:22`, 'kubeadm-static-pods', off(keepalived));
});

test('a check that takes no good answer is told with the line that says so, where nothing keeps the API from everybody', () => {
  const expects = (status: string): Change => ['haproxy.cfg', 'expect status 200', `expect status ${status}`];
  const refused = 'cluster/check-never-passes haproxy.cfg:23 haproxy.cfg:24 kubeadm/m1.yaml:4';
  tells(refused, 'kubeadm-stacked', expects('401'));
  const flag = 'apiServer:\n  extraArgs:\n    - name: anonymous-auth\n      value: "false"\n';
  silent('kubeadm-stacked', ['kubeadm/m1.yaml', 'apiServer:\n', flag], expects('401'));
});

test('auth_type of one node, and the release that its installer is told, are told with those of the others', () => {
  const auth = (node: number): Change => [
    `lb/keepalived-lb${node}.conf`,
    '    advert_int 1\n',
    '    advert_int 1\n    authentication {\n        auth_type PASS\n        auth_pass k8sPass1\n    }\n',
  ];
  const type: Change = ['lb/keepalived-lb2.conf', 'auth_type PASS', 'auth_type AH'];
  const places = 'lb/keepalived-lb2.conf:17 lb/keepalived-lb1.conf:17';
  tells(`keepalived/auth-differs ${places}`, 'k3s-mysql', auth(1), auth(2), type);
  const install = (node: string, version: string): Change => [
    `cloud-init/${node}.yaml`,
    'INSTALL_K3S_EXEC',
    `INSTALL_K3S_VERSION=${version} INSTALL_K3S_EXEC`,
  ];
  const [one, two] = ['v1.33.4+k3s1', 'v1.31.4+k3s1'];
  const all = ['cp1', 'cp2', 'cp3'].map((node) => install(node, one));
  const other: Change = ['cloud-init/cp2.yaml', one, two];
  const found = told('k3s-cloud-init', ...all, other).filter((each) => each.startsWith('cluster/servers-differ'));
  assert.deepEqual(found, ['cluster/servers-differ cloud-init/cp2.yaml:19 cloud-init/cp1.yaml:19']);
});

test('a file of two nodes that the inventory calls the same is told once', () => {
  const same: Change = ['haven.yaml', 'name: cp3,', 'name: cp2,'];
  const all = told('k3s-embedded', same, ['k3s/cp2.yaml', 'server: https://api.example.com:6443\n', '']);
  assert.equal(all.filter((each) => each.startsWith('cluster/separate-server k3s/cp2.yaml')).length, 1);
});

test('a kubeconfig above the folder of the only cluster is held to it, one above two to none', () => {
  const whole = [...(clusterFixtures().get('kubeadm-stacked') ?? [])].filter(([path]) => path !== 'haven.yaml');
  const below = (folder: string) =>
    whole.map(([path, text]) => [path === 'kubeconfig.yaml' ? path : folder + path, text] as const);
  const port: Change = ['kubeconfig.yaml', ':8443', ':8444'];
  tells('cluster/api-port kubeconfig.yaml:6 site/haproxy.cfg:18', new Map(below('site/')), port);
  silent(new Map([...below('site/'), ...below('test/')]), port);
});

test('one load balancer that listens at an address that its machine has not is told', () => {
  const one: Change = ['haven.yaml', 'lb/haproxy.cfg, on: [lb1, lb2] }', 'lb/haproxy.cfg, on: [lb1] }'];
  const listens = (from: string, to: string): Change => ['lb/haproxy.cfg', `bind ${from}:6443`, `bind ${to}:6443`];
  const alone = new Map([...(clusterFixtures().get('k3s-mysql') ?? [])].filter(([path]) => !/keepalived/.test(path)));
  const other = listens('10.0.0.8', '10.0.0.77');
  tells('cluster/bind-unknown-address lb/haproxy.cfg:18 haven.yaml:9', alone, one, listens('*', '10.0.0.8'), other);
  // Of two load balancers nobody knows what moves between them.
  silent(alone, listens('*', '10.0.0.8'), other);
});

test('a node that joins without TLS is told once, with the place that has the address, or else with a node that joins there', () => {
  const plain = (path: string): Change => [path, 'https://', 'http://'];
  const joining = told('k3s-embedded', plain('k3s/cp2.yaml'));
  assert.deepEqual(
    joining.filter((each) => each.includes(' k3s/cp2.yaml:1')),
    ['cluster/plain-http haven.yaml:4 k3s/cp2.yaml:1', 'k3s/server-address k3s/cp2.yaml:1 haven.yaml:4'],
  );
  tells('k3s/server-address cloud-init/cp2.yaml:7 haven.yaml:4', 'k3s-cloud-init', plain('cloud-init/cp2.yaml'));
  const alone = new Map([...(clusterFixtures().get('k3s-embedded') ?? [])].filter(([path]) => path.startsWith('k3s/')));
  tells('k3s/server-address k3s/w1.yaml:1 k3s/cp2.yaml:1', alone, plain('k3s/w1.yaml'));
  // Nothing is made of an address that stands nowhere else.
  const strange = told('k3s-embedded', ['k3s/w1.yaml', 'https://api.example.com', 'http://203.0.113.9']);
  assert.ok(strange.includes('k3s/server-address k3s/w1.yaml:1'), strange.join('\n'));
});

test('an address of etcd without TLS is told with the file of the TLS that it lacks', () => {
  const path = 'kubeadm/m1.yaml';
  const files = clusterFixtures().get('kubeadm-external-etcd');
  const lines = (files?.get(path) ?? '').split('\n');
  const endpoint = lines.findIndex((each) => each.includes('- https://')) + 1;
  const authority = lines.findIndex((each) => each.includes('caFile')) + 1;
  tells(`kubeadm/conflicting-fields ${path}:${endpoint} ${path}:${authority}`, 'kubeadm-external-etcd', [
    path,
    '- https://',
    '- http://',
  ]);
});

test('a file that the inventory gives to another node is told with the word that does', () => {
  const wrong: Change = ['haven.yaml', 'k3s/cp2.yaml, on: [cp2]', 'k3s/cp2.yaml, on: [cp1]'];
  tells('cluster/node-address-differs k3s/cp2.yaml:3 haven.yaml:17 haven.yaml:6', 'k3s-embedded', wrong);
  // An address that no node has is rather wrong itself.
  const slip: Change = ['k3s/cp2.yaml', '10.0.0.12', '10.0.0.112'];
  tells('cluster/node-address-differs k3s/cp2.yaml:3 haven.yaml:7', 'k3s-embedded', slip);
});

/** A cluster whose endpoint is its only load balancer. */
const oneBalancer = (listens: string, more: Readonly<Record<string, string>> = {}): ReadonlyMap<string, string> =>
  new Map([
    [
      'haven.yaml',
      `clusters:
  - name: prod
    distribution: k3s
    endpoint: 10.0.0.8:6443
    nodes:
      - { name: cp1, address: 10.0.0.11, roles: [server] }
      - { name: cp2, address: 10.0.0.12, roles: [server] }
      - { name: lb, address: 10.0.0.8, roles: [loadbalancer] }
    configs:
      - { file: nginx.conf, on: [lb] }
`,
    ],
    [
      'nginx.conf',
      `stream {
  upstream api {
    server 10.0.0.11:6443 max_fails=3 fail_timeout=5s;
    server 10.0.0.12:6443 max_fails=3 fail_timeout=5s;
  }
  server {
    listen ${listens};
    proxy_pass api;
    proxy_timeout 1h;
  }
}
`,
    ],
    ...Object.entries(more),
  ]);

test('the only load balancer beside an endpoint that no machine has is told, unless something else may hold that address', () => {
  const moved: Change = ['haven.yaml', 'address: 10.0.0.8', 'address: 10.0.0.65'];
  const finding = 'cluster/node-address-differs haven.yaml:8 haven.yaml:4';
  tells(finding, oneBalancer('10.0.0.8:6443'), moved);
  tells(finding, oneBalancer('6443'), moved);
  const isSilent = (files: ReadonlyMap<string, string>, change: Change) =>
    assert.deepEqual(
      told(files, change).filter((each) => each.startsWith('cluster/node-address-differs haven.yaml:8')),
      [],
    );
  // The balancer has an address of its own to listen on, or is in another network.
  isSilent(oneBalancer('10.0.0.65:6443'), moved);
  isSilent(oneBalancer('6443'), ['haven.yaml', 'address: 10.0.0.8', 'address: 172.16.4.2']);
  // Another balancer may share the address, and keepalived hands it out.
  const second: Change = [
    'haven.yaml',
    'address: 10.0.0.8, roles: [loadbalancer] }',
    'address: 10.0.0.65, roles: [loadbalancer] }\n      - { name: lb2, address: 10.0.0.66, roles: [loadbalancer] }',
  ];
  isSilent(oneBalancer('6443'), second);
  const held =
    'vrrp_instance API {\n  interface eth0\n  virtual_router_id 7\n  virtual_ipaddress {\n    10.0.0.8/24\n  }\n}\n';
  isSilent(oneBalancer('6443', { 'keepalived.conf': held }), moved);
});

test('a kubeconfig without TLS is told by the certificate that has the name, where no file makes it a door', () => {
  const asking = (port: number) =>
    oneBalancer('10.0.0.8:6443', {
      'k3s/cp1.yaml': 'token-file: /etc/token\nnode-ip: 10.0.0.11\ntls-san:\n  - 10.0.0.8\n  - api.corp.example\n',
      'kubeconfig.yaml': `apiVersion: v1\nkind: Config\nclusters:\n  - name: prod\n    cluster:\n      server: https://api.corp.example:${port}\n`,
    });
  const plain: Change = ['kubeconfig.yaml', 'https://', 'http://'];
  tells('cluster/plain-http kubeconfig.yaml:6 k3s/cp1.yaml:5', asking(6443), plain);
  // Another port is that of a proxy.
  assert.ok(!told(asking(8001), plain).some((each) => each.startsWith('cluster/plain-http')));
});
