import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Role } from '../../../src/model/inventory/inventory';
import { parseInventory } from '../../../src/model/inventory/parse-inventory';
import { clusterState, type NodeReport } from '../../../src/ops/status/cluster-state';
import { parseStatus, statusCommand } from '../../../src/ops/status/node-status';
import fc from '../../support/fast-check';

const members =
  '{"header":{"cluster_id":"1"},"members":[{"ID":"1","name":"cp1-aa"},{"ID":"2","name":"cp2-bb"},{"ID":"3","name":"cp3-cc"}]}';

function server(options: { readonly leader: boolean; readonly healthy?: boolean; readonly vip?: boolean }): string {
  return `
=== host
cp
=== addresses
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever
2: host0    inet 10.77.0.11/24 brd 10.77.0.255 scope global host0\\       valid_lft forever
${options.vip === true ? '2: host0    inet 10.77.0.100/24 scope global secondary host0\\       valid_lft forever' : ''}
=== units
NRestarts=0
LoadState=loaded
ActiveState=active
SubState=running
Id=k3s.service

Id=haproxy.service
NRestarts=0
LoadState=not-found
ActiveState=inactive
SubState=dead

=== health
{"health":"${options.healthy ?? true}","reason":""}
=== metrics
etcd_mvcc_db_total_size_in_bytes 970752
etcd_server_is_leader ${options.leader ? 1 : 0}
etcd_server_is_learner 0
=== members
${members}
=== snapshots
1795217500.1234567890 5734432 /var/lib/rancher/k3s/server/db/snapshots/on-demand-cp1-1795217500
=== certificates
/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt notAfter=Nov 20 23:28:28 2027 GMT
=== version
k3s version v1.34.1+k3s1 (24fc436e)
go version go1.24.6
=== end
`;
}

const cluster = parseInventory(`clusters:
  - name: prod
    distribution: k3s
    nodes:
      - { name: cp1, address: 10.77.0.11, roles: [server] }
      - { name: cp2, address: 10.77.0.12, roles: [server] }
      - { name: cp3, address: 10.77.0.13, roles: [server] }
`).clusters[0]!;

const answered = (text: string): NodeReport => ({ kind: 'answered', status: parseStatus(text) });

test('a node that has nothing of what it is for is not said to be up', () => {
  const healthOf = (roles: readonly Role[], text: string) => {
    const node = { name: 'a', address: '10.0.0.1', roles, ssh: {} };
    const own = { name: 'x', distribution: 'k3s' as const, endpoint: '', versions: {}, configs: [], nodes: [node] };
    return clusterState(own, new Map([['a', { kind: 'answered', status: parseStatus(text) }]]), []).nodes[0]?.health;
  };
  const unit = (name: string, state = 'active') =>
    `\n=== units\nId=${name}.service\nLoadState=loaded\nActiveState=${state}\nSubState=x\nNRestarts=0\n\n=== end\n`;
  const none = '\n=== host\na\n\n=== units\nId=k3s.service\nLoadState=not-found\nActiveState=inactive\n\n=== end\n';
  // k3s is not installed, or systemctl is not there, or hangs.
  for (const text of [none, '\n=== host\na\n\n=== units\n\n=== end\n', unit('haproxy')])
    assert.deepEqual([healthOf(['server'], text), healthOf(['agent'], text)], ['unknown', 'unknown'], text);
  assert.equal(healthOf(['loadbalancer'], none), 'unknown');
  assert.equal(healthOf(['server', 'loadbalancer'], unit('haproxy')), 'unknown');
  assert.equal(healthOf(['loadbalancer'], unit('nginx')), 'up');
  assert.equal(healthOf(['server'], unit('k3s')), 'up');
  assert.equal(healthOf(['server'], unit('k3s', 'failed')), 'down');
  // A unit of another name is none of our business where etcd itself says that it is well.
  assert.equal(healthOf(['server'], '\n=== health\n{"health":"true"}\n\n=== units\n\n=== end\n'), 'up');
});

