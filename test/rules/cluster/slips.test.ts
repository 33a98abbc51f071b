import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workspaceOf } from '../../support/clusters';

type Files = Readonly<Record<string, string>>;
type Change = readonly [path: string, from: string, to: string];

/** What is newly said in a file after a change of it: the rule, and the lines of the places that it names. */
function told(files: Files, [path, from, to]: Change): readonly string[] {
  const found = (all: Files) => {
    const workspace = workspaceOf(new Map(Object.entries(all)));
    const line = (file: string, start: number) => (workspace.file(file)?.lines.positionAt(start).line ?? -1) + 1;
    return Object.keys(all).flatMap((file) =>
      workspace
        .diagnose(file)
        .filter(({ rule }) => rule.startsWith('cluster/'))
        .map(({ rule, span, related }) =>
          [
            rule.slice(8),
            ...[{ path: file, span }, ...(related ?? [])].map(
              (each) => `${each.path ?? file}:${line(each.path ?? file, each.span.start)}`,
            ),
          ].join(' '),
        ),
    );
  };
  assert.deepEqual(found(files), [], 'nothing is wrong before');
  const text = files[path] ?? '';
  assert.ok(text.includes(from), from);
  return found({ ...files, [path]: text.replace(from, to) }).filter((each) =>
    each.split(' ')[1]?.startsWith(`${path}:`),
  );
}

const k3s = (first: boolean, ip: string, more = '') =>
  `datastore-endpoint: postgres://k3s:pw@10.8.0.50:5432/kube\ntoken-file: /etc/token\nnode-ip: ${ip}\ntls-san:\n  - 10.8.0.5\n  - api.corp.example\n${more}${first ? '' : ''}`;
const keepalived = (priority: number) => `global_defs {
    router_id lb
}
vrrp_track_process nginx {
    process nginx
    weight -80
}
vrrp_instance KUBE {
    state BACKUP
    interface bond0
    virtual_router_id 12
    priority ${priority}
    virtual_ipaddress {
        10.8.0.5/16
    }
    track_process {
        nginx
    }
}
`;
const two: Files = {
  'nodes/server-1/config.yaml': k3s(true, '10.8.0.11'),
  'nodes/server-2/config.yaml': k3s(false, '10.8.0.12'),
  'nodes/worker-1/config.yaml': 'server: https://10.8.0.5:6443\ntoken-file: /etc/token\nnode-ip: 10.8.0.21\n',
  'balancers/keepalived-lb1.conf': keepalived(200),
  'balancers/keepalived-lb2.conf': keepalived(150),
};

test('a name with a slip in tls-san of one of two servers is told at both; names of their own are not', () => {
  const path = 'nodes/server-2/config.yaml';
  assert.deepEqual(told(two, [path, 'api.corp.example', 'api.corp.exmaple']), [
    'tls-san-differs nodes/server-2/config.yaml:4 nodes/server-1/config.yaml:6',
  ]);
  const own = { ...two, [path]: k3s(false, '10.8.0.12').replace('api.corp', 'second.corp') };
  assert.deepEqual(told(own, [path, 'second.corp', 'other.corp']), []);
});

test('a worker that joins another address, and keepalived of one node with another one, stay in their cluster', () => {
  assert.deepEqual(told(two, ['nodes/worker-1/config.yaml', '10.8.0.5', '10.8.0.97']), [
    'api-address-unknown nodes/worker-1/config.yaml:1 balancers/keepalived-lb1.conf:14',
  ]);
  const changed = told(two, ['balancers/keepalived-lb2.conf', '10.8.0.5/16', '10.9.0.5/16']);
  assert.ok(
    changed.includes('virtual-addresses-differ balancers/keepalived-lb2.conf:14 balancers/keepalived-lb1.conf:14'),
    changed.join('\n'),
  );
  const apart = told(two, ['balancers/keepalived-lb2.conf', '10.8.0.5/16', '172.16.3.9/16']);
  assert.deepEqual(apart, [], 'routers of one name and number may be those of two clusters');
});

const hash = `sha256:5f0c6a1b7d3e8f9024681357ace02468bdf13579ace02468bdf13579ace02468`;
const cluster = (address: string, endpoint: string, sans: readonly string[]) => `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: ${address}
nodeRegistration:
  kubeletExtraArgs:
    - name: node-ip
      value: ${address}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlPlaneEndpoint: ${endpoint}:6443
apiServer:
  certSANs:
${sans.map((each) => `    - ${each}\n`).join('')}`;
const join = (endpoint: string, address?: string) => `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: ${endpoint}:6443
    token: 8kq2zt.6m1xw0p9v4c7d3bn
    caCertHashes: [${hash}]
${
  address === undefined
    ? ''
    : `nodeRegistration:
  kubeletExtraArgs:
    - name: node-ip
      value: ${address}
