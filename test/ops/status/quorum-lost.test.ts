import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryCluster } from '../../../src/model/inventory/inventory';
import { clusterState, type NodeReport } from '../../../src/ops/status/cluster-state';
import { parseStatus } from '../../../src/ops/status/node-status';

const cluster = {
  name: 'prod',
  distribution: 'k3s',
  nodes: ['cp1', 'cp2', 'cp3'].map((name) => ({ name, address: name, roles: ['server'] })),
} as unknown as InventoryCluster;

/** What the survivor of a power cut prints: its unit waits for the others, and neither 6443 nor 2381 listens. */
const survivor = (data: string) =>
  parseStatus(
    `\n=== host\ncp1\n=== units\nId=k3s.service\nLoadState=loaded\nActiveState=activating\nSubState=start\nNRestarts=1\n` +
      `=== health\n\n=== metrics\n\n=== data\n${data}\n=== members\n\n=== end\n`,
  );

const reports = (data: string) =>
  new Map<string, NodeReport>([
    ['cp1', { kind: 'answered', status: survivor(data) }],
    ['cp2', { kind: 'silent', reason: 'timed out' }],
    ['cp3', { kind: 'silent', reason: 'timed out' }],
  ]);

test('quorum is lost, not unknown, when the last server answers but its etcd listens nowhere', () => {
  const state = clusterState(cluster, reports('/var/lib/rancher/k3s/server/db/etcd/member/wal'), []);
  assert.equal(state.quorum?.verdict, 'lost');
  assert.equal(state.quorum?.healthyVoters, 0);
  assert.deepEqual(
    state.nodes.map((each) => each.health),
    ['down', 'down', 'down'],
  );
});

test('a server without the data of a member has no quorum to lose', () => {
  assert.equal(clusterState(cluster, reports(''), []).quorum, undefined);
});

test('a healthy member of another cluster does not count as a voter of this one', () => {
  const member = (node: string, clusterId: string): [string, NodeReport] => [
    node,
    {
      kind: 'answered',
      status: parseStatus(
        `\n=== health\n{"health":"true"}\n=== metrics\netcd_server_is_leader 1\n=== members\n` +
          `{"header":{"cluster_id":"${clusterId}"},"members":[{"ID":"${clusterId}1","name":"${node}"}]}\n=== end\n`,
      ),
    },
  ];
  const split = clusterState(cluster, new Map([member('cp1', '1'), member('cp2', '2')]), []);
  assert.equal(split.quorum?.healthyVoters, 1);
  assert.equal(split.quorum?.failuresLeft, 0);
});
