import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryCluster } from '../../src/model/inventory/inventory';
import { peerGone, peerUrl } from '../../src/ops/commands/etcd-peer';
import { nodeOfMachine, parseNodes } from '../../src/ops/commands/kubectl';
import { clusterState } from '../../src/ops/status/cluster-state';
import { parseStatus } from '../../src/ops/status/node-status';

/** The same address as people and as programs write it. */
const [typed, shown] = ['2001:DB8:0:0::0011', '2001:db8::11'];

test('an IPv6 address is the same however it is written: the holder of a virtual one, a Node, a member of etcd', () => {
  const node = { name: 'cp1', address: typed, roles: ['server' as const], ssh: {} };
  const cluster: InventoryCluster = {
    name: 'six',
    distribution: 'k3s',
    endpoint: '[2001:db8::100]:6443',
    versions: {},
    configs: [],
    nodes: [node],
  };
  const status = parseStatus(
    `\n=== host\ncp1\n\n=== addresses\n2: eth0    inet6 ${shown}/64 scope global\n2: eth0    inet6 2001:db8::100/128 scope global\n\n=== end\n`,
  );
  const state = clusterState(cluster, new Map([['cp1', { kind: 'answered', status }]]), ['2001:DB8::0100']);
  assert.deepEqual(state.vips, [{ address: '2001:DB8::0100', holders: ['cp1'] }]);
  const nodes = parseNodes(`other\t${shown}\tTrue\tTrue\t\tv1.34.1+k3s1\ttrue\n`);
  assert.equal(nodeOfMachine(nodes, node)?.name, 'other');
  assert.equal(peerUrl(typed), `https://[${shown}]:2380`);
  assert.equal(peerUrl('10.0.0.11'), 'https://10.0.0.11:2380');
  // Compared as it was typed, a member that is still there would be said to be gone.
  assert.deepEqual(peerGone('cp2', 'k3s', typed, 0).yesWhen, {
    all: [{ stdoutHas: '"members"' }, { stdoutLacks: `"https://[${shown}]:2380"` }],
  });
});