controlPlane:
  localAPIEndpoint:
    advertiseAddress: ${address}
`
}`;
const plane = (endpoint: string): Files => ({
  'm1.yaml': cluster('10.9.9.11', endpoint, [endpoint, 'kube.example.org']),
  'm2.yaml': join(endpoint, '10.9.9.12'),
  'm3.yaml': join(endpoint, '10.9.9.13'),
  'w1.yaml': join(endpoint),
  'haproxy.cfg': `frontend api
    bind *:6443
    default_backend cps
backend cps
${[11, 12, 13].map((each) => `    server m${each} 10.9.9.${each}:6443 check\n`).join('')}`,
  'kube-vip.yaml': /^\d/.test(endpoint)
    ? `apiVersion: v1
kind: Pod
metadata: { name: kube-vip }
spec:
  hostNetwork: true
  containers:
    - name: kube-vip
      image: ghcr.io/kube-vip/kube-vip:v0.9.1
      args: [manager]
      securityContext: { capabilities: { add: [NET_ADMIN, NET_RAW] } }
      env:
        - { name: vip_arp, value: "true" }
        - { name: address, value: ${endpoint} }
        - { name: port, value: "6443" }
`
    : '',
  kubeconfig: `apiVersion: v1
kind: Config
clusters:
  - name: lab
    cluster:
      server: https://${endpoint}:6443
`,
});

test('a name of the endpoint with a slip is told wherever it stands', () => {
  const named = plane('api.corp.example');
  const wrong = 'api.corp.exmaple';
  assert.deepEqual(told(named, ['m2.yaml', 'api.corp.example', wrong]), ['api-address-unknown m2.yaml:5 m1.yaml:12']);
  assert.deepEqual(told(named, ['w1.yaml', 'api.corp.example', wrong]), ['api-address-unknown w1.yaml:5 m1.yaml:12']);
  assert.deepEqual(told(named, ['kubeconfig', 'api.corp.example', wrong]), [
    'api-address-unknown kubeconfig:6 m1.yaml:12',
  ]);
  assert.deepEqual(told(named, ['m1.yaml', '- api.corp.example', `- ${wrong}`]), ['unknown-san m1.yaml:15 m1.yaml:12']);
  const elsewhere = told(named, [
    'm1.yaml',
    'controlPlaneEndpoint: api.corp.example',
    `controlPlaneEndpoint: ${wrong}`,
  ]);
  assert.ok(elsewhere.includes('api-address-unknown m1.yaml:12 m2.yaml:5'), elsewhere.join('\n'));
});

test('without an inventory an address that no file has is told where the endpoint is missing in certSANs', () => {
  const files = plane('10.9.9.10');
  assert.deepEqual(told(files, ['m1.yaml', '    - 10.9.9.10', '    - 10.9.9.102']), [
    'unknown-san m1.yaml:15 m1.yaml:12',
  ]);
  assert.deepEqual(told(files, ['m1.yaml', '    - 10.9.9.10', '    - 10.9.9.10\n    - 10.9.9.102']), []);
});

test('a token or hash that was made at random keeps a worker with its cluster; the token of the documentation does not', () => {
  const files = plane('10.9.9.10');
  assert.deepEqual(told(files, ['w1.yaml', '10.9.9.10', '10.77.1.9']), ['api-address-unknown w1.yaml:5 m1.yaml:12']);
  const sample = (text: string) =>
    text.replace(hash, `sha256:${'0'.repeat(64)}`).replace(/8kq\S+/, 'abcdef.0123456789abcdef');
  const samples = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, sample(text)]));
  assert.deepEqual(told(samples, ['w1.yaml', '10.9.9.10', '10.77.1.9']), []);
});

test('a control plane in another network than all others and the address between them is asked about', () => {
  const { 'haproxy.cfg': _, ...files } = plane('10.9.9.10');
  assert.deepEqual(told(files, ['m3.yaml', 'advertiseAddress: 10.9.9.13', 'advertiseAddress: 10.9.8.13']), [
    'node-address-differs m3.yaml:11 m3.yaml:14',
    'node-address-differs m3.yaml:14 m1.yaml:4',
  ]);
  const { 'kube-vip.yaml': __, ...without } = files;
  const wrong = (text: string) => text.replaceAll('10.9.9.13', '10.9.8.13');
  assert.deepEqual(told(without, ['m3.yaml', files['m3.yaml'] ?? '', wrong(files['m3.yaml'] ?? '')]), []);
});

