import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

/** One value that is wrong in a cluster without an inventory, and the places at which it is told of: `rule file:line, file:line`. */
const changes: readonly (readonly [cluster: string, path: string, from: string, to: string, told: string])[] = [
  [
    'kubeadm-static-pods',
    'manifests/keepalived-m1.yaml',
    "'10.0.1.11'",
    "'10.0.6.11'",
    'unknown-peer manifests/keepalived-m1.yaml:24 manifests/keepalived-m2.yaml:24',
  ],
  [
    'kubeadm-dual-stack',
    'kubeadm/m2.yaml',
    'value: 10.0.10.12',
    'value: 10.0.10.69',
    'node-address-differs kubeadm/m2.yaml:14 kubeadm/m2.yaml:17',
  ],
  ...(
    [
      ['value: e1\n', 'value: e2\n', '24 etcd/e1.yaml:20'],
      ['listen-peer-urls\n        value: https://10.0.8.31:2380', '2381', '32 etcd/e1.yaml:26'],
      ['listen-client-urls\n        value: https://10.0.8.31:2379', '2380', '28 etcd/e1.yaml:26'],
      ['advertise-client-urls\n        value: https://10.0.8.31:2379', '2380', '30 etcd/e1.yaml:28'],
      ['initial-advertise-peer-urls\n        value: https://10.0.8.31:2380', '2381', '32 etcd/e1.yaml:20'],
    ] as const
  ).map(
    ([from, to, told]) =>
      [
        'kubeadm-etcd-hosts',
        'etcd/e1.yaml',
        from,
        /^\d+$/.test(to) ? from.replace(/\d+$/, to) : to,
        `etcd-members-differ etcd/e1.yaml:${told}`,
      ] as const,
  ),
  [
    'nginx-proxy',
    'kubeadm/m1.yaml',
    '10.0.1.11',
    '10.0.6.11',
    'server-without-backend kubeadm/m1.yaml:4 nginx-proxy/nginx.conf:9',
  ],
  [
    'nginx-proxy',
    'kubeadm/m2.yaml',
    '10.0.1.12',
    '10.0.6.12',
    'server-without-backend kubeadm/m2.yaml:11 nginx-proxy/nginx.conf:10',
  ],
  [
    'kubeadm-kube-vip',
    'kubeconfig.yaml',
    '10.0.1.100',
    '10.0.6.100',
    'api-address-unknown kubeconfig.yaml:6 kubeadm/m1.yaml:13',
  ],
  [
    'k3s-embedded',
    'k3s/w1.yaml',
    'api.example.com',
    'api.example.org',
    'api-address-unknown k3s/w1.yaml:1 lb/keepalived-lb1.conf:21',
  ],
  [
    'k3s-embedded',
    'lb/haproxy.cfg',
    '10.0.0.11',
    '10.0.0.68',
    'server-without-backend k3s/cp1.yaml:3 lb/haproxy.cfg:26',
  ],
  ['k3s-embedded', 'lb/haproxy.cfg', '*:6443', '*:6444', 'api-port k3s/cp2.yaml:1 lb/haproxy.cfg:18'],
  [
    'k3s-embedded',
    'lb/haproxy.cfg',
    '*:6443',
    '10.0.0.77:6443',
    'bind-unknown-address lb/haproxy.cfg:18 lb/keepalived-lb1.conf:21',
  ],
  [
    'k3s-mysql',
    'k3s/cp1.yaml',
    '- api.example.com',
    '- api.example.org',
    'tls-san-differs k3s/cp1.yaml:4 k3s/cp2.yaml:5',
  ],
  [
    'kubeadm-external-etcd',
    'kubeadm/m1.yaml',
    '10.0.2.11',
    '10.0.2.68',
    'server-without-backend kubeadm/m1.yaml:4 lb/haproxy.cfg:26',
  ],
  [
    'kubeadm-external-etcd',
    'kubeadm/m1.yaml',
    '10.0.2.31:2379',
    '10.0.2.31:2380',
    'etcd-endpoint-unknown kubeadm/m1.yaml:23 kubeadm/m1.yaml:24',
  ],
  [
    'kubeadm-external-etcd',
    'kubeconfig.yaml',
    '10.0.2.100',
    '10.0.2.157',
    'api-address-unknown kubeconfig.yaml:6 kubeadm/m1.yaml:13',
  ],
  [
    'kubeadm-stacked',
    'kubeadm/m1.yaml',
    'Endpoint: 10.0.1.100',
    'Endpoint: 10.0.1.157',
    'control-plane-endpoint-differs kubeadm/m1.yaml:13 keepalived-m1.conf:22',
  ],
  [
    'kubeadm-stacked',
    'kubeadm/m2.yaml',
    '10.0.1.12',
    '10.0.6.12',
    'server-without-backend kubeadm/m2.yaml:11 haproxy.cfg:27',
  ],
  ['kubeadm-stacked', 'kubeadm/m2.yaml', 'name: m2', 'name: m2x', 'node-name-differs kubeadm/m2.yaml:7 haproxy.cfg:27'],
  [
    'kubeadm-initial-cluster',
    'kubeadm/m1.yaml',
    'm2=https://10.0.4.12',
    'm2=https://10.0.4.69',
    'etcd-endpoint-unknown kubeadm/m1.yaml:29 kubeadm/m2.yaml:11',
  ],
  [
    'kubeadm-kube-vip',
    'manifests/kube-vip.yaml',
    '10.0.1.100',
    '10.0.6.100',
    'control-plane-endpoint-differs kubeadm/m1.yaml:13 manifests/kube-vip.yaml:15',
  ],
  [
    'kubeadm-static-pods',
    'manifests/keepalived-m1.yaml',
    "'10.0.1.12'",
    "'10.0.1.69'",
    'peers-one-sided manifests/keepalived-m1.yaml:24 kubeadm/m2.yaml:11',
  ],
  [
    'nginx-proxy',
    'kubeadm/m1.yaml',
    '10.0.1.11',
    '10.0.1.68',
    'server-without-backend kubeadm/m1.yaml:4 nginx-proxy/nginx.conf:9',
  ],
  [
    'kubeadm-etcd-hosts',
    'kubeadm/m1.yaml',
    '- https://10.0.8.32:2379',
    '- https://10.0.8.89:2379',
    'etcd-endpoint-unknown kubeadm/m1.yaml:24 etcd/e2.yaml:7',
  ],
  [
    'k3s-cloud-init',
    'cloud-init/lb2.yaml',
    '*:6443',
    '*:6444',
    'endpoint-port cloud-init/lb2.yaml:24 cloud-init/lb1.yaml:24',
  ],
];