test('the answer of a server is read whole', () => {
  assert.deepEqual(parseStatus(server({ leader: true, vip: true })), {
    hostName: 'cp',
    addresses: ['10.77.0.11', '10.77.0.100'],
    units: [{ name: 'k3s', active: 'active', sub: 'running', restarts: 0 }],
    etcd: {
      clusterId: '1',
      healthy: true,
      leader: true,
      learner: false,
      databaseBytes: 970752,
      members: ['cp1-aa', 'cp2-bb', 'cp3-cc'].map((name, i) => ({ id: String(i + 1), name, learner: false })),
      alarms: [],
    },
    snapshots: [
      {
        path: '/var/lib/rancher/k3s/server/db/snapshots/on-demand-cp1-1795217500',
        bytes: 5734432,
        modifiedSec: 1795217500,
      },
    ],
    certificates: [
      {
        path: '/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt',
        notAfter: 'Nov 20 23:28:28 2027 GMT',
      },
    ],
    configs: [],
    k3sVersion: 'v1.34.1+k3s1',
  });
});

test('files are told by their hash, whatever their names, and only plain files are read', () => {
  const folder = mkdtempSync(join(tmpdir(), "haven's $(id) files-"));
  try {
    const path = (name: string) => join(folder, name);
    writeFileSync(path('haproxy.cfg'), 'global\n');
    writeFileSync(path('a "b" `c` 한국어'), '');
    const names = ['haproxy.cfg', 'a "b" `c` 한국어', 'missing', '.'].map(path);
    const [program = '', ...args] = statusCommand([...names, '/dev/zero']).argv.map(String);
    const told = parseStatus(execFileSync(program, args, { encoding: 'utf8' })).configs;
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    assert.deepEqual(told, [
      { path: names[0], sha256: hash('global\n') },
      { path: names[1], sha256: hash('') },
      { path: names[2], absent: true },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an alarm is told with the member it is about', () => {
  const status = parseStatus(
    '=== health\n{"health":"true"}\n=== members\n{"header":{"cluster_id":"5","member_id":"10501334649042878790"}}\n=== alarms\n{"header":{},"alarms":[{"memberID":"10501334649042878790","alarm":"NOSPACE"}]}\n',
  );
  assert.equal(status.etcd?.memberId, '10501334649042878790');
  assert.deepEqual(status.etcd?.alarms, [{ memberId: '10501334649042878790', alarm: 'NOSPACE' }]);
});

test('any text is an answer, and ids too large for a number keep their digits', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseStatus(text)));
  const status = parseStatus('=== health\n{"health":"true"}\n=== members\n{"members":[{"ID":10501334649042878790}]}\n');
  assert.equal(status.etcd?.members[0]?.id, '10501334649042878790');
});

test('three healthy voters can lose one', () => {
  const reports = new Map([
    ['cp1', answered(server({ leader: false }))],
    ['cp2', answered(server({ leader: true, vip: true }))],
    ['cp3', answered(server({ leader: false }))],
  ]);
  const state = clusterState(cluster, reports, ['10.77.0.100']);
  assert.equal(state.quorum?.failuresLeft, 1);
  assert.equal(state.quorum?.leader, 'cp2');
  assert.deepEqual(state.vips, [{ address: '10.77.0.100', holders: ['cp2'] }]);
});

test('a silent server costs a voter; two leave less than quorum', () => {
  const one = new Map<string, NodeReport>([
    ['cp1', answered(server({ leader: true }))],
    ['cp2', answered(server({ leader: false }))],
    ['cp3', { kind: 'silent', reason: 'timeout' }],
  ]);
  assert.equal(clusterState(cluster, one, []).quorum?.failuresLeft, 0);
  assert.equal(clusterState(cluster, one, []).nodes[2]?.health, 'down');
  const two = new Map(one)
    .set('cp2', { kind: 'silent', reason: 'timeout' })
    .set('cp1', answered(server({ leader: false, healthy: false }).replace(members, '')));
  const lost = clusterState(cluster, two, []).quorum;
  assert.deepEqual([lost?.voters, lost?.healthyVoters, lost?.verdict], [3, 0, 'lost']);
});

test('quorum is not called lost while a server may still answer, nor while a member has a leader', () => {
  const sick = answered(server({ leader: false, healthy: false }));
  assert.equal(clusterState(cluster, new Map([['cp1', sick]]), []).quorum?.verdict, 'unknown');
  const silent: NodeReport = { kind: 'silent', reason: 'timeout' };
  const cut = new Map([
    ['cp1', answered(server({ leader: true }))],
    ['cp2', silent],
    ['cp3', silent],
  ]);
  assert.equal(clusterState(cluster, cut, []).quorum?.verdict, 'holds');
});

test('nothing is claimed before a node has answered', () => {
  const state = clusterState(cluster, new Map(), ['10.77.0.100']);
  assert.equal(state.quorum, undefined);
  assert.deepEqual(
    state.nodes.map((each) => each.health),
    ['unknown', 'unknown', 'unknown'],
  );
});