test('no fix makes the network of pods the same where it would overlap with that of services', () => {
  const node = (first: boolean, ip: string, pods: string, services: string) =>
    `${first ? 'cluster-init: true' : 'server: https://10.0.0.11:6443'}\nnode-ip: ${ip}\ncluster-cidr: ${pods}\nservice-cidr: ${services}\n`;
  const fixes = (services: string) => {
    const workspace = workspaceOf(
      new Map([
        ['cp1/config.yaml', node(true, '10.0.0.11', '10.52.0.0/16', '10.53.0.0/16')],
        ['cp2/config.yaml', node(false, '10.0.0.12', '10.62.0.0/16', services)],
        ['cp3/config.yaml', node(false, '10.0.0.13', '10.52.0.0/16', '10.53.0.0/16')],
      ]),
    );
    const found = workspace.diagnose('cp2/config.yaml').find((each) => each.rule === 'cluster/critical-value-differs');
    assert.ok(found !== undefined);
    return found.fixes?.length ?? 0;
  };
  assert.equal(fixes('10.53.0.0/16'), 1);
  assert.equal(fixes('10.52.128.0/17'), 0);
});

test('the one agent of an inventory with another third number is asked about, and a load balancer of its own is not', () => {
  const inventory = (agent: string, balancer: string) => `clusters:
  - name: lab
    distribution: k3s
    nodes:
      - { name: cp1, address: 10.12.0.11, roles: [server] }
      - { name: cp2, address: 10.12.0.12, roles: [server] }
      - { name: cp3, address: 10.12.0.13, roles: [server] }
      - { name: lb1, address: ${balancer}, roles: [loadbalancer] }
      - { name: w1, address: ${agent}, roles: [agent] }
`;
  const files = { 'haven.yaml': inventory('10.12.0.21', '10.12.0.8') };
  assert.deepEqual(told(files, ['haven.yaml', '10.12.0.21', '10.12.3.21']), [
    'node-address-differs haven.yaml:9 haven.yaml:5',
  ]);
  assert.deepEqual(told(files, ['haven.yaml', '10.12.0.8', '10.12.3.8']), []);
  assert.deepEqual(told(files, ['haven.yaml', '10.12.0.21', '10.200.3.21']), []);
});

const keyed = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      text
        .replace(
          'kind: InitConfiguration\n',
          `kind: InitConfiguration\nbootstrapTokens:\n  - token: 8kq2zt.6m1xw0p9v4c7d3bn\n`,
        )
        .replace('controlPlane:\n', `controlPlane:\n  certificateKey: ${key}\n`),
    ]),
  );
const key = 'f8902e114ef118304e561c3ecd4d0b543adc226b7a07f675f56564185ffe0c07';

test('hashes of another certificate, and tokens and keys that are nearly those of others, are told in files of kubeadm', () => {
  const files = keyed(plane('10.9.9.10'));
  assert.deepEqual(told(files, ['w1.yaml', 'ace02468]', 'ace02469]']), ['token-differs w1.yaml:7 m2.yaml:7']);
  assert.deepEqual(told(files, ['w1.yaml', 'c7d3bn', 'c7d3nb']), ['token-differs w1.yaml:6 m1.yaml:4']);
  assert.deepEqual(told(files, ['w1.yaml', '8kq2zt.6m1xw0p9v4c7d3bn', 'aq91ye.0p3m5r7t9x2z4c6v']), [
    'token-differs w1.yaml:6 m1.yaml:4',
  ]);
  assert.deepEqual(told(files, ['m3.yaml', '0c07', '0c17']), ['token-differs m3.yaml:13 m2.yaml:13']);
  const other = key.split('').reverse().join('');
  assert.deepEqual(told(files, ['m3.yaml', key, other]), [], 'of two keys one may be made anew');
});

test('without an inventory the address of the kubelet of k3s is held to the one that its server advertises', () => {
  const files = Object.fromEntries(
    Object.entries(two).map(([path, text]) => [
      path,
      text.replace(/node-ip: (10\.8\.0\.1\d)/, 'node-ip: $1\nadvertise-address: $1'),
    ]),
  );
  const path = 'nodes/server-1/config.yaml';
  assert.deepEqual(told(files, [path, 'node-ip: 10.8.0.11', 'node-ip: 10.8.0.91']), [
    `node-address-differs ${path}:3 ${path}:4`,
  ]);
  assert.deepEqual(told(files, [path, 'node-ip: 10.8.0.11', 'node-ip: 192.168.3.7']), [], 'a second network');
});