for (const [cluster, path, from, to, told] of changes) {
  test(`without an inventory ${cluster} with "${to}" in ${path} names both places`, () => {
    const files = new Map([...(clusterFixtures().get(cluster) ?? [])].filter(([each]) => each !== 'haven.yaml'));
    const text = files.get(path) ?? '';
    assert.ok(text.includes(from));
    const workspace = workspaceOf(files.set(path, text.replace(from, to)));
    const lineOf = (file: string, start: number) => (workspace.file(file)?.lines.positionAt(start).line ?? -1) + 1;
    const found = [...files.keys()].flatMap((file) =>
      workspace.diagnose(file).map(({ rule, span, related }) => {
        const places = [{ path: file, span }, ...(related ?? [])];
        const lines = places.map((each) => `${each.path ?? file}:${lineOf(each.path ?? file, each.span.start)}`);
        return [rule.replace(/^cluster\//, ''), ...lines].join(' ');
      }),
    );
    assert.ok(found.includes(told), found.join('\n'));
  });
}

const clustersOf = (files: Readonly<Record<string, string>>) =>
  workspaceOf(new Map(Object.entries(files)))
    .clusterModels()
    .map((model) => [...model.paths].sort().join(' '));

const server = (address: string, token: string, name: string) =>
  `cluster-init: true\ntoken: ${token}\nnode-ip: ${address}\ntls-san: [${name}]\n`;

test('a token that nobody takes from an example makes two files one cluster, and a word does not', () => {
  const agent = (token: string) => `server: https://elsewhere.example.com:6443\ntoken: ${token}\nnode-ip: 10.0.0.21\n`;
  const long = '5f1c6b2a9d0e47c3b8a1';
  const joined = clustersOf({
    'k3s/cp1.yaml': server('10.0.0.11', long, 'api.example.com'),
    'k3s/w1.yaml': agent(long),
  });
  assert.deepEqual(joined, ['k3s/cp1.yaml k3s/w1.yaml']);
  for (const word of ['mysecrettoken', '0000-change-me-0000', 'K3S_CLUSTER_TOKEN_HERE', 'a1b2c3d4'])
    assert.deepEqual(
      clustersOf({ 'k3s/cp1.yaml': server('10.0.0.11', word, 'api.example.com'), 'k3s/w1.yaml': agent(word) }),
      [],
      word,
    );
});

test('two clusters of one folder and network stay apart where each has its own load balancer', () => {
  const balancer = (addresses: readonly string[]) =>
    `frontend api\n    bind *:6443\n    default_backend cps\nbackend cps\n${addresses.map((each, i) => `    server s${i} ${each}:6443 check\n`).join('')}`;
  const files = {
    'haproxy-a.cfg': balancer(['10.0.0.11', '10.0.0.12']),
    'haproxy-b.cfg': balancer(['10.0.0.51', '10.0.0.52']),
    'k3s/cp1.yaml': server('10.0.0.11', 'a', 'a.example.com'),
    'k3s/cp2.yaml': server('10.0.0.51', 'b', 'b.example.com'),
  };
  assert.deepEqual(clustersOf(files), ['haproxy-a.cfg k3s/cp1.yaml', 'haproxy-b.cfg k3s/cp2.yaml']);
});

test('A drop-in of k3s that names nobody belongs to the cluster of the file that it is a part of', () => {
  const node = (number: number, more = '') =>
    `${number === 1 ? 'cluster-init: true' : 'server: https://10.0.0.11:6443'}\nnode-ip: 10.0.0.1${number}\ntoken: abc\ntls-san:\n  - 10.0.0.11\n${more}`;
  const workspace = new Workspace();
  for (const number of [1, 2, 3]) workspace.open(`/w/cp${number}/config.yaml`, node(number));
  workspace.open('/w/cp2/config.yaml.d/net.yaml', 'cluster-cidr: 10.99.0.0/16\n');
  const found = workspace.diagnose('/w/cp2/config.yaml.d/net.yaml').filter((each) => each.severity === 'error');
  assert.deepEqual(
    found.map((each) => [each.rule, [...new Set((each.related ?? []).map((one) => one.path))].length > 0]),
    [['cluster/critical-value-differs', true]],
  );
});
