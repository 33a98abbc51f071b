import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakes } from '../../support/cluster-mistakes';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

type Change = readonly [path: string, from: string, to: string];
const fixtures = clusterFixtures();

/** Whether a rule finds something in a valid cluster after the changes; an empty `from` is the end of the file. */
function isTold(rule: string, cluster: string, changes: readonly Change[]): boolean {
  const files = new Map(fixtures.get(cluster));
  for (const [path, from, to] of changes) {
    const text = files.get(path) ?? '';
    assert.ok(text.includes(from), `${path}: ${from}`);
    files.set(path, from === '' ? text + to : text.replace(from, to));
  }
  const workspace = workspaceOf(files);
  return [...files.keys()].some((path) => workspace.diagnose(path).some((each) => each.rule === `cluster/${rule}`));
}

/** The changes of the mistake that a rule names. */
function changesFor(rule: string): readonly Change[] {
  const found = mistakes.find((each) => each.rule === `cluster/${rule}`);
  assert.ok(found !== undefined);
  return found.changes;
}

test('addresses of the machine itself may stand in a certificate and at a load balancer', () => {
  const san = (address: string) =>
    isTold('unknown-san', 'k3s-embedded', [['k3s/cp1.yaml', '  - 10.0.0.100\n', `  - 10.0.0.100\n  - ${address}\n`]]);
  assert.ok(san('10.0.0.77'));
  assert.ok(!san('127.0.0.1'));
  const bind = (address: string) =>
    isTold('bind-unknown-address', 'k3s-embedded', [
      ['lb/haproxy.cfg', 'bind *:6443', `bind *:6443\n    bind ${address}:6443`],
    ]);
  assert.ok(bind('10.0.0.77'));
  assert.ok(!bind('127.0.0.1'));
});

test('a second cluster-init beside a server to join makes no second cluster', () => {
  const second = (server: string) =>
    isTold('two-cluster-inits', 'k3s-embedded', [
      ['k3s/cp2.yaml', 'server: https://api.example.com:6443\n', `cluster-init: true\n${server}`],
    ]);
  assert.ok(second(''));
  assert.ok(!second('server: https://api.example.com:6443\n'));
});

test('one server alone may have made the cluster long ago; of several without a word nobody knows which', () => {
  const founder: Change = ['k3s/cp1.yaml', 'cluster-init: true\n', ''];
  assert.ok(isTold('no-founder', 'k3s-embedded', [founder]));
  const second: Change = ['k3s/cp2.yaml', 'server: https://api.example.com:6443\n', ''];
  assert.ok(!isTold('no-founder', 'k3s-embedded', [founder, second]));
  assert.ok(isTold('separate-server', 'k3s-embedded', [founder, second]));
});

test('a virtual address with the mask of a single host says nothing of the network', () => {
  const vip = (address: string) =>
    isTold('vip-outside-network', 'k3s-embedded', [['lb/keepalived-lb1.conf', '10.0.0.100/24', address]]);
  assert.ok(vip('10.0.9.100/24'));
  assert.ok(!vip('10.0.0.100/32'));
});

test('an agent joins with the long form of a token, and with one that was made for a day', () => {
  const token = (text: string) =>
    isTold('token-differs', 'k3s-embedded', [['k3s/w1.yaml', '5f1c6b2a9d0e47c3b8a1', text]]);
  assert.ok(token('0000000000000000dead'));
  assert.ok(!token(`K10${'0a'.repeat(32)}::server:5f1c6b2a9d0e47c3b8a1`));
  assert.ok(!token('abcdef.0123456789abcdef'));
});

test('a server may be joined at the port of a load balancer that runs on it', () => {
  const join: Change = ['k3s/w1.yaml', 'api.example.com:6443', '10.0.0.11:8443'];
  assert.ok(isTold('api-port', 'k3s-embedded', [join]));
  const listens: Change = ['lb/haproxy.cfg', 'bind *:6443', 'bind *:6443\n    bind *:8443'];
  assert.ok(!isTold('api-port', 'k3s-embedded', [join, listens]));
});

test('routers with one id hear nothing of each other by unicast, and those of one address are one cluster', () => {
  const rule = 'virtual-router-id-shared';
  const changes = changesFor(rule);
  assert.ok(isTold(rule, 'k3s-embedded', changes));
  const unicast = changes.filter(([path]) => !path.startsWith('lb/'));
  assert.ok(!isTold(rule, 'k3s-embedded', unicast));
  const copied = changes.map(([path, from, to]): Change => [path, from, to.replaceAll('10.0.0.200', '10.0.0.100')]);
  assert.ok(!isTold(rule, 'k3s-embedded', copied));
});

test('snapshots of two clusters share a place by what k3s takes unless told, and where a template says none is known', () => {
  const rule = 'snapshot-store-shared';
  const changes = changesFor(rule);
  const named = (own: string, others: string) =>
    isTold(
      rule,
      'k3s-embedded',
      changes.map(([path, from, to]): Change => {
        const folder = path.startsWith('k3s/') ? own : others;
        return [path, from, to.replace('etcd-s3-folder: k3s\n', folder)];
      }),
    );
  const usual = 'etcd-s3-endpoint: s3.amazonaws.com\netcd-snapshot-name: etcd-snapshot\n';
  assert.ok(named('', usual));
  assert.ok(!named('', 'etcd-s3-folder: other\n'));
  const open = 'etcd-s3-folder: "<cluster>"\n';
  assert.ok(!named(open, open));
});

test('a check may ask a port at which nginx answers by files that are not here', () => {
  const changes = changesFor('check-port');
  assert.ok(isTold('check-port', 'k3s-embedded', changes));
  assert.ok(!isTold('check-port', 'k3s-embedded-nginx', changes));
});

test('a load balancer in a pod is reached by the network of its node or by a port of it', () => {
  const path = 'manifests/haproxy.yaml';
  const alone: Change = [path, '  hostNetwork: true\n', ''];
  assert.ok(isTold('pod-network', 'kubeadm-static-pods', [alone]));
  const opened: Change = [
    path,
    '      volumeMounts:\n',
    '      ports: [{ containerPort: 6443, hostPort: 6443 }]\n      volumeMounts:\n',
  ];
  assert.ok(!isTold('pod-network', 'kubeadm-static-pods', [alone, opened]));
});

test('an interface of another kind is told only where one node has it and all others are at one', () => {
  const files = new Map(fixtures.get('kubeadm-stacked'));
  const paths = [...files.keys()].filter((path) => /keepalived-m\d\.conf$/.test(path));
  assert.equal(paths.length, 3);
  const found = (names: readonly string[]) =>
    isTold(
      'interface-differs',
      'kubeadm-stacked',
      paths.flatMap((path, index): Change[] => [[path, 'interface eth0', `interface ${names[index]}`]]),
    );
  assert.ok(found(['eth0', 'enp1s0', 'eth0']));
  assert.ok(!found(['eth0', 'enp1s0', 'bond0']));
});