test('an interface of one kube-vip of three with another number is asked about', () => {
  const pod = (number: number) =>
    (plane('10.9.9.10')['kube-vip.yaml'] ?? '').replace(
      '        - { name: address',
      `        - { name: vip_interface, value: eno1 }\n        - { name: address`,
    ) + `# ${number}\n`;
  const { 'kube-vip.yaml': _, ...rest } = plane('10.9.9.10');
  const files = { ...rest, ...Object.fromEntries([1, 2, 3].map((each) => [`m${each}/kube-vip.yaml`, pod(each)])) };
  assert.deepEqual(told(files, ['m2/kube-vip.yaml', 'eno1', 'eno2']), [
    'interface-differs m2/kube-vip.yaml:13 m1/kube-vip.yaml:13',
  ]);
});

test('a kubeconfig that asks by a name of the certificates belongs to the only cluster of an inventory', () => {
  const files = {
    ...two,
    kubeconfig: (plane('10.8.0.5').kubeconfig ?? '').replace('10.8.0.5', 'api.corp.example'),
    'haproxy.cfg': (plane('10.8.0.5')['haproxy.cfg'] ?? '').replaceAll('10.9.9.', '10.8.0.').replace(/.*13.*\n/, ''),
    'haven.yaml': `clusters:
  - name: lab
    distribution: k3s
    endpoint: 10.8.0.5:6443
    nodes:
      - { name: server-1, address: 10.8.0.11, roles: [server] }
      - { name: server-2, address: 10.8.0.12, roles: [server] }
      - { name: worker-1, address: 10.8.0.21, roles: [agent] }
      - { name: lb1, address: 10.8.0.8, roles: [loadbalancer] }
      - { name: lb2, address: 10.8.0.9, roles: [loadbalancer] }
    configs:
      - { file: balancers/keepalived-lb1.conf, on: [lb1] }
`,
  };
  assert.deepEqual(told(files, ['kubeconfig', ':6443', ':6444']), ['api-port kubeconfig:6 haproxy.cfg:2']);
  assert.deepEqual(told(files, ['kubeconfig', 'api.corp', 'api.crop']), [
    'api-address-unknown kubeconfig:6 haven.yaml:4',
  ]);
});

test('a file that is called after one node and listed for another is told in the inventory', () => {
  const inventory = (on: string) => `clusters:
  - name: lab
    distribution: k3s
    nodes:
      - { name: lb1, address: 10.8.0.8, roles: [loadbalancer] }
      - { name: lb2, address: 10.8.0.9, roles: [loadbalancer] }
    configs:
      - { file: balancers/keepalived-lb1.conf, on: [${on}] }
`;
  const found = (on: string) =>
    workspaceOf(
      new Map([
        ['haven.yaml', inventory(on)],
        ['balancers/keepalived-lb1.conf', keepalived(200)],
      ]),
    )
      .diagnose('haven.yaml')
      .filter(({ rule }) => rule === 'inventory/unknown-node').length;
  assert.deepEqual([found('lb1'), found('lb2'), found('lb1, lb2')], [0, 1, 0]);
});

test('what the kubelet and kube-proxy have of the networks fits that of kubeadm, but for a cache of DNS on each node', () => {
  const found = (domain: string, dns: string, cidr: string) =>
    workspaceOf(
      new Map([
        [
          'kubeadm.yaml',
          `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  dnsDomain: cluster.local
  podSubnet: 10.32.0.0/16
  serviceSubnet: 10.33.0.0/16
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
clusterDomain: ${domain}
clusterDNS:
  - ${dns}
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clusterCIDR: ${cidr}
`,
        ],
      ]),
    )
      .diagnose('kubeadm.yaml')
      .filter(({ rule, related }) => rule === 'kubeadm/kubelet-value' && related?.length === 1)
      .map(({ message }) => message.args[0]);
  assert.deepEqual(found('cluster.local', '10.33.0.10', '10.32.0.0/16'), []);
  assert.deepEqual(found('cluster.local', '169.254.20.10', '10.32.0.0/16'), []);
  assert.deepEqual(found('cluster.lan', '10.34.0.10', '10.32.0.0/17'), ['clusterDomain', 'clusterDNS', 'clusterCIDR']);
});
